#include "plans/mongodb/conditions.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace whet::plans::mongodb {
namespace {

using mql::Field;
using mql::Type;
using mql::Value;

constexpr int deepest = 60;

bool is_plain_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string name_text(const std::string& name) {
  return is_plain_name(name) ? name : '"' + text::replace_all(name, "\"", "\\\"") + '"';
}

std::string object_text(const std::vector<std::string>& members) {
  return "{" + text::join(members, ", ") + "}";
}

std::string expression(const Value& value, int depth);
std::string predicate(const Value& value, int depth);

/// The elements' texts, equal ones once.
template <class Print>
std::string list_text(const Value& list, Print print) {
  constexpr std::size_t most = 20;
  std::vector<std::string> parts;
  for (const Field& element : list.fields) {
    std::string text = print(element.value);
    if (parts.empty() || parts.back() != text) parts.push_back(std::move(text));
    if (parts.size() == most) {
      parts.emplace_back("...");
      break;
    }
  }
  return "[" + text::join(parts, ", ") + "]";
}

bool is_operator(const Value& value) {
  return value.is_object() && !value.fields.empty() && value.fields.front().name.starts_with('$') &&
         value.find("$placeholder") == nullptr;
}

/// What follows an operator in a filter.
std::string operand(const std::string& name, const Value& value, int depth) {
  if (name == "$expr") return expression(value, depth + 1);
  if (name == "$exists") return value.truthy() ? "true" : "false";
  if (name == "$and" || name == "$or" || name == "$nor") {
    return list_text(value, [&](const Value& one) { return predicate(one, depth + 1); });
  }
  if (name == "$elemMatch") return predicate(value, depth + 1);
  if (name == "$not") return is_operator(value) ? predicate(value, depth + 1) : "?";
  return value.is_array() ? "[?]" : "?";
}

/// {field: {$eq: ?}} reads {field: ?}.
std::string field_predicate(const Value& value, int depth) {
  if (!is_operator(value)) return "?";
  if (value.fields.size() == 1 && value.fields.front().name == "$eq") return "?";
  return predicate(value, depth + 1);
}

std::string predicate(const Value& value, int depth) {
  if (!value.is_object() || depth > deepest) return "?";
  std::vector<std::string> members;
  for (const Field& field : value.fields) {
    const std::string inner = field.name.starts_with('$') ? operand(field.name, field.value, depth)
                                                          : field_predicate(field.value, depth);
    members.push_back(name_text(field.name) + ": " + inner);
  }
  return object_text(members);
}

std::string expression(const Value& value, int depth) {
  if (depth > deepest) return "?";
  if (value.is_string()) {
    return value.text.starts_with('$') ? '"' + value.text + '"' : "?";
  }
  if (value.type == Type::boolean) return value.truthy() ? "true" : "false";
  if (value.is_array()) {
    return list_text(value, [&](const Value& one) { return expression(one, depth + 1); });
  }
  if (!value.is_object()) return "?";
  if (value.find("$const") != nullptr || value.find("$literal") != nullptr) return "?";
  std::vector<std::string> members;
  for (const Field& field : value.fields) {
    members.push_back(name_text(field.name) + ": " + expression(field.value, depth + 1));
  }
  return object_text(members);
}

}  // namespace

std::string filter_text(const Value& filter) {
  return filter.fields.empty() ? "" : predicate(filter, 0);
}

std::string expression_text(const Value& value) { return expression(value, 0); }

std::vector<std::string> keys_of(const Value& pattern) {
  std::vector<std::string> out;
  for (const Field& field : pattern.fields) {
    auto number = field.value.as_number();
    if (field.value.type == Type::boolean) number = field.value.truthy() ? 1 : 0;
    const std::string how = number                     ? *number < 0    ? "-1"
                                                         : *number == 0 ? "0"
                                                                        : "1"
                            : field.value.is_string()  ? field.value.text  // 2d, hashed, text
                            : is_operator(field.value) ? field.value.fields.front().name
                                                       : "?";
    out.push_back(name_text(field.name) + ": " + how);
  }
  return out;
}

}  // namespace whet::plans::mongodb
