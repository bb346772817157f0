// The constructors of BSON's types in mongosh.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "mql/arrange.h"
#include "mql/text_parser.h"

namespace whet::mql {

namespace {

using Made = Result<Value>;

Value typed(Type type, std::string text = "", std::int64_t integer = 0) {
  Value out;
  out.type = type;
  out.text = std::move(text);
  out.integer = integer;
  return out;
}

Error unfit(std::string_view name, std::string_view example) {
  return {ErrorKind::invalid, std::string(name) + "() cannot read its argument",
          "Write it as " + std::string(example) + ".", ""};
}

bool all_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

Made date(const Arguments& arguments) {
  // Now, which nobody wants to have in a statement's text.
  if (arguments.empty()) return Value::placeholder();
  const Value& first = arguments.front();
  if (first.type == Type::date) return first;
  if (first.is_string()) {
    auto made = parse_json("{\"$date\":" + json::quote(first.text) + "}");
    if (made.ok() && made->type == Type::date) return made;
  }
  const auto ms = first.as_number();
  if (arguments.size() == 1 && ms && std::abs(*ms) < 9e15) {
    return typed(Type::date, "", std::llround(*ms));
  }
  if (arguments.size() > 1 && std::ranges::all_of(arguments, &Value::is_number)) {
    return Value::placeholder();  // in the time zone of whoever runs it
  }
  return unfit("Date", "ISODate(\"2026-10-01T12:30:00Z\")");
}

Made object_id(const Arguments& arguments) {
  if (arguments.empty()) return Value::placeholder();
  const Value& first = arguments.front();
  if (first.type == Type::object_id) return first;
  if (!first.is_string() || first.text.size() != 24 || !all_hex(first.text)) {
    return unfit("ObjectId", "ObjectId(\"65f0c0ffee0000000000abcd\"), with 24 hex digits");
  }
  return typed(Type::object_id, text::lower(first.text));
}

Made whole(std::string_view name, const Arguments& arguments, bool wide) {
  const Value first = arguments.empty() ? Value::of(0) : arguments.front();
  std::optional<std::int64_t> number;
  if (first.is_string()) number = text::to_int(first.text);
  if (first.type == Type::int32 || first.type == Type::int64) number = first.integer;
  if (first.type == Type::number_double && std::abs(first.number) < 9.2e18) {
    number = static_cast<std::int64_t>(first.number);
  }
  if (!number) return unfit(name, "NumberLong(\"42\")");
  if (wide) return Value::of(*number);
  if (*number > std::numeric_limits<std::int32_t>::max() ||
      *number < std::numeric_limits<std::int32_t>::min()) {
    return unfit(name, "NumberLong(\"" + std::to_string(*number) + "\"): it is too large");
  }
  return Value::of(static_cast<int>(*number));
}

Made floating(std::string_view name, const Arguments& arguments) {
  const Value first = arguments.empty() ? Value::of(0) : arguments.front();
  const auto number = first.is_string() ? text::to_double(first.text) : first.as_number();
  if (!number) return unfit(name, "Double(1.5)");
  return Value::of(*number);
}

Made decimal(std::string_view name, const Arguments& arguments) {
  const Value first = arguments.empty() ? Value::of(0) : arguments.front();
  if (first.type == Type::decimal) return first;
  if (first.is_string() && (text::to_double(first.text) || first.text == "NaN" ||
                            text::contains(first.text, "Infinity"))) {
    return typed(Type::decimal, first.text);
  }
  if (const auto number = first.as_number()) return typed(Type::decimal, json::format(*number));
  return unfit(name, "NumberDecimal(\"9.99\")");
}

Value binary(std::string content, int subtype) {
  constexpr std::string_view digits = "0123456789abcdef";
  Value out = typed(Type::binary, std::move(content));
  out.options = {digits[static_cast<std::size_t>(subtype >> 4) & 15U],
                 digits[static_cast<std::size_t>(subtype) & 15U]};
  return out;
}

Made uuid(const Arguments& arguments) {
  if (arguments.empty()) return Value::placeholder();
  const std::string& content = arguments.front().text;
  if (!arguments.front().is_string() || content.size() < 32) {
    return unfit("UUID", "UUID(\"3b241101-e2bb-4255-8caf-4136c566a962\")");
  }
  return binary(content, 4);
}

Made bin_data(const Arguments& arguments) {
  if (arguments.size() < 2 || !arguments[0].is_number() || !arguments[1].is_string()) {
    return unfit("BinData", "BinData(0, \"aGVsbG8=\")");
  }
  const double subtype = arguments[0].as_number().value_or(0);
  return binary(arguments[1].text, static_cast<int>(std::clamp(subtype, 0.0, 255.0)));
}

Made timestamp(const Arguments& arguments) {
  if (arguments.empty()) return Value::placeholder();
  const Value& first = arguments.front();
  double seconds = first.is_object() ? first.number_at("t") : first.as_number().value_or(0);
  double count = first.is_object()      ? first.number_at("i")
                 : arguments.size() > 1 ? arguments[1].as_number().value_or(0)
                                        : 0;
  constexpr double most = 4294967295.0;
  seconds = std::clamp(seconds, 0.0, most);
  count = std::clamp(count, 0.0, most);
  const std::uint64_t bits =
      static_cast<std::uint64_t>(seconds) << 32U | static_cast<std::uint64_t>(count);
  return typed(Type::timestamp, "", static_cast<std::int64_t>(bits));
}

Made regex(const Arguments& arguments) {
  if (arguments.empty()) return unfit("RegExp", "RegExp(\"^ab\", \"i\")");
  Value out = arguments.front();
  if (!out.is_string() && out.type != Type::regex) {
    return unfit("RegExp", "RegExp(\"^ab\", \"i\")");
  }
  out.type = Type::regex;
  if (arguments.size() > 1) out.options = arguments[1].text;
  return out;
}

Made db_ref(const Arguments& arguments) {
  if (arguments.size() < 2) return unfit("DBRef", "DBRef(\"orders\", 1)");
  Value out = Value::object({{"$ref", arguments[0]}, {"$id", arguments[1]}});
  if (arguments.size() > 2) out.set("$db", arguments[2]);
  return out;
}

std::optional<Made> of_text(std::string_view name, const Arguments& arguments) {
  const bool code = name == "Code";
  if (!code && name != "BSONSymbol" && name != "Symbol") return std::nullopt;
  if (arguments.empty() || (!arguments[0].is_string() && arguments[0].type != Type::code)) {
    return unfit(name, std::string(name) + "(\"...\")");
  }
  return typed(code ? Type::code : Type::symbol, arguments[0].text);
}

std::optional<Made> of_number(std::string_view name, const Arguments& arguments) {
  if (name == "NumberLong" || name == "Long") return whole(name, arguments, true);
  if (name == "NumberInt" || name == "Int32") return whole(name, arguments, false);
  if (name == "NumberDecimal" || name == "Decimal128") return decimal(name, arguments);
  if (name == "Double" || name == "NumberDouble") return floating(name, arguments);
  if (name == "Number") {
    Made made = floating(name, arguments);
    if (made.ok()) made = smallest(*made);
    return made;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Result<Value>> constructed(std::string_view name, const Arguments& arguments) {
  const bool open = std::ranges::any_of(
      arguments, [](const Value& value) { return value.type == Type::placeholder; });
  constexpr std::array names{"ISODate", "Date",      "ObjectId", "ObjectID",   "UUID", "GUID",
                             "BinData", "Timestamp", "RegExp",   "BSONRegExp", "DBRef"};
  if (open && std::ranges::find(names, name) != names.end()) return Value::placeholder();
  if (open && of_number(name, {}).has_value()) return Value::placeholder();
  if (name == "ISODate" || name == "Date") return date(arguments);
  if (name == "ObjectId" || name == "ObjectID") return object_id(arguments);
  if (name == "UUID" || name == "GUID") return uuid(arguments);
  if (name == "BinData") return bin_data(arguments);
  if (name == "Timestamp") return timestamp(arguments);
  if (name == "RegExp" || name == "BSONRegExp") return regex(arguments);
  if (name == "DBRef") return db_ref(arguments);
  if (name == "MinKey") return typed(Type::min_key);
  if (name == "MaxKey") return typed(Type::max_key);
  if (auto made = of_text(name, arguments)) return made;
  return of_number(name, arguments);
}

}  // namespace whet::mql
