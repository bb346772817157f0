// What an aggregation needs: how far its first stages reach into the indexes, and what it names
// later. After the server's own rewriting (pipeline optimisation in the manual): a $match moves
// before the stages that do not compute its fields, a $sort at the start goes to the index. What
// 7.0.15 explains was compared for 21 pipelines.
#include <algorithm>
#include <utility>

#include "mql/normal_forms.h"
#include "mql/shape_parts.h"

namespace whet::mql {

namespace {

const Value& nothing() {
  static const Value none;
  return none;
}

const Value& member(const Value& stage, std::string_view name) {
  const Value* there = stage.find(name);
  return there == nullptr ? nothing() : *there;
}

// The names that "$a.b" is; empty: it is none.
std::string path_in(const Value& value) {
  const bool path =
      value.is_string() && value.text.size() > 1 && value.text[0] == '$' && value.text[1] != '$';
  return path ? value.text.substr(1) : "";
}

class PipelineShaper {
 public:
  PipelineShaper(ShapeBuilder& builder, Stream stream, std::string database)
      : builder_(builder), stream_(std::move(stream)), database_(std::move(database)) {}

  void run(const Value& pipeline) {
    for (const Field& stage : pipeline.fields) {
      if (stage.value.is_object() && !stage.value.fields.empty()) {
        const Field& only = stage.value.fields.front();
        dispatch(only.name, only.value);
      }
    }
    if (!stream_.foreign || root_) relation().whole_row = whole_ || root_;
  }

 private:
  [[nodiscard]] model::ShapeRelation& relation() { return builder_.at(stream_.relation); }

  void dispatch(const std::string& name, const Value& value) {
    if (name == "$match") return match(value);
    by_key_.reset();
    if (name != "$unionWith") unions_.clear();
    if (name == "$sort") return sort(value);
    if (name == "$limit" || name == "$skip" || name == "$sample") return bound(name);
    if (name == "$project") return project(value);
    if (name == "$addFields" || name == "$set") return compute(value);
    if (name == "$unset") return unset(value);
    if (name == "$group") return group(value);
    if (name == "$sortByCount") return group(Value::object({{"_id", value}}));
    if (name == "$bucket" || name == "$bucketAuto") return bucket(value);
    if (name == "$count") return group(Value::object({{"_id", Value::null()}}));
    if (name == "$unwind") return unwind(value);
    if (name == "$lookup") return lookup(value);
    if (name == "$graphLookup") return graph_lookup(value);
    if (name == "$unionWith") return union_with(value);
    if (name == "$facet") return facet(value);
    if (name == "$geoNear") return near(value);
    if (name == "$out" || name == "$merge") return write(name, value);
    if (name == "$setWindowFields") return window(value);
    if (name == "$replaceRoot") return replace(member(value, "newRoot"));
    if (name == "$replaceWith") return replace(value);
    other(value);
  }

  // Columns that an expression reads; of "$$ROOT" all.
  void read(const Value& expression) {
    for (const std::string& path : paths_of(expression)) {
      if (path.empty() && !stream_.foreign) root_ = true;
      builder_.need(stream_, path);
    }
  }

  // A $match moves before $group where it is on the group's key, and into each side of $unionWith.
  void match(const Value& filter) {
    add_filter(builder_, stream_.foreign && by_key_ ? *by_key_ : stream_, filter);
    for (const Stream& other : unions_) add_filter(builder_, other, filter);
  }

  void sort(const Value& keys) {
    if (stream_.first && !stream_.foreign) {
      add_ordering(builder_, stream_, keys);
    } else {
      for (const Field& key : keys.fields) builder_.need(stream_, key.name);
      if (!stream_.foreign) sorted_late_ = true;
    }
  }

  void bound(const std::string& name) {
    stream_.movable = stream_.first = false;
    if (stream_.foreign || sorted_late_) return;
    if (name == "$limit") relation().limited = true;
    if (name == "$skip") relation().offset = true;
  }

  void project(const Value& projection) {
    stream_.first = false;
    if (!projection.is_object()) return;
    if (excludes(projection)) {
      for (const Field& field : projection.fields) {
        if (!field.value.truthy() || field.value.is_object())
          stream_.computed.push_back(field.name);
      }
      return;
    }
    if (!stream_.foreign) {
      add_projection(builder_, stream_, projection);
      whole_ = false;
    }
    Stream after = stream_;
    after.only.emplace();
    const Value* id = projection.find("_id");
    if (id == nullptr && (!stream_.only || stream_.place("_id"))) after.only->emplace_back("_id");
    for (const Field& field : projection.fields) project_member(field, after);
    stream_ = std::move(after);
  }

  void project_member(const Field& field, Stream& after) {
    const Value& value = field.value;
    if (value.type == Type::boolean || value.is_number()) {
      if (value.truthy()) after.only->push_back(field.name);
      return;
    }
    read(value);
    rename_or_compute(field.name, value, after);
  }

  // {b: "$a"} is a under another name.
  void rename_or_compute(const std::string& name, const Value& value, Stream& after) {
    const std::string path = path_in(value);
    const auto place = stream_.place(path);
    const bool simple = path.find('.') == std::string::npos && name.find('.') == std::string::npos;
    if (!path.empty() && simple && place && place->relation == stream_.relation) {
      after.renamed[name] = place->column;
      if (after.only) after.only->push_back(name);
      return;
    }
    after.renamed.erase(name);
    after.computed.push_back(name);
  }

  void compute(const Value& fields) {
    stream_.first = false;
    Stream after = stream_;
    for (const Field& field : fields.fields) {
      read(field.value);
      rename_or_compute(field.name, field.value, after);
    }
    stream_ = std::move(after);
  }

  void unset(const Value& names) {
    stream_.first = false;
    if (names.is_string()) stream_.computed.push_back(names.text);
    for (const Field& name : names.fields) stream_.computed.push_back(name.value.text);
  }

  model::ShapeKey key_of(const Value& expression) {
    model::ShapeKey key;
    const std::string path = path_in(expression);
    const auto place = stream_.place(path);
    if (!path.empty() && place && place->relation == stream_.relation) {
      key.column = place->column;
      return key;
    }
    key.expression = relaxed_json(expression);
    for (const std::string& each : paths_of(expression)) {
      const auto column = stream_.place(each);
      if (column && column->relation == stream_.relation)
        key.expression_columns.push_back(column->column);
    }
    std::ranges::sort(key.expression_columns);
    return key;
  }

  // Whether a group's key is made of the relation's own columns.
  bool all_own(const Value& expression) const {
    return std::ranges::all_of(paths_of(expression), [&](const std::string& path) {
      const auto place = stream_.place(path);
      return place && place->relation == stream_.relation;
    });
  }

  void add_grouping(const Value& id) {
    std::vector<model::ShapeKey> keys;
    const bool fields = id.is_object() && !is_operators(id);
    if (fields) {
      for (const Field& part : id.fields) keys.push_back(key_of(part.value));
    } else if (!paths_of(id).empty()) {
      keys.push_back(key_of(id));
    }
    if (all_own(id)) relation().grouping = std::move(keys);
    if (paths_of(id).empty()) ungrouped_ = true;
  }

  // The names of a group's key, as far as they are columns.
  [[nodiscard]] std::optional<Stream> stream_of_key(const Value& id) const {
    if (!stream_.movable) return std::nullopt;
    Stream out;
    out.relation = stream_.relation;
    out.only.emplace();
    const auto add = [&](const std::string& name, const Value& value) {
      const std::string path = path_in(value);
      const auto place = stream_.place(path);
      const bool own = !path.empty() && place && stream_.can_filter(path, *place);
      if (own && place->relation == stream_.relation) out.renamed[name] = place->column;
    };
    add("_id", id);
    if (id.is_object() && !is_operators(id)) {
      for (const Field& part : id.fields) add("_id." + part.name, part.value);
    }
    return out;
  }

  void add_extreme(const Value& accumulator) {
    if (!accumulator.is_object() || accumulator.fields.size() != 1) return;
    const std::string& name = accumulator.fields.front().name;
    const std::string path = path_in(accumulator.fields.front().value);
    if (path.empty() || (name != "$min" && name != "$max")) return;
    model::ShapeKey key = key_of(accumulator.fields.front().value);
    key.descending = name == "$max";
    if (!key.column.empty()) relation().extremes.push_back(std::move(key));
  }

  void group(const Value& fields) {
    if (stream_.foreign) return;
    for (const Field& field : fields.fields) read(field.value);
    relation().aggregated = true;
    add_grouping(member(fields, "_id"));
    std::optional<Stream> by_key = stream_of_key(member(fields, "_id"));
    for (const Field& field : fields.fields) {
      if (ungrouped_ && field.name != "_id") add_extreme(field.value);
    }
    become_foreign();
    by_key_ = std::move(by_key);
  }

  void bucket(const Value& value) {
    if (stream_.foreign) return;
    read(value);
    relation().aggregated = true;
    relation().grouping = {key_of(member(value, "groupBy"))};
    become_foreign();
  }

  void become_foreign() {
    whole_ = false;
    if (!stream_.foreign) relation().whole_row = false;
    stream_.foreign = true;
    stream_.movable = stream_.first = false;
    stream_.joined.clear();
  }

  void unwind(const Value& value) {
    stream_.first = false;
    const std::string path = path_in(value.is_object() ? member(value, "path") : value);
    if (path.empty()) return;
    const Value& index = member(value, "includeArrayIndex");
    if (index.is_string()) stream_.computed.push_back(index.text);
    const auto joined = stream_.joined.find(path);
    if (joined != stream_.joined.end()) {
      if (path == last_joined_) stream_.joined_and_unwound.push_back(joined->second);
      return;
    }
    builder_.need(stream_, path);
    stream_.unwound.push_back(path);
  }

  [[nodiscard]] std::string coll_of(const Value& value) const {
    return value.is_object() ? member(value, "coll").text : value.text;
  }
  [[nodiscard]] std::string db_of(const Value& value) const {
    const Value* db = value.find("db");
    return db != nullptr && db->is_string() ? db->text : database_;
  }

  // A $sort behind it moves before it; see unwind() for the two together.
  void lookup(const Value& value) {
    const std::string as = member(value, "as").text;
    const Value& from = member(value, "from");
    const Value* pipeline = value.find("pipeline");
    const std::int64_t block = pipeline == nullptr ? relation().block : builder_.next_block();
    const std::size_t other = builder_.add(db_of(from), coll_of(from), as, block);
    builder_.at(other).whole_row = true;
    const std::string local = member(value, "localField").text;
    const std::string foreign = member(value, "foreignField").text;
    if (!local.empty() && !foreign.empty()) join(local, other, foreign, pipeline != nullptr);
    if (pipeline != nullptr) lookup_pipeline(member(value, "let"), *pipeline, other);
    stream_.renamed.erase(as);
    stream_.joined[as] = other;
    last_joined_ = as;
    if (stream_.only) stream_.only->push_back(as);
  }

  void join(const std::string& local, std::size_t other, const std::string& foreign, bool nested) {
    const Place there{other, without_positions(foreign)};
    if (const auto here = stream_.place(local)) {
      return builder_.join(*here, there, "=", true, nested);
    }
    // What is compared was computed; the foreign side is looked up all the same.
    model::JoinEdge edge;
    edge.column = there.column;
    edge.op = "=";
    edge.outer = true;
    edge.subquery = nested;
    builder_.at(other).joins.push_back(std::move(edge));
    builder_.need(there);
  }

  void lookup_pipeline(const Value& variables, const Value& pipeline, std::size_t other) {
    Stream inner;
    inner.relation = other;
    inner.variables = stream_.variables;
    for (const Field& variable : variables.fields) {
      read(variable.value);
      const std::string path = path_in(variable.value);
      inner.variables[variable.name] = path.empty() ? std::nullopt : stream_.place(path);
    }
    add_pipeline(builder_, std::move(inner), pipeline, database_);
  }

  void graph_lookup(const Value& value) {
    stream_.first = false;
    const Value& from = member(value, "from");
    const std::string as = member(value, "as").text;
    const std::size_t other = builder_.add(db_of(from), coll_of(from), as, relation().block);
    builder_.at(other).whole_row = true;
    const Place to{other, without_positions(member(value, "connectToField").text)};
    const std::string start = path_in(member(value, "startWith"));
    read(member(value, "startWith"));
    if (const auto here = stream_.place(start); here && !start.empty()) {
      builder_.join(*here, to, "=", true, false);
    }
    const Place next{other, without_positions(member(value, "connectFromField").text)};
    builder_.need(next);
    model::JoinEdge edge;
    edge.column = to.column;
    edge.op = "=";
    edge.other = static_cast<std::int64_t>(other);
    edge.other_column = next.column;
    edge.outer = true;
    builder_.at(other).joins.push_back(std::move(edge));
    builder_.need(to);
    Stream inner;
    inner.relation = other;
    add_filter(builder_, inner, member(value, "restrictSearchWithMatch"));
    stream_.computed.push_back(as);
  }

  void union_with(const Value& value) {
    stream_.first = false;
    const std::string coll = value.is_object() ? member(value, "coll").text : value.text;
    if (coll.empty()) return;
    Stream inner;
    inner.relation = builder_.add(db_of(value), coll, coll, builder_.next_block());
    builder_.at(inner.relation).whole_row = true;
    PipelineShaper shaper(builder_, std::move(inner), db_of(value));
    shaper.run(member(value, "pipeline"));
    unions_.push_back(std::move(shaper.stream_));
  }

  void facet(const Value& facets) {
    if (stream_.foreign) return;
    bool whole = false, root = false;
    for (const Field& part : facets.fields) {
      Stream inner = stream_;
      inner.movable = inner.first = false;
      PipelineShaper shaper(builder_, inner, database_);
      shaper.sorted_late_ = true;
      const model::ShapeRelation before = relation();
      shaper.run(part.value);
      // A part's grouping and bounds are no matter of the collection's.
      model::ShapeRelation& after = relation();
      after.grouping = before.grouping;
      after.extremes = before.extremes;
      after.projected = before.projected;
      whole = whole || shaper.whole_;
      root = root || shaper.root_;
    }
    relation().aggregated = true;
    become_foreign();
    root_ = root_ || root || whole;
  }

  void near(const Value& value) {
    model::ShapeKey key;
    key.nearest = member(value, "key").text;
    if (key.nearest.empty()) key.expression = "$geoNear";
    relation().ordering = {key};
    relation().ordering_complete = true;
    if (!key.nearest.empty()) builder_.need(stream_, key.nearest);
    add_filter(builder_, stream_, member(value, "query"));
    stream_.first = false;
    stream_.computed.push_back(member(value, "distanceField").text);
  }

  void write(const std::string& name, const Value& value) {
    const Value& into = name == "$merge" && value.is_object() ? member(value, "into") : value;
    const std::string coll = coll_of(into);
    if (coll.empty()) return;
    const std::size_t target = builder_.add(db_of(into), coll, coll, builder_.next_block());
    builder_.at(target).written = true;
  }

  void window(const Value& value) {
    const Value& by = member(value, "partitionBy");
    const std::string partition = path_in(by);
    read(value);
    for (const Field& key : member(value, "sortBy").fields) builder_.need(stream_, key.name);
    relation().windowed = !stream_.foreign || relation().windowed;
    // The server sorts by both, and an index may have them in this order.
    if (stream_.first && !stream_.foreign && (by.is_null() || !partition.empty())) {
      Value keys = Value::object({});
      if (!partition.empty()) keys.set(partition, Value::of(1));
      for (const Field& key : member(value, "sortBy").fields) keys.set(key.name, key.value);
      add_ordering(builder_, stream_, keys);
    }
    stream_.first = stream_.movable = false;
    for (const Field& field : member(value, "output").fields)
      stream_.computed.push_back(field.name);
  }

  void replace(const Value& root) {
    read(root);
    become_foreign();
  }

  void other(const Value& value) {
    read(value);
    stream_.movable = stream_.first = false;
  }

  ShapeBuilder& builder_;
  Stream stream_;
  std::string database_;
  std::string last_joined_;
  std::optional<Stream> by_key_;  // right after a $group: the names of its key
  std::vector<Stream> unions_;    // right after $unionWith: the other sides
  bool whole_ = true;             // whole documents leave the pipeline, as far as it was seen
  bool root_ = false;             // $$ROOT was used
  bool sorted_late_ = false;      // a sort that no index can spare
  bool ungrouped_ = false;
};

}  // namespace

void add_pipeline(ShapeBuilder& builder, Stream stream, const Value& pipeline,
                  const std::string& database) {
  PipelineShaper(builder, std::move(stream), database).run(pipeline);
}

}  // namespace whet::mql
