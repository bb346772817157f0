// What a command needs from the storage.
#include "base/text.h"
#include "mql/canonical.h"
#include "mql/command.h"
#include "mql/normal_forms.h"
#include "mql/shape_parts.h"

namespace whet::mql {

namespace {

/// One command's shape.
class CommandShaper {
 public:
  explicit CommandShaper(const Command& command) : command_(command), body_(command.body) {
    std::int64_t last = 0;
    number_placeholders(body_, last);
  }

  Result<model::Shape> run() {
    const std::string& verb = command_.verb;
    if (verb == "find")
      find();
    else if (verb == "aggregate")
      aggregate();
    else if (verb == "count")
      count();
    else if (verb == "distinct")
      distinct();
    else if (verb == "insert")
      add_main().written = true;
    else if (verb == "update")
      writes("updates");
    else if (verb == "delete")
      writes("deletes");
    else if (verb == "findAndModify")
      find_and_modify();
    else if (verb == "mapReduce")
      map_reduce();
    else {
      return Error{ErrorKind::invalid, "\"" + verb + "\" is no query: it has no shape.", "", ""};
    }
    return builder_.take();
  }

 private:
  model::ShapeRelation& add_main() {
    const std::size_t at = builder_.add(command_.database, command_.collection, command_.collection,
                                        builder_.next_block());
    stream_ = Stream();
    stream_.relation = at;
    return builder_.at(at);
  }
  [[nodiscard]] model::ShapeRelation& relation() { return builder_.at(stream_.relation); }

  // The options that commands share.
  void options(const Value& from) {
    if (const Value* collation = from.find("collation")) {
      relation().collation = relaxed_json(canonical_condition(*collation));
    }
    if (const Value* hint = from.find("hint")) {
      relation().hint =
          hint->is_string() ? hint->text : relaxed_json(canonical_condition_keys(*hint));
    }
  }

  // A key pattern with its directions as ints; its order stays.
  static Value canonical_condition_keys(const Value& keys) {
    return keys.is_object() ? normal_sort(keys) : keys;
  }

  // A limit of 0 is none.
  static bool bounds(const Value& from, std::string_view name) {
    const Value* there = from.find(name);
    if (there == nullptr) return false;
    return there->type == Type::placeholder || there->as_number().value_or(0) != 0;
  }

  void filter(const Value& from, std::string_view name) {
    if (const Value* there = from.find(name)) add_filter(builder_, stream_, *there);
  }

  void sort(const Value& from) {
    if (const Value* there = from.find("sort")) add_ordering(builder_, stream_, *there);
  }

  void complete_nearest() {
    model::ShapeRelation& one = relation();
    if (one.ordering.size() == 1 && !one.ordering.front().nearest.empty())
      one.ordering_complete = true;
  }

  void find() {
    add_main().whole_row = true;
    filter(body_, "filter");
    complete_nearest();
    sort(body_);
    options(body_);
    relation().limited = bounds(body_, "limit");
    relation().offset = bounds(body_, "skip");
    if (const Value* projection = body_.find("projection")) {
      add_projection(builder_, stream_, *projection);
    }
  }

  void count() {
    add_main().aggregated = true;
    filter(body_, "query");
    options(body_);
    relation().limited = bounds(body_, "limit");
    relation().offset = bounds(body_, "skip");
  }

  void distinct() {
    add_main().distinct = true;
    filter(body_, "query");
    options(body_);
    builder_.project({stream_.relation, without_positions(body_.string_at("key"))});
  }

  void aggregate() {
    // Of the database: $currentOp, $documents; there is no collection.
    if (command_.collection.empty()) {
      Stream none;
      none.foreign = true;
      none.relation = builder_.add(command_.database, "", "", builder_.next_block());
      builder_.at(none.relation).opaque = true;
      if (const Value* pipeline = body_.find("pipeline")) {
        add_pipeline(builder_, none, *pipeline, command_.database);
      }
      return;
    }
    add_main().whole_row = true;
    options(body_);
    if (const Value* pipeline = body_.find("pipeline")) {
      add_pipeline(builder_, stream_, *pipeline, command_.database);
    }
  }

  // The paths that an update sets; a pipeline's and those of its expressions.
  void changes(const Value& change) {
    if (change.is_array()) {
      for (const Field& stage : change.fields) {
        for (const Field& part : stage.value.fields) {
          for (const Field& path : part.value.fields) builder_.need(stream_, path.name);
          builder_.need_all(stream_, part.value);
        }
      }
      return;
    }
    if (!is_operators(change)) return;
    for (const Field& each : change.fields) {
      for (const Field& path : each.value.fields) builder_.need(stream_, path.name);
    }
  }

  // Several that differ are one relation each.
  void writes(std::string_view list) {
    const Value* there = body_.find(list);
    if (there == nullptr || there->fields.empty()) {
      add_main().written = true;
      return;
    }
    for (const Field& write : there->fields) {
      add_main().written = true;
      relation().whole_row = true;
      filter(write.value, "q");
      sort(write.value);
      options(write.value);
      if (const Value* change = write.value.find("u")) {
        changes(*change);
        relation().limited = !write.value.flag_at("multi");
      } else {
        relation().limited = write.value.integer_at("limit") == 1;
      }
    }
  }

  void find_and_modify() {
    add_main().written = true;
    relation().whole_row = true;
    relation().limited = true;
    filter(body_, "query");
    sort(body_);
    options(body_);
    if (const Value* change = body_.find("update")) changes(*change);
  }

  void map_reduce() {
    add_main().whole_row = true;
    filter(body_, "query");
    sort(body_);
    options(body_);
    relation().limited = bounds(body_, "limit");
  }

  const Command& command_;
  Value body_;
  ShapeBuilder builder_;
  Stream stream_;
};

}  // namespace

Result<model::Shape> shape_of(const Command& command) { return CommandShaper(command).run(); }

}  // namespace whet::mql
