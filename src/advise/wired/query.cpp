#include "advise/wired/query.h"

#include <algorithm>

#include "base/text.h"

namespace whet::advise::wired {

namespace {

using mql::Field;
using mql::Type;
using mql::Value;

constexpr double unknown = -1;

std::optional<double> count_of(const Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->type == Type::placeholder) return unknown;
  const auto number = value->as_number();
  if (!number || *number == 0) return std::nullopt;
  return std::abs(*number);
}

std::vector<SortKey> sort_of(const Value* value) {
  std::vector<SortKey> out;
  if (value == nullptr) return out;
  for (const Field& field : value->fields) {
    if (field.value.is_object()) return {};  // {$meta: "textScore"}
    out.push_back({field.name, field.value.as_number().value_or(1) < 0});
  }
  return out;
}

std::string collation_of(const Value& body) {
  const Value* value = body.find("collation");
  return value == nullptr || !value->is_object() ? "" : mql::canonical_json(*value);
}

std::string hint_of(const Value& body) {
  const Value* value = body.find("hint");
  if (value == nullptr) return "";
  return value->is_string() ? value->text : mql::canonical_json(*value);
}

/// Adds "$a.b" wherever an expression says it.
void add_paths(const Value& value, std::set<std::string>& out) {
  if (value.is_string() && value.text.size() > 1 && value.text.front() == '$') {
    std::string path = value.text.substr(1);
    if (path.starts_with("$ROOT") || path.starts_with("$CURRENT")) {
      out.insert("");
    } else if (path.front() != '$') {
      out.insert(std::move(path));
    }
  }
  for (const Field& field : value.fields) add_paths(field.value, out);
}

/// A projection that says what to keep; false: it only takes away, or keeps all.
bool inclusive(const Value& projection, std::set<std::string>& out) {
  bool keeps = false, id = true;
  std::set<std::string> paths;
  for (const Field& field : projection.fields) {
    if (field.name == "_id") {
      id = field.value.truthy();
      keeps = keeps || id;
      continue;
    }
    if (field.value.is_object() || field.value.is_string()) {
      add_paths(field.value, paths);
      if (field.value.find("$slice") != nullptr || field.value.find("$elemMatch") != nullptr ||
          field.value.find("$meta") != nullptr)
        return false;
      keeps = true;
      continue;
    }
    if (!field.value.truthy()) return false;
    keeps = true;
    paths.insert(field.name);
  }
  if (id) paths.insert("_id");
  if (keeps) out = std::move(paths);
  return keeps && !out.contains("");
}

/// The beginning of a pipeline that the planner gets, and what follows.
class Pipeline {
 public:
  Pipeline(Query& query, std::string database) : query_(query), database_(std::move(database)) {}

  void read(const Value& stages, Read& read) {
    for (const Field& stage : stages.fields) {
      if (!stage.value.is_object() || stage.value.fields.empty()) continue;
      one(stage.value.fields.front(), read);
    }
    if (!closed_) read.whole = true;
    if (read.needed.contains("")) read.whole = true;
  }

 private:
  void one(const Field& stage, Read& read);
  void group(const Value& spec, Read& read);
  void lookup(const Field& stage);
  void project(const Value& spec, Read& read);

  Query& query_;
  std::string database_;
  bool changed_ = false;  ///< documents are no longer the collection's
  bool counted_ = false;  ///< a limit no longer limits what is read
  bool closed_ = false;   ///< what is needed of a document is known
  double skipped_ = 0;    ///< unknown: below 0
};

void Pipeline::project(const Value& spec, Read& read) {
  std::set<std::string> paths;
  if (!closed_ && inclusive(spec, paths)) {
    read.whole = false;
    read.needed.insert(paths.begin(), paths.end());
    closed_ = true;
  }
  changed_ = true;
}

void Pipeline::group(const Value& spec, Read& read) {
  if (!closed_) {
    add_paths(spec, read.needed);
    read.whole = false;
    closed_ = true;
    const Value* id = spec.find("_id");
    const bool one_path = id != nullptr && id->is_string() && id->text.starts_with("$") &&
                          !id->text.starts_with("$$");
    if (one_path && spec.fields.size() == 1 && !counted_) read.distinct_path = id->text.substr(1);
  }
  changed_ = counted_ = true;
}

void Pipeline::lookup(const Field& stage) {
  Lookup out;
  const Value* from = stage.value.find("from");
  if (from == nullptr || !from->is_string()) return;
  out.collection = from->text;
  out.graph = stage.name == "$graphLookup";
  out.path = stage.value.string_at(out.graph ? "connectToField" : "foreignField");
  if (const Value* pipeline = stage.value.find("pipeline"); pipeline != nullptr) {
    for (const Field& inner : pipeline->fields) {
      const Value* match = inner.value.find("$match");
      if (match == nullptr) break;
      const Filter filter = filter_of(*match);
      out.filter.conditions.insert(out.filter.conditions.end(), filter.conditions.begin(),
                                   filter.conditions.end());
    }
  }
  query_.lookups.push_back(std::move(out));
}

void Pipeline::one(const Field& stage, Read& read) {
  const std::string& name = stage.name;
  const Value& spec = stage.value;
  if (name == "$match") {
    if (changed_ || read.limit) return;
    Filter filter = filter_of(spec);
    std::move(filter.conditions.begin(), filter.conditions.end(),
              std::back_inserter(read.filter.conditions));
    std::move(filter.alternatives.begin(), filter.alternatives.end(),
              std::back_inserter(read.filter.alternatives));
  } else if (name == "$sort") {
    if (!changed_ && !read.limit) read.sort = sort_of(&spec);
    if (!read.limit && changed_) counted_ = true;
  } else if (name == "$limit" || name == "$skip") {
    if (counted_) return;
    const auto count = count_of(&spec);
    if (!count) return;
    if (name == "$skip") {
      skipped_ = *count < 0 || skipped_ < 0 ? unknown : skipped_ + *count;
    } else {
      read.limit = *count < 0 || skipped_ < 0 ? unknown : *count + skipped_;
      counted_ = true;
    }
  } else if (name == "$geoNear") {
    read.filter.conditions.push_back({spec.string_at("key"), Op::near, {}, 0});
  } else if (name == "$project") {
    project(spec, read);
  } else if (name == "$group") {
    group(spec, read);
  } else if (name == "$count") {
    if (!closed_) read.whole = false;
    closed_ = changed_ = counted_ = true;
  } else if (name == "$lookup" || name == "$graphLookup") {
    lookup(stage);
    changed_ = true;
  } else if (name == "$unionWith") {
    Read other;
    other.database = database_;
    other.collection = spec.is_string() ? spec.text : spec.string_at("coll");
    if (const Value* stages = spec.find("pipeline"); stages != nullptr) {
      Pipeline(query_, database_).read(*stages, other);
    }
    query_.reads.push_back(std::move(other));
    changed_ = counted_ = true;
  } else if (name == "$merge" || name == "$out") {
    query_.writes = true;
  } else {
    changed_ = true;
    if (name != "$addFields" && name != "$set" && name != "$unset" && name != "$replaceRoot" &&
        name != "$replaceWith")
      counted_ = true;
  }
}

Read base_of(const mql::Command& command, const Value& body) {
  Read read;
  read.database = command.database;
  read.collection = command.collection;
  read.collation = collation_of(body);
  read.hint = hint_of(body);
  return read;
}

Read find_of(const mql::Command& command) {
  const Value& body = command.body;
  Read read = base_of(command, body);
  if (const Value* filter = body.find("filter")) read.filter = filter_of(*filter);
  read.sort = sort_of(body.find("sort"));
  read.limit = count_of(body.find("limit"));
  if (const auto skip = count_of(body.find("skip")); skip && read.limit)
    read.limit = *read.limit < 0 || *skip < 0 ? unknown : *read.limit + *skip;
  if (const Value* projection = body.find("projection"))
    read.whole = !inclusive(*projection, read.needed);
  return read;
}

Read query_read(const mql::Command& command, Verb verb) {
  Read read = base_of(command, command.body);
  read.verb = verb;
  if (const Value* filter = command.body.find("query")) read.filter = filter_of(*filter);
  read.limit = count_of(command.body.find("limit"));
  read.whole = false;
  if (verb == Verb::distinct) {
    read.distinct_path = command.body.string_at("key");
    read.needed.insert(read.distinct_path);
  }
  return read;
}

void add_writes(const mql::Command& command, Query& out) {
  const bool update = command.verb == "update";
  out.writes = true;
  const Value* list = command.body.find(update ? "updates" : "deletes");
  if (list == nullptr) return;
  for (const Field& one : list->fields) {
    Read read = base_of(command, one.value);
    read.verb = update ? Verb::update : Verb::remove;
    if (const Value* filter = one.value.find("q")) read.filter = filter_of(*filter);
    const bool single = update ? !one.value.flag_at("multi") : one.value.integer_at("limit") == 1;
    if (single) read.limit = 1;
    out.reads.push_back(std::move(read));
  }
}

}  // namespace

Result<Query> query_of(const mql::Command& command) {
  Query out;
  const Value& body = command.body;
  if (command.verb == "find") {
    out.reads.push_back(find_of(command));
  } else if (command.verb == "aggregate") {
    Read read = base_of(command, body);
    if (const Value* stages = body.find("pipeline"))
      Pipeline(out, command.database).read(*stages, read);
    out.reads.insert(out.reads.begin(), std::move(read));
  } else if (command.verb == "count" || command.verb == "distinct") {
    out.reads.push_back(
        query_read(command, command.verb == "count" ? Verb::count : Verb::distinct));
  } else if (command.verb == "update" || command.verb == "delete") {
    add_writes(command, out);
  } else if (command.verb == "findAndModify") {
    Read read = query_read(command, body.flag_at("remove") ? Verb::remove : Verb::update);
    read.sort = sort_of(body.find("sort"));
    read.limit = 1;
    read.whole = true;
    out.reads.push_back(std::move(read));
    out.writes = true;
  }
  std::erase_if(out.reads, [](const Read& read) { return read.collection.empty(); });
  if (out.reads.empty()) {
    return Error{ErrorKind::invalid, "'" + command.verb + "' searches no collection.", "", ""};
  }
  return out;
}

}  // namespace whet::advise::wired
