#include <algorithm>
#include <array>
#include <optional>

#include "mql/arrange.h"
#include "mql/normal_forms.h"

namespace whet::mql {

namespace {

bool is_name_of_field(const Value& value) {
  return value.is_string() && value.text.starts_with('$') && value.text.size() > 1;
}

// $cond: {if, then, else} is its three operands in a row.
Value operands_of(std::string_view name, const Value& value) {
  if (name != "$cond" || !value.is_object()) return value;
  Value out = Value::array({});
  for (const char* part : {"if", "then", "else"}) {
    const Value* there = value.find(part);
    out.push(there == nullptr ? Value::null() : *there);
  }
  return out;
}

Value normal_call(const Field& call) {
  if (call.name == "$literal" || call.name == "$const") return Value::placeholder();
  if (call.name == "$meta") return Value::object({{call.name, call.value}});
  Value operand = normal_expression(operands_of(call.name, call.value));
  while (operand.is_array() && operand.fields.size() == 1) {
    Value only = std::move(operand.fields.front().value);
    operand = std::move(only);
  }
  if (call.name == "$count" && call.value.is_object() && call.value.fields.empty()) {
    return Value::object({{"$sum", Value::placeholder()}});
  }
  return Value::object({{call.name, std::move(operand)}});
}

bool is_flag(const Value& value) {
  return value.type == Type::boolean || value.is_number() || value.type == Type::placeholder ||
         is_shape_literal(value);
}

void add_projection(const std::string& prefix, const Value& projection, Value& out) {
  for (const Field& field : projection.fields) {
    const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
    const Value& value = field.value;
    if (value.type == Type::boolean || value.is_number()) {
      out.fields.push_back({path, Value::of(value.truthy() ? 1 : 0)});
    } else if (value.is_object() && !is_operators(value) && !value.fields.empty()) {
      add_projection(path, value, out);
    } else if (is_operators(value) && value.fields.front().name == "$elemMatch") {
      out.fields.push_back({path, normal_operators(value)});
    } else if (is_operators(value) && value.fields.front().name == "$slice" &&
               !is_name_of_field(value.fields.front().value)) {
      out.fields.push_back({path, normal_expression(value)});
    } else {
      out.fields.push_back(
          {path, is_flag(value) ? Value::placeholder() : normal_expression(value)});
    }
  }
}

// Fields of $addFields and the like: computed each on its own.
Value normal_fields(const Value& fields) {
  if (!fields.is_object()) return normal_expression(fields);
  Value out = Value::object({});
  for (const Field& field : fields.fields) {
    out.fields.push_back({field.name, normal_expression(field.value)});
  }
  return sorted(std::move(out));
}

// {$sum: 1} counts, and says so whatever number it adds.
Value counted(Value accumulator) {
  Value* sum = accumulator.fields.size() == 1 ? accumulator.find("$sum") : nullptr;
  if (sum != nullptr && sum->type == Type::placeholder) *sum = Value::of(1);
  return accumulator;
}

bool counts(const Value* accumulator) {
  const Value* sum = accumulator == nullptr ? nullptr : accumulator->find("$sum");
  return sum != nullptr && accumulator->fields.size() == 1 && sum->type == Type::int32;
}

Value normal_group(const Value& group) {
  if (!group.is_object()) return Value::placeholder();
  Value out = Value::object({});
  bool constant = false;
  for (const Field& field : group.fields) {
    Value value = normal_expression(field.value);
    const bool id = field.name == "_id";
    if (id && value.type == Type::placeholder) {
      value = Value::null();
      constant = true;
    }
    out.fields.push_back({field.name, id ? std::move(value) : counted(std::move(value))});
  }
  // As countDocuments() sends it.
  if (constant && out.fields.size() == 2 && counts(out.find("n"))) out.set("_id", Value::of(1));
  return sorted(std::move(out));
}

Value normal_unwind(const Value& unwind) {
  if (!unwind.is_object()) return unwind;
  Value out = unwind;
  const Value* keeps = out.find("preserveNullAndEmptyArrays");
  if (keeps != nullptr && keeps->type == Type::boolean && !keeps->truthy()) {
    out.erase("preserveNullAndEmptyArrays");
  }
  const Value* path = out.find("path");
  if (out.fields.size() == 1 && path != nullptr) return Value(*path);
  return sorted(std::move(out));
}

// Whether a member of a stage names something that is no literal.
bool names_something(std::string_view member, const Value& value) {
  constexpr std::array names{"from",
                             "localField",
                             "foreignField",
                             "as",
                             "coll",
                             "into",
                             "on",
                             "connectFromField",
                             "connectToField",
                             "depthField",
                             "distanceField",
                             "includeLocs",
                             "key",
                             "whenNotMatched",
                             "db"};
  return std::ranges::find(names, member) != names.end() ||
         (member == "whenMatched" && !value.is_array());
}

Value normal_member(std::string_view name, const Value& value) {
  if (names_something(name, value)) return value;
  if (name == "pipeline" || name == "whenMatched") return normal_pipeline(value);
  if (name == "query" || name == "restrictSearchWithMatch") return normal_filter(value);
  if (name == "sortBy") return normal_sort(value);
  if (name == "let" || name == "output") return normal_fields(value);
  if (name == "near") return Value::placeholder();
  return normal_expression(value);
}

// Stages with members of several kinds, by the members' names.
Value normal_members(const Value& stage) {
  if (!stage.is_object()) return stage.is_string() ? stage : normal_expression(stage);
  Value out = Value::object({});
  for (const Field& field : stage.fields) {
    out.fields.push_back({field.name, normal_member(field.name, field.value)});
  }
  return sorted(std::move(out));
}

Field normal_unset(const Value& names) {
  Value projection = Value::object({});
  if (names.is_string()) projection.set(names.text, Value::of(0));
  for (const Field& name : names.fields) projection.set(name.value.text, Value::of(0));
  return {"$project", normal_projection(projection)};
}

Value normal_facets(const Value& facets) {
  Value out = Value::object({});
  for (const Field& facet : facets.fields) {
    out.fields.push_back({facet.name, normal_pipeline(facet.value)});
  }
  return sorted(std::move(out));
}

bool is_stage(const Value& stage, std::string_view name) {
  return stage.is_object() && stage.fields.size() == 1 && stage.fields.front().name == name;
}

// $queryStats writes $count as {$group: {_id: null, n: {$sum: 1}}}, {$project: {n: 1, _id: 0}}.
std::optional<Value> as_count(const Value& group, const Value& project) {
  if (group.fields.size() != 2 || project.fields.size() != 2) return std::nullopt;
  const Value *id = group.find("_id"), *hidden = project.find("_id");
  const bool one = id != nullptr && (id->is_null() || id->type == Type::int32);
  if (!one || hidden == nullptr || hidden->truthy()) return std::nullopt;
  for (const Field& field : group.fields) {
    const Value* shown = project.find(field.name);
    if (field.name != "_id" && counts(&field.value) && shown != nullptr && shown->truthy()) {
      return Value::object({{"$count", Value::of(field.name)}});
    }
  }
  return std::nullopt;
}

// And $sortByCount as {$group: {_id: x, count: {$sum: 1}}}, {$sort: {count: -1}}.
std::optional<Value> as_sort_by_count(const Value& group, const Value& sort) {
  const bool sorts = sort.fields.size() == 1 && sort.fields.front().name == "count" &&
                     sort.fields.front().value == Value::of(-1);
  const Value* id = group.find("_id");
  if (!sorts || group.fields.size() != 2 || id == nullptr || !counts(group.find("count"))) {
    return std::nullopt;
  }
  return Value::object({{"$sortByCount", *id}});
}

std::optional<Value> joined(const Value& first, const Value& second) {
  if (!is_stage(first, "$group")) return std::nullopt;
  const Value& group = first.fields.front().value;
  if (is_stage(second, "$project")) return as_count(group, second.fields.front().value);
  if (is_stage(second, "$sort")) return as_sort_by_count(group, second.fields.front().value);
  return std::nullopt;
}

bool about_server(std::string_view name) {
  constexpr std::array names{"$collStats",    "$indexStats",   "$planCacheStats",
                             "$currentOp",    "$listSessions", "$listLocalSessions",
                             "$changeStream", "$queryStats"};
  return std::ranges::find(names, name) != names.end();
}

Field normal_stage(const Field& stage) {
  const std::string& name = stage.name;
  const Value& value = stage.value;
  if (name == "$match") return {name, normal_filter(value)};
  if (name == "$project") return {name, normal_projection(value)};
  if (name == "$set" || name == "$addFields") return {"$addFields", normal_fields(value)};
  if (name == "$unset") return normal_unset(value);
  if (name == "$group") return {name, normal_group(value)};
  if (name == "$sort") return {name, normal_sort(value)};
  if (name == "$limit" || name == "$skip") return {name, Value::placeholder()};
  if (name == "$sample") return {name, Value::object({{"size", Value::placeholder()}})};
  if (name == "$unwind") return {name, normal_unwind(value)};
  if (name == "$facet") return {name, normal_facets(value)};
  if (name == "$replaceWith") {
    return {"$replaceRoot", Value::object({{"newRoot", normal_expression(value)}})};
  }
  if (name == "$sortByCount" || name == "$redact") return {name, normal_expression(value)};
  if (name == "$unionWith" && value.is_string()) {
    return {name, Value::object({{"coll", value}, {"pipeline", Value::array({})}})};
  }
  if (name == "$unionWith" && value.find("pipeline") == nullptr) {
    Value out = normal_members(value);
    out.set("pipeline", Value::array({}));
    return {name, sorted(std::move(out))};
  }
  if (name == "$count" || name == "$out" || about_server(name)) return {name, value};
  if (name == "$documents") return {name, Value::placeholder()};
  return {name, normal_members(value)};
}

}  // namespace

Value normal_literals(const Value& value) {
  if (!value.is_object()) return Value::placeholder();
  Value out = Value::object({});
  for (const Field& field : value.fields) {
    out.fields.push_back({field.name, normal_literals(field.value)});
  }
  return sorted(std::move(out));
}

Value normal_expression(const Value& expression) {
  if (is_name_of_field(expression)) return expression;
  if (expression.is_array()) {
    Value out = Value::array({});
    bool literal = true;
    for (const Field& element : expression.fields) {
      out.push(normal_expression(element.value));
      literal = literal && out.fields.back().value.type == Type::placeholder;
    }
    return literal ? Value::placeholder() : out;
  }
  if (!expression.is_object()) return Value::placeholder();
  if (is_operators(expression) && expression.fields.size() == 1) {
    return normal_call(expression.fields.front());
  }
  Value out = Value::object({});
  for (const Field& field : expression.fields) {
    out.fields.push_back({field.name, normal_expression(field.value)});
  }
  return out;
}

Value normal_projection(const Value& projection) {
  if (!projection.is_object()) return Value::placeholder();
  Value out = Value::object({});
  add_projection("", projection, out);
  // _id is there anyway, but where it is all that is wanted.
  const Value* id = out.find("_id");
  if (id != nullptr && out.fields.size() > 1 && id->type == Type::int32 && id->truthy()) {
    out.erase("_id");
  }
  return sorted(std::move(out));
}

Value normal_sort(const Value& sort) {
  if (!sort.is_object()) return normal_expression(sort);
  Value out = Value::object({});
  for (const Field& key : sort.fields) {
    const auto direction = key.value.as_number();
    Value value = direction ? Value::of(*direction < 0 ? -1 : 1) : key.value;
    out.fields.push_back({key.name, std::move(value)});
  }
  return out;
}

Value normal_pipeline(const Value& pipeline) {
  if (!pipeline.is_array()) return Value::placeholder();
  Value out = Value::array({});
  for (const Field& stage : pipeline.fields) {
    if (!stage.value.is_object() || stage.value.fields.empty()) {
      out.push(Value::placeholder());
      continue;
    }
    Field normal = normal_stage(stage.value.fields.front());
    Value one = Value::object({});
    one.fields.push_back(std::move(normal));
    auto both = out.fields.empty() ? std::nullopt : joined(out.fields.back().value, one);
    if (both)
      out.fields.back().value = *std::move(both);
    else
      out.push(std::move(one));
  }
  return out;
}

}  // namespace whet::mql
