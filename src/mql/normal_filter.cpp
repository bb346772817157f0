#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mql/arrange.h"
#include "mql/normal_forms.h"

namespace whet::mql {

namespace {

using Conditions = std::vector<Field>;  // one operator each: {path, {$op: ...}}, {$or, [...]}

bool is_list_of_literals(const Value& list) {
  return list.is_array() && std::ranges::none_of(list.fields, [](const Field& element) {
           return element.value.is_object() && element.value.find("$elemMatch") != nullptr;
         });
}

// null stays: a sparse or partial index cannot answer it, and no index covers it.
Value normal_comparison(const Value& value) {
  const bool null = value.is_null() || (value.is_string() && value.text == "?null");
  return null ? Value::null() : Value::placeholder();
}

// Names of types, however given.
Value normal_types(const Value& value) {
  if (value.is_array()) {
    if (value.fields.size() == 1) return normal_types(value.fields.front().value);
    Value out = Value::array({});
    for (const Field& element : value.fields) out.push(normal_types(element.value));
    return out;
  }
  if (!value.is_number()) return is_shape_literal(value) ? Value::placeholder() : value;
  constexpr std::array names{
      "double",    "string",    "object",     "array",  "binData",
      "undefined", "objectId",  "bool",       "date",   "null",
      "regex",     "dbPointer", "javascript", "symbol", "javascriptWithScope",
      "int",       "timestamp", "long",       "decimal"};
  const auto number = static_cast<std::int64_t>(value.as_number().value_or(0));
  if (number == -1) return Value::of("minKey");
  if (number == 127) return Value::of("maxKey");
  const bool known = number >= 1 && number <= static_cast<std::int64_t>(names.size());
  return known ? Value::of(names.at(static_cast<std::size_t>(number - 1))) : value;
}

Value normal_exists(const Value& value) {
  if (value.type == Type::placeholder) return value;
  // $queryStats writes {$exists: false} as {$not: {$exists: "?bool"}}.
  return Value::of(is_shape_literal(value) || value.truthy());
}

// Of one literal it is an equality; of several, $queryStats has several (see join_equalities).
Field normal_all(const Value& list) {
  if (!list.is_array() || is_list_of_literals(list)) {
    if (!list.is_array() || list.fields.size() != 1) return {"$all", Value::placeholder()};
    return {"$eq", normal_comparison(list.fields.front().value)};
  }
  Value out = Value::array({});
  for (const Field& element : list.fields) {
    const bool operators = element.value.is_object();
    out.push(operators ? normal_operators(element.value) : Value::placeholder());
  }
  return {"$all", std::move(out)};
}

Value normal_in(const Value& list) {
  Value out = Value::array({});
  for (const Field& element : list.fields) {
    if (element.value.type != Type::regex) continue;
    Value regex = normal_regex(element.value, element.value.options);
    const bool there =
        std::ranges::any_of(out.fields, [&](const Field& known) { return known.value == regex; });
    if (!there) out.push(std::move(regex));
  }
  return out.fields.empty() ? Value::placeholder() : out;
}

bool is_logic(std::string_view name) { return name == "$and" || name == "$or" || name == "$nor"; }

// Its operand: operators on the elements, or a filter of documents.
Value normal_element(const Value& operand) {
  if (!operand.is_object()) return Value::placeholder();
  return is_operators(operand) && !is_logic(operand.fields.front().name) ? normal_operators(operand)
                                                                         : normal_filter(operand);
}

// The negation of one condition, in its shortest form.
Field negated(Value operand) {
  if (operand.type == Type::regex) operand = Value::object({{"$regex", std::move(operand)}});
  if (operand.is_object() && operand.fields.size() == 1) {
    Field& inner = operand.fields.front();
    if (inner.name == "$eq") return {"$ne", std::move(inner.value)};
    if (inner.name == "$in") return {"$nin", std::move(inner.value)};
    if (inner.name == "$exists" && inner.value.type == Type::boolean) {
      return {"$exists", Value::of(!inner.value.truthy())};
    }
  }
  return {"$not", std::move(operand)};
}

Field normal_not(const Value& value) {
  if (value.type == Type::regex) return negated(normal_regex(value, value.options));
  if (!value.is_object()) return {"$not", Value::placeholder()};
  return negated(normal_operators(value));
}

bool is_comparison(std::string_view name) {
  constexpr std::array names{"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"};
  return std::ranges::find(names, name) != names.end();
}

Field normal_operator(const Field& field, const Value& operators) {
  const std::string& name = field.name;
  const Value& value = field.value;
  if (name == "$not") return normal_not(value);
  if (name == "$regex") {
    return {name, normal_regex(value, operators.string_at("$options", value.options))};
  }
  if (is_comparison(name)) return {name, normal_comparison(value)};
  if (name == "$in" || name == "$nin") return {name, normal_in(value)};
  if (name == "$exists") return {name, normal_exists(value)};
  if (name == "$type") return {name, normal_types(value)};
  if (name == "$elemMatch") return {name, normal_element(value)};
  if (name == "$all") return normal_all(value);
  return {name, normal_literals(value)};
}

void collect(const Value& filter, Conditions& out);

// $or and $nor: their arms in one order; of one arm, $or is none.
void collect_arms(const Field& field, Conditions& out) {
  std::vector<std::pair<std::string, Value>> arms;
  for (const Field& arm : field.value.fields) {
    Value normal = normal_filter(arm.value);
    arms.emplace_back(canonical_json(normal), std::move(normal));
  }
  if (arms.size() == 1 && field.name == "$or") return collect(field.value.fields[0].value, out);
  std::ranges::sort(arms, {}, [](const auto& arm) { return arm.first; });
  Value list = Value::array({});
  for (auto& arm : arms) list.push(std::move(arm.second));
  out.push_back({field.name, std::move(list)});
}

void collect_top(const Field& field, Conditions& out) {
  if (field.name == "$and" && field.value.is_array()) {
    for (const Field& part : field.value.fields) collect(part.value, out);
  } else if ((field.name == "$or" || field.name == "$nor") && field.value.is_array()) {
    collect_arms(field, out);
  } else if (field.name == "$expr") {
    out.push_back({field.name, normal_expression(field.value)});
  } else if (field.name == "$jsonSchema" || field.name == "$where") {
    out.push_back({field.name, Value::placeholder()});
  } else if (field.name != "$comment") {
    out.push_back({field.name, normal_literals(field.value)});
  }
}

void collect(const Value& filter, Conditions& out) {
  for (const Field& field : filter.fields) {
    if (field.name.starts_with('$')) {
      collect_top(field, out);
    } else if (field.value.type == Type::regex) {
      out.push_back({field.name,
                     Value::object({{"$regex", normal_regex(field.value, field.value.options)}})});
    } else if (!is_operators(field.value)) {
      out.push_back({field.name, Value::object({{"$eq", normal_comparison(field.value)}})});
    } else {
      for (Field& one : normal_operators(field.value).fields) {
        out.push_back({field.name, Value::object({{one.name, std::move(one.value)}})});
      }
    }
  }
}

bool is_equality(const Field& condition) {
  const Value* literal = condition.value.find("$eq");
  return !condition.name.starts_with('$') && literal != nullptr &&
         literal->type == Type::placeholder;
}

// {a: {$all: [1, 2]}} is {$and: [{a: 1}, {a: 2}]}, and $queryStats writes it so.
void join_equalities(Conditions& conditions) {
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (!is_equality(conditions[i])) continue;
    const auto same = [&](const Field& other) {
      return is_equality(other) && other.name == conditions[i].name;
    };
    const auto rest = conditions.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto again = std::remove_if(rest, conditions.end(), same);
    if (again == conditions.end()) continue;
    conditions.erase(again, conditions.end());
    conditions[i].value = Value::object({{"$all", Value::placeholder()}});
  }
}

// {a: {$eq: ?}} as people write it.
Value shortest(Value operators) {
  if (operators.fields.size() != 1) return operators;
  const Field& only = operators.fields.front();
  if (only.name == "$eq") return only.value;
  if (only.name == "$regex" && only.value.type == Type::regex) return only.value;
  return operators;
}

}  // namespace

bool is_operators(const Value& value) {
  if (!value.is_object() || value.fields.empty()) return false;
  const std::string& first = value.fields.front().name;
  if (first == "$ref" || first == "$id" || first == "$db") return false;
  return std::ranges::all_of(value.fields,
                             [](const Field& field) { return field.name.starts_with('$'); });
}

bool is_shape_literal(const Value& value) {
  if (!value.is_string() || !value.text.starts_with('?')) return false;
  constexpr std::array kinds{
      "?string",    "?number", "?bool",      "?date",       "?objectId",
      "?null",      "?object", "?timestamp", "?binData",    "?regex",
      "?minKey",    "?maxKey", "?undefined", "?javascript", "?javascriptWithScope",
      "?dbPointer", "?symbol", "?decimal",   "?int",        "?long",
      "?double"};
  return value.text.starts_with("?array<") || std::ranges::find(kinds, value.text) != kinds.end();
}

Value sorted(Value document) {
  std::ranges::stable_sort(document.fields, {}, &Field::name);
  return document;
}

std::size_t regex_prefix(std::string_view pattern, std::string_view options) {
  if (options.find('i') != std::string_view::npos || options.find('x') != std::string_view::npos) {
    return 0;
  }
  const bool every_line = options.find('m') != std::string_view::npos;
  if (pattern.starts_with("\\A"))
    pattern.remove_prefix(2);
  else if (pattern.starts_with('^') && !every_line)
    pattern.remove_prefix(1);
  else
    return 0;
  if (pattern.find('|') != std::string_view::npos) return 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' || c == '?' || c == '{') return length > 0 ? length - 1 : 0;
    if (std::string_view("+.^$[()").find(c) != std::string_view::npos) return length;
    if (c == '\\') {
      const char next = i + 1 < pattern.size() ? pattern[++i] : '\0';
      if (next == '\0' || std::isalnum(static_cast<unsigned char>(next)) != 0) return length;
    }
    ++length;
  }
  return length;
}

Value normal_regex(const Value& regex, std::string_view options) {
  if ((regex.type != Type::regex && !regex.is_string()) || is_shape_literal(regex)) {
    return Value::placeholder();
  }
  Value out = Value::of(regex.text == "^?" || regex_prefix(regex.text, options) > 0 ? "^?" : "?");
  // An anchor that is of no use to an index because of the options still anchors.
  if (regex.text.starts_with('^') && regex_prefix(regex.text, "") > 0) out = Value::of("^?");
  out.type = Type::regex;
  out.options = is_shape_literal(Value::of(options)) ? "" : std::string(options);
  std::ranges::sort(out.options);
  return out;
}

Value normal_operators(const Value& operators) {
  Value out = Value::object({});
  for (const Field& field : operators.fields) {
    if (field.name == "$options" && operators.find("$regex") != nullptr) continue;
    if (field.name == "$not" && is_operators(field.value) && field.value.fields.size() > 1) {
      // Not all of them: one condition, its parts together.
      out.fields.push_back({"$not", normal_operators(field.value)});
      continue;
    }
    out.fields.push_back(normal_operator(field, operators));
  }
  return sorted(std::move(out));
}

Value normal_filter(const Value& filter) {
  if (!filter.is_object()) return filter.is_null() ? Value::object({}) : Value::placeholder();
  Conditions conditions;
  collect(filter, conditions);
  join_equalities(conditions);
  std::vector<std::pair<std::string, Field>> ordered;
  for (Field& condition : conditions) {
    std::string key = canonical_json(condition.value);
    ordered.emplace_back(condition.name + '\0' + key, std::move(condition));
  }
  std::ranges::sort(ordered, {}, [](const auto& entry) { return entry.first; });
  Value out = Value::object({});
  Value again = Value::array({});  // conditions whose operator the path has already
  for (auto& [key, condition] : ordered) {
    Value* there = out.find(condition.name);
    const bool operators = !condition.name.starts_with('$') && is_operators(condition.value);
    if (there == nullptr) {
      out.fields.push_back(std::move(condition));
    } else if (operators && there->find(condition.value.fields.front().name) == nullptr) {
      there->fields.push_back(std::move(condition.value.fields.front()));
    } else {
      if (operators) condition.value = shortest(std::move(condition.value));
      again.push(Value::object({{condition.name, std::move(condition.value)}}));
    }
  }
  for (Field& field : out.fields) {
    if (!field.name.starts_with('$')) field.value = shortest(std::move(field.value));
  }
  if (!again.fields.empty()) out.fields.push_back({"$and", std::move(again)});
  return sorted(std::move(out));
}

}  // namespace whet::mql
