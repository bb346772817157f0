#include "mql/value.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "base/text.h"

namespace whet::mql {

namespace {

// The place of a type in the order of values; numbers share one.
int rank_of(Type type) {
  switch (type) {
    case Type::min_key:
      return 0;
    case Type::undefined:
    case Type::null:
      return 1;
    case Type::int32:
    case Type::int64:
    case Type::number_double:
    case Type::decimal:
      return 2;
    case Type::symbol:
    case Type::string:
      return 3;
    case Type::object:
      return 4;
    case Type::array:
      return 5;
    case Type::binary:
      return 6;
    case Type::object_id:
      return 7;
    case Type::boolean:
      return 8;
    case Type::date:
      return 9;
    case Type::timestamp:
      return 10;
    case Type::regex:
      return 11;
    case Type::code:
      return 12;
    case Type::max_key:
      return 13;
    case Type::placeholder:
      return 14;
  }
  return 14;
}

template <class T>
int sign(const T& a, const T& b) {
  if (a < b) return -1;
  return b < a ? 1 : 0;
}

bool whole(Type type) { return type == Type::int32 || type == Type::int64; }

// NaN comes before all other numbers.
int compare_numbers(const Value& a, const Value& b) {
  if (whole(a.type) && whole(b.type)) return sign(a.integer, b.integer);
  const double x = a.as_number().value_or(NAN), y = b.as_number().value_or(NAN);
  if (std::isnan(x) || std::isnan(y)) return sign(!std::isnan(x), !std::isnan(y));
  return sign(x, y);
}

int compare_fields(const Value& a, const Value& b) {
  const std::size_t common = std::min(a.fields.size(), b.fields.size());
  for (std::size_t i = 0; i < common; ++i) {
    const Field &x = a.fields[i], &y = b.fields[i];
    if (const int by = sign(rank_of(x.value.type), rank_of(y.value.type))) return by;
    if (const int by = sign(x.name, y.name)) return by;
    if (const int by = compare(x.value, y.value)) return by;
  }
  return sign(a.fields.size(), b.fields.size());
}

std::optional<std::size_t> position_of(std::string_view name) {
  const auto number = text::to_int(name);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

}  // namespace

Value Value::null() { return {}; }

Value Value::of(bool flag) {
  Value out;
  out.type = Type::boolean;
  out.integer = flag ? 1 : 0;
  return out;
}

Value Value::of(int number) {
  Value out;
  out.type = Type::int32;
  out.integer = number;
  return out;
}

Value Value::of(std::int64_t number) {
  Value out;
  out.type = Type::int64;
  out.integer = number;
  return out;
}

Value Value::of(double number) {
  Value out;
  out.type = Type::number_double;
  out.number = number;
  return out;
}

Value Value::of(std::string_view text) {
  Value out;
  out.type = Type::string;
  out.text = text;
  return out;
}

// Not in the header: Field is complete here only.
Value Value::of(const char* text) { return of(std::string_view(text)); }

Value Value::object(std::initializer_list<std::pair<std::string_view, Value>> list) {
  Value out;
  out.type = Type::object;
  for (const auto& [name, value] : list) out.fields.push_back({std::string(name), value});
  return out;
}

Value Value::array(std::vector<Value> elements) {
  Value out;
  out.type = Type::array;
  out.fields.reserve(elements.size());
  for (Value& element : elements) out.fields.push_back({"", std::move(element)});
  return out;
}

Value Value::placeholder() {
  Value out;
  out.type = Type::placeholder;
  return out;
}

bool Value::is_number() const { return rank_of(type) == rank_of(Type::int32); }

const Value* Value::find(std::string_view name) const {
  if (type != Type::object) return nullptr;
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &found->value;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));  // NOLINT: the object is not const
}

const Value* Value::at(std::string_view path) const {
  const Value* here = this;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    if (here->is_array()) {
      const auto position = position_of(step);
      here = position && *position < here->fields.size() ? &here->fields[*position].value : nullptr;
    } else {
      here = here->find(step);
    }
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return here;
}

Value& Value::set(std::string_view name, Value value) {
  type = Type::object;
  if (Value* there = find(name)) {
    *there = std::move(value);
  } else {
    fields.push_back({std::string(name), std::move(value)});
  }
  return *this;
}

void Value::push(Value element) {
  type = Type::array;
  fields.push_back({"", std::move(element)});
}

void Value::erase(std::string_view name) {
  std::erase_if(fields, [&](const Field& field) { return field.name == name; });
}

std::string Value::string_at(std::string_view path, std::string_view otherwise) const {
  const Value* there = at(path);
  return there != nullptr && there->is_string() ? there->text : std::string(otherwise);
}

double Value::number_at(std::string_view path, double otherwise) const {
  const Value* there = at(path);
  return there == nullptr ? otherwise : there->as_number().value_or(otherwise);
}

std::int64_t Value::integer_at(std::string_view path, std::int64_t otherwise) const {
  const Value* there = at(path);
  if (there == nullptr) return otherwise;
  if (whole(there->type)) return there->integer;
  const auto value = there->as_number();
  constexpr double limit = 9.2e18;
  return value && std::abs(*value) < limit ? static_cast<std::int64_t>(*value) : otherwise;
}

bool Value::flag_at(std::string_view path, bool otherwise) const {
  const Value* there = at(path);
  if (there == nullptr) return otherwise;
  return there->type == Type::boolean || there->is_number() ? there->truthy() : otherwise;
}

std::optional<double> Value::as_number() const {
  if (whole(type)) return static_cast<double>(integer);
  if (type == Type::number_double) return number;
  if (type == Type::decimal) return text::to_double(text);
  return std::nullopt;
}

bool Value::truthy() const {
  if (type == Type::boolean) return integer != 0;
  if (is_number()) return as_number().value_or(0) != 0;
  return type != Type::null && type != Type::undefined;
}

bool operator==(const Value& a, const Value& b) {
  const auto parts = [](const Value& v) {
    return std::tie(v.type, v.integer, v.number, v.text, v.options, v.fields);
  };
  return parts(a) == parts(b);
}

int compare(const Value& a, const Value& b) {
  if (const int by = sign(rank_of(a.type), rank_of(b.type))) return by;
  if (a.is_number()) return compare_numbers(a, b);
  switch (a.type) {
    case Type::object:
    case Type::array:
      return compare_fields(a, b);
    case Type::boolean:
    case Type::date:
      return sign(a.integer, b.integer);
    case Type::timestamp:
      return sign(static_cast<std::uint64_t>(a.integer), static_cast<std::uint64_t>(b.integer));
    case Type::null:
    case Type::undefined:
      return 0;
    case Type::binary:
      if (const int by = sign(a.text.size(), b.text.size())) return by;
      if (const int by = sign(a.options, b.options)) return by;
      return sign(a.text, b.text);
    default:
      if (const int by = sign(a.text, b.text)) return by;
      return sign(a.options, b.options);
  }
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return "bool";
    case Type::int32:
      return "int";
    case Type::int64:
      return "long";
    case Type::number_double:
      return "double";
    case Type::decimal:
      return "decimal";
    case Type::string:
      return "string";
    case Type::object:
      return "object";
    case Type::array:
      return "array";
    case Type::object_id:
      return "objectId";
    case Type::date:
      return "date";
    case Type::timestamp:
      return "timestamp";
    case Type::binary:
      return "binData";
    case Type::regex:
      return "regex";
    case Type::code:
      return "javascript";
    case Type::symbol:
      return "symbol";
    case Type::undefined:
      return "undefined";
    case Type::min_key:
      return "minKey";
    case Type::max_key:
      return "maxKey";
    case Type::placeholder:
      return "placeholder";
  }
  return "";
}

std::int64_t bson_bytes(const Value& value) {
  constexpr std::int64_t word = 4, long_word = 8, oid = 12, wide = 16;
  switch (value.type) {
    case Type::object:
    case Type::array: {
      std::int64_t total = word + 1;
      for (std::size_t i = 0; i < value.fields.size(); ++i) {
        const Field& field = value.fields[i];
        const std::size_t name = value.is_array() ? std::to_string(i).size() : field.name.size();
        total += 2 + static_cast<std::int64_t>(name) + bson_bytes(field.value);
      }
      return total;
    }
    case Type::string:
    case Type::code:
    case Type::symbol:
      return word + static_cast<std::int64_t>(value.text.size()) + 1;
    case Type::boolean:
      return 1;
    case Type::int32:
      return word;
    case Type::int64:
    case Type::number_double:
    case Type::date:
    case Type::timestamp:
      return long_word;
    case Type::decimal:
      return wide;
    case Type::object_id:
      return oid;
    case Type::binary: {
      const auto padding = std::count(value.text.begin(), value.text.end(), '=');
      return word + 1 + static_cast<std::int64_t>(value.text.size()) / 4 * 3 - padding;
    }
    case Type::regex:
      return static_cast<std::int64_t>(value.text.size() + value.options.size()) + 2;
    default:
      return 0;
  }
}

}  // namespace whet::mql
