#include "support/mongo_bson.h"

#include <memory>

#include <bson/bson.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace whet::testing::mongo {

using mql::Type;
using mql::Value;

std::string bson_of(const Value& document) {
  const std::string text = mql::canonical_json(document);
  bson_error_t error;
  bson_t* const made = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(text.data()),
                                          static_cast<ssize_t>(text.size()), &error);
  if (made == nullptr) {
    ADD_FAILURE() << "no BSON: " << error.message << " in " << text.substr(0, 400);
    return {"\5\0\0\0\0", 5};
  }
  std::string out(reinterpret_cast<const char*>(bson_get_data(made)), made->len);
  bson_destroy(made);
  return out;
}

std::optional<Value> document_of(std::string_view bytes) {
  bson_t read;
  if (!bson_init_static(&read, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) ||
      !bson_validate(&read, BSON_VALIDATE_NONE, nullptr))
    return std::nullopt;
  const std::unique_ptr<char, decltype(&bson_free)> text(
      bson_as_canonical_extended_json(&read, nullptr), bson_free);
  auto value = text ? mql::parse_json(text.get()) : Result<Value>(Error{});
  if (!value.ok()) return std::nullopt;
  return std::move(value).value();
}

namespace {

std::string printed_double(double number) {
  if (number == std::numeric_limits<double>::infinity()) return "inf.0";
  if (number == -std::numeric_limits<double>::infinity()) return "-inf.0";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string printed_fields(const Value& value) {
  std::string out = value.is_array() ? "[" : "{";
  for (std::size_t i = 0; i < value.fields.size(); ++i) {
    out += i == 0 ? " " : ", ";
    if (!value.is_array()) out += value.fields[i].name + ": ";
    out += printed(value.fields[i].value);
  }
  if (!value.fields.empty()) out += ' ';
  return out + (value.is_array() ? "]" : "}");
}

}  // namespace

std::string printed(const Value& value) {
  switch (value.type) {
    case Type::null:
      return "null";
    case Type::undefined:
      return "undefined";
    case Type::boolean:
      return value.integer != 0 ? "true" : "false";
    case Type::int32:
    case Type::int64:
      return std::to_string(value.integer);
    case Type::number_double:
      return printed_double(value.number);
    case Type::object:
    case Type::array:
      return printed_fields(value);
    case Type::object_id:
      return "ObjectId('" + value.text + "')";
    case Type::date:
      return fmt::format("new Date({})", value.integer);
    case Type::timestamp:
      return fmt::format("Timestamp({}, {})", static_cast<std::uint64_t>(value.integer) >> 32U,
                         value.integer & 0xffffffff);
    case Type::regex:
      return "/" + value.text + "/" + value.options;
    case Type::min_key:
      return "MinKey";
    case Type::max_key:
      return "MaxKey";
    case Type::decimal:
      return "NumberDecimal(\"" + value.text + "\")";
    default:
      return "\"" + value.text + "\"";
  }
}

Value json(std::string_view text) {
  auto value = mql::parse_json(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? std::move(value).value() : Value();
}

}  // namespace whet::testing::mongo
