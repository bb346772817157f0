#include "mql/print_value.h"

#include <cmath>
#include <limits>

#include "base/json.h"
#include "base/text.h"
#include "mql/text_tokens.h"

namespace whet::mql {

namespace {

std::string call(std::string_view name, std::string_view argument) {
  return std::string(name) + "(" + std::string(argument) + ")";
}

std::string of_double(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  const std::string text = json::format(number);
  // mongosh would send it as an int.
  const bool whole = std::trunc(number) == number && std::abs(number) <= most + 1;
  return whole ? call("Double", std::signbit(number) && number == 0 ? "\"-0\"" : text) : text;
}

std::string of_regex(const Value& value) {
  const bool of_javascript = value.options.find_first_not_of("imsu") == std::string::npos;
  std::string literal = "/" + value.text + "/";
  const bool plain = of_javascript && !value.text.empty() && !value.text.starts_with('*') &&
                     value.text.find('/') == std::string::npos &&
                     regex_end(literal, 0) == literal.size() - 1;
  if (plain) return literal + value.options;
  return call(of_javascript ? "RegExp" : "BSONRegExp",
              json::quote(value.text) + ", " + json::quote(value.options));
}

std::string of_binary(const Value& value) {
  if (value.options == "04" && value.text.size() == 36 &&
      value.text.find('-') != std::string::npos) {
    return call("UUID", json::quote(value.text));
  }
  const auto subtype = std::strtol(value.options.c_str(), nullptr, 16);
  return call("BinData", std::to_string(subtype) + ", " + json::quote(value.text));
}

std::string of_timestamp(const Value& value) {
  const auto bits = static_cast<std::uint64_t>(value.integer);
  return call("Timestamp", "{t: " + std::to_string(bits >> 32U) +
                               ", i: " + std::to_string(bits & 0xffffffffU) + "}");
}

std::string of_date(const Value& value) {
  // The text of {"$date": "..."}; out of its years, the number.
  const std::string json = relaxed_json(value);
  constexpr std::string_view begin = "{\"$date\":\"";
  if (!json.starts_with(begin)) return "new Date(" + std::to_string(value.integer) + ")";
  return call("ISODate",
              std::string_view(json).substr(begin.size() - 1, json.size() - begin.size()));
}

bool lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Values that only a broken document has; no constructor would make them.
bool is_broken(const Value& value) {
  if (value.type == Type::object_id) return value.text.size() != 24 || !lower_hex(value.text);
  if (value.type == Type::binary) return value.options.size() != 2 || !lower_hex(value.options);
  return value.type == Type::decimal && !text::to_double(value.text);
}

std::string of_fields(const Value& value) {
  std::string out(1, value.is_object() ? '{' : '[');
  for (std::size_t i = 0; i < value.fields.size(); ++i) {
    const Field& field = value.fields[i];
    if (i > 0) out += ", ";
    if (value.is_object()) {
      out += plain_name(field.name) ? field.name : json::quote(field.name);
      out += ": ";
    }
    out += print_value(field.value);
  }
  return out + (value.is_object() ? '}' : ']');
}

}  // namespace

std::string print_value(const Value& value) {
  if (is_broken(value)) return canonical_json(value);
  switch (value.type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return value.integer != 0 ? "true" : "false";
    case Type::int32:
      return std::to_string(value.integer);
    case Type::int64:
      return call("NumberLong", json::quote(std::to_string(value.integer)));
    case Type::number_double:
      return of_double(value.number);
    case Type::decimal:
      return call("NumberDecimal", json::quote(value.text));
    case Type::string:
      return json::quote(value.text);
    case Type::object:
    case Type::array:
      return of_fields(value);
    case Type::object_id:
      return call("ObjectId", json::quote(value.text));
    case Type::date:
      return of_date(value);
    case Type::timestamp:
      return of_timestamp(value);
    case Type::binary:
      return of_binary(value);
    case Type::regex:
      return of_regex(value);
    case Type::code:
      return call("Code", json::quote(value.text));
    case Type::symbol:
      return call("BSONSymbol", json::quote(value.text));
    case Type::undefined:
      return "undefined";
    case Type::min_key:
      return "MinKey()";
    case Type::max_key:
      return "MaxKey()";
    case Type::placeholder:
      return "?";
  }
  return "null";
}

}  // namespace whet::mql
