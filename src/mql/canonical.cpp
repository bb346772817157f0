#include "mql/canonical.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "mql/arrange.h"
#include "mql/normal_forms.h"
#include "mql/text_parser.h"

namespace whet::mql {

namespace {

Value with_small_numbers(Value value) {
  for (Field& field : value.fields) field.value = with_small_numbers(std::move(field.value));
  return value.is_number() ? smallest(std::move(value)) : value;
}

void collect(const Value& filter, std::vector<Field>& out) {
  for (const Field& field : filter.fields) {
    if (field.name == "$and" && field.value.is_array()) {
      for (const Field& part : field.value.fields) collect(part.value, out);
    } else if (field.name == "$or" && field.value.is_array()) {
      Value arms = Value::array({});
      for (const Field& arm : field.value.fields) arms.push(canonical_condition(arm.value));
      std::ranges::sort(arms.fields, {}, [](const Field& arm) { return relaxed_json(arm.value); });
      out.push_back({field.name, std::move(arms)});
    } else if (is_operators(field.value) && !field.name.starts_with('$')) {
      for (const Field& part : field.value.fields) {
        out.push_back({field.name, Value::object({{part.name, with_small_numbers(part.value)}})});
      }
    } else {
      out.push_back({field.name, with_small_numbers(field.value)});
    }
  }
}

bool says_equal(const Value& value) {
  return is_operators(value) && value.fields.size() == 1 && value.fields.front().name == "$eq" &&
         !is_operators(value.fields.front().value);
}

}  // namespace

Value canonical_condition(const Value& filter) {
  if (!filter.is_object()) return filter;
  std::vector<Field> conditions;
  collect(filter, conditions);
  for (Field& condition : conditions) {
    if (says_equal(condition.value)) {
      Value operand = std::move(condition.value.fields.front().value);
      condition.value = std::move(operand);
    }
  }
  std::ranges::sort(conditions, {}, [](const Field& condition) {
    return condition.name + '\0' + relaxed_json(condition.value);
  });
  Value out = Value::object({});
  Value again = Value::array({});
  for (Field& condition : conditions) {
    Value* there = out.find(condition.name);
    const bool joins = there != nullptr && is_operators(*there) && is_operators(condition.value) &&
                       there->find(condition.value.fields.front().name) == nullptr;
    if (there == nullptr) {
      out.fields.push_back(std::move(condition));
    } else if (joins) {
      there->fields.push_back(std::move(condition.value.fields.front()));
    } else if (!(*there == condition.value)) {
      again.push(Value::object({{condition.name, std::move(condition.value)}}));
    }
  }
  if (!again.fields.empty()) out.fields.push_back({"$and", std::move(again)});
  return sorted(std::move(out));
}

std::string canonical_text(std::string_view text) {
  text = text::trim(text);
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return std::string(text);
  auto value = parse_json(text);
  if (!value.ok()) {
    auto tokens = tokens_of(text);
    if (!tokens.ok()) return std::string(text);
    TextParser parser(text, *std::move(tokens));
    value = parser.value();
    if (!value.ok() || parser.peek().kind != TokenKind::end) return std::string(text);
  }
  return relaxed_json(canonical_condition(*value));
}

}  // namespace whet::mql
