#include "support/mongo_match.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <regex>
#include <string>

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

bool same_class(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return true;
  const auto empty = [](const Value& v) {
    return v.type == Type::null || v.type == Type::undefined;
  };
  return a.type == b.type || (empty(a) && empty(b));
}

namespace {

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

bool walk(const Value& value, std::string_view path,
          const std::function<bool(const Value*)>& take) {
  if (value.is_object()) {
    const auto [head, rest] = split(path);
    const Value* const found = value.find(head);
    if (rest.empty() || found == nullptr) return take(found);
    return walk(*found, rest, take);
  }
  if (!value.is_array()) return take(nullptr);
  const auto [head, rest] = split(path);
  const bool number =
      !head.empty() && std::ranges::all_of(head, [](char c) { return c >= '0' && c <= '9'; });
  if (number && std::stoul(std::string(head)) < value.fields.size()) {
    const Value& element = value.fields[std::stoul(std::string(head))].value;
    if (rest.empty() ? take(&element) : walk(element, rest, take)) return true;
  }
  return std::ranges::any_of(value.fields, [&](const Field& field) {
    return field.value.is_object() && walk(field.value, path, take);
  });
}

/// The value there, or an element of the array there.
bool any_element(const Value& document, std::string_view path,
                 const std::function<bool(const Value*)>& holds) {
  return any_at(document, path, [&](const Value* found) {
    if (holds(found)) return true;
    return found != nullptr && found->is_array() &&
           std::ranges::any_of(found->fields, [&](const Field& f) { return holds(&f.value); });
  });
}

bool equals(const Value* found, const Value& wanted) {
  if (wanted.is_null())
    return found == nullptr || found->is_null() || found->type == Type::undefined;
  return found != nullptr && same_class(*found, wanted) && mql::compare(*found, wanted) == 0;
}

bool like(const Value* found, const std::string& pattern, const std::string& options) {
  if (found == nullptr || !found->is_string()) return false;
  auto flags = std::regex::ECMAScript;
  if (options.find('i') != std::string::npos) flags |= std::regex::icase;
  try {
    return std::regex_search(found->text, std::regex(pattern, flags));
  } catch (const std::regex_error&) {
    throw Failure(51091, "Location51091", "Regular expression is invalid: " + pattern);
  }
}

bool equals_or_like(const Value* found, const Value& wanted) {
  return wanted.type == Type::regex ? like(found, wanted.text, wanted.options)
                                    : equals(found, wanted);
}

bool has_type(const Value& value, const Value& wanted) {
  if (wanted.is_array())
    return std::ranges::any_of(wanted.fields,
                               [&](const Field& f) { return has_type(value, f.value); });
  if (wanted.is_string())
    return mql::type_name(value.type) == wanted.text ||
           (wanted.text == "number" && value.is_number());
  static const std::vector<std::pair<int, Type>> numbers{
      {1, Type::number_double}, {2, Type::string},    {3, Type::object},     {4, Type::array},
      {5, Type::binary},        {7, Type::object_id}, {8, Type::boolean},    {9, Type::date},
      {10, Type::null},         {16, Type::int32},    {17, Type::timestamp}, {18, Type::int64},
      {19, Type::decimal}};
  return std::ranges::any_of(numbers, [&](const auto& one) {
    return one.first == static_cast<int>(wanted.as_number().value_or(0)) &&
           one.second == value.type;
  });
}

std::optional<bool> compared(std::string_view name, const Value& document, std::string_view path,
                             const Value& operand) {
  const auto by = [&](auto sign) {
    return any_element(document, path, [&](const Value* found) {
      if (found == nullptr) return operand.is_null() && sign(0);
      return same_class(*found, operand) && sign(mql::compare(*found, operand));
    });
  };
  if (name == "$gt") return by([](int c) { return c > 0; });
  if (name == "$gte") return by([](int c) { return c >= 0; });
  if (name == "$lt") return by([](int c) { return c < 0; });
  if (name == "$lte") return by([](int c) { return c <= 0; });
  return std::nullopt;
}

bool in(const Value& document, std::string_view path, const Value& list) {
  if (!list.is_array()) throw Failure(2, "BadValue", "$in needs an array");
  return any_element(document, path, [&](const Value* found) {
    return std::ranges::any_of(list.fields,
                               [&](const Field& f) { return equals_or_like(found, f.value); });
  });
}

std::optional<bool> of_arrays(std::string_view name, const Value& document, std::string_view path,
                              const Value& operand) {
  if (name == "$size")
    return any_at(document, path, [&](const Value* found) {
      return found != nullptr && found->is_array() &&
             static_cast<double>(found->fields.size()) == operand.as_number().value_or(-1);
    });
  if (name == "$elemMatch")
    return any_at(document, path, [&](const Value* found) {
      if (found == nullptr || !found->is_array()) return false;
      return std::ranges::any_of(found->fields, [&](const Field& f) {
        if (!is_operators(operand)) return f.value.is_object() && matches(f.value, operand);
        return condition_holds(Value::object({{"v", f.value}}), "v", operand);
      });
    });
  if (name == "$all")
    return std::ranges::all_of(
        operand.fields, [&](const Field& f) { return condition_holds(document, path, f.value); });
  return std::nullopt;
}

bool operator_holds(const Value& document, std::string_view path, const Value& all,
                    const Field& one) {
  const std::string& name = one.name;
  const Value& operand = one.value;
  if (const auto answer = compared(name, document, path, operand)) return *answer;
  if (const auto answer = of_arrays(name, document, path, operand)) return *answer;
  if (name == "$eq")
    return any_element(document, path, [&](const Value* f) { return equals(f, operand); });
  if (name == "$ne")
    return !any_element(document, path, [&](const Value* f) { return equals(f, operand); });
  if (name == "$in") return in(document, path, operand);
  if (name == "$nin") return !in(document, path, operand);
  if (name == "$not") return !condition_holds(document, path, operand);
  if (name == "$exists")
    return any_at(document, path, [](const Value* f) { return f != nullptr; }) == operand.truthy();
  if (name == "$type")
    return any_element(document, path,
                       [&](const Value* f) { return f != nullptr && has_type(*f, operand); });
  if (name == "$regex")
    return any_element(document, path, [&](const Value* f) {
      return like(f, operand.text, operand.options + all.string_at("$options"));
    });
  if (name == "$mod")
    return any_element(document, path, [&](const Value* f) {
      if (f == nullptr || !f->is_number() || operand.fields.size() < 2) return false;
      const auto by = static_cast<std::int64_t>(operand.fields[0].value.as_number().value_or(1));
      return static_cast<std::int64_t>(*f->as_number()) % by ==
             static_cast<std::int64_t>(operand.fields[1].value.as_number().value_or(0));
    });
  if (name == "$options" || name == "$comment") return true;
  throw Failure(2, "BadValue", "unknown operator: " + name);
}

}  // namespace

bool any_at(const Value& document, std::string_view path,
            const std::function<bool(const Value*)>& take) {
  return walk(document, path, take);
}

bool is_operators(const Value& value) {
  return value.is_object() && !value.fields.empty() && value.fields.front().name.starts_with('$');
}

bool condition_holds(const Value& document, std::string_view path, const Value& condition) {
  if (!is_operators(condition))
    return any_element(document, path,
                       [&](const Value* found) { return equals_or_like(found, condition); });
  return std::ranges::all_of(condition.fields, [&](const Field& one) {
    return operator_holds(document, path, condition, one);
  });
}

bool matches(const Value& document, const Value& filter) {
  const auto each = [&](const Field& f) { return matches(document, f.value); };
  return std::ranges::all_of(filter.fields, [&](const Field& field) {
    if (field.name == "$and") return std::ranges::all_of(field.value.fields, each);
    if (field.name == "$or") return std::ranges::any_of(field.value.fields, each);
    if (field.name == "$nor") return std::ranges::none_of(field.value.fields, each);
    if (field.name == "$expr") return evaluated(field.value, document).truthy();
    if (field.name == "$comment" || field.name == "$alwaysTrue") return true;
    if (field.name.starts_with('$'))
      throw Failure(2, "BadValue", "unknown top level operator: " + field.name);
    return condition_holds(document, field.name, field.value);
  });
}

Value sort_key(const Value& document, std::string_view path, bool descending) {
  std::optional<Value> best;
  const auto consider = [&](const Value& one) {
    if (!best || (mql::compare(one, *best) < 0) != descending) best = one;
  };
  any_at(document, path, [&](const Value* found) {
    if (found == nullptr) {
      consider(Value::null());
    } else if (found->is_array() && !found->fields.empty()) {
      for (const Field& f : found->fields) consider(f.value);
    } else {
      consider(*found);
    }
    return false;
  });
  return best.value_or(Value::null());
}

void sort_documents(std::vector<Value>& documents, const Value& pattern) {
  std::ranges::stable_sort(documents, [&](const Value& a, const Value& b) {
    for (const Field& f : pattern.fields) {
      const bool descending = f.value.as_number().value_or(1) < 0;
      const int by = mql::compare(sort_key(a, f.name, descending), sort_key(b, f.name, descending));
      if (by != 0) return (by < 0) != descending;
    }
    return false;
  });
}

namespace {

/// Puts a value at a dotted path of documents.
void put(Value& document, std::string_view path, Value value) {
  const auto [head, rest] = split(path);
  if (rest.empty()) {
    document.set(head, std::move(value));
    return;
  }
  if (document.find(head) == nullptr || !document.find(head)->is_object())
    document.set(head, Value::object({}));
  put(*document.find(head), rest, std::move(value));
}

void take_out(Value& document, std::string_view path) {
  const auto [head, rest] = split(path);
  if (rest.empty()) return document.erase(head);
  if (Value* const inner = document.find(head); inner != nullptr) {
    if (inner->is_object()) take_out(*inner, rest);
    if (inner->is_array())
      for (Field& f : inner->fields) take_out(f.value, rest);
  }
}

bool plain(const Value& value) { return value.is_number() || value.type == Type::boolean; }

}  // namespace

Value projected(const Value& document, const Value& projection) {
  const auto keeps = [](const Field& f) {
    return f.name != "_id" && (!plain(f.value) || f.value.truthy());
  };
  const Value* const id = projection.find("_id");
  const bool inclusive = std::ranges::any_of(projection.fields, keeps) ||
                         (projection.fields.size() == 1 && id != nullptr && id->truthy());
  if (!inclusive) {
    Value out = document;
    for (const Field& f : projection.fields) take_out(out, f.name);
    return out;
  }
  Value out = Value::object({});
  if (const Value* own = document.find("_id"); own != nullptr && (id == nullptr || id->truthy()))
    out.set("_id", *own);
  for (const Field& f : projection.fields) {
    if (f.name == "_id") continue;
    if (!plain(f.value)) {
      put(out, f.name, evaluated(f.value, document));
    } else if (const Value* const found = document.at(f.name)) {
      put(out, f.name, *found);
    }
  }
  return out;
}

}  // namespace whet::testing::mongo
