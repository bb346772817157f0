#include "engine/mongodb/bson.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include <bson/bson.h>

namespace whet::engine::mongodb {

namespace {

using mql::Type;
using mql::Value;

/// A little more than servers store (180 to 200 levels), so that explains of those fit too.
constexpr int deepest = 400;

/// The type's byte in BSON (bsonspec.org).
enum Tag : std::uint8_t {
  tag_double = 0x01,
  tag_string = 0x02,
  tag_object = 0x03,
  tag_array = 0x04,
  tag_binary = 0x05,
  tag_undefined = 0x06,
  tag_object_id = 0x07,
  tag_boolean = 0x08,
  tag_date = 0x09,
  tag_null = 0x0a,
  tag_regex = 0x0b,
  tag_pointer = 0x0c,
  tag_code = 0x0d,
  tag_symbol = 0x0e,
  tag_scoped_code = 0x0f,
  tag_int32 = 0x10,
  tag_timestamp = 0x11,
  tag_int64 = 0x12,
  tag_decimal = 0x13,
  tag_min_key = 0xff,
  tag_max_key = 0x7f,
};

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t old_binary = 2;  ///< a subtype whose bytes have a second length before them

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? alphabet[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t at = alphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    group = group << 6U | static_cast<std::uint32_t>(at);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> static_cast<unsigned>(bits) & 255U);
  }
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    for (const char c : text.substr(i, 2)) {
      const char small = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      const std::size_t at = digits.find(small);
      if (at == std::string_view::npos) return std::nullopt;
      byte = byte << 4U | static_cast<unsigned>(at);
    }
    out += static_cast<char>(byte);
  }
  return out;
}

Error unwritable(const std::string& what) {
  return {ErrorKind::invalid, what + " cannot be written as BSON.", "", ""};
}

class Writer {
 public:
  Status document(const Value& value, int depth) {
    if (depth > deepest) return unwritable("A document that is nested so deeply");
    const std::size_t start = out_.size();
    number<std::int32_t>(0);
    std::size_t position = 0;
    for (const mql::Field& field : value.fields) {
      const std::string name = value.is_array() ? std::to_string(position++) : field.name;
      if (name.find('\0') != std::string::npos) return unwritable("A name with a NUL");
      WHET_TRY_VOID(element(name, field.value, depth));
    }
    out_ += '\0';
    set_length(start, out_.size() - start);
    return {};
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  Status element(const std::string& name, const Value& value, int depth) {
    const std::size_t tag = out_.size();
    out_ += '\0';
    zero_ended(name);
    const auto kind = WHET_TRY(payload(value, depth));
    out_[tag] = static_cast<char>(kind);
    return {};
  }

  Result<Tag> payload(const Value& value, int depth) {
    switch (value.type) {
      case Type::object:
      case Type::array:
        WHET_TRY_VOID(document(value, depth + 1));
        return value.is_array() ? tag_array : tag_object;
      case Type::string:
        counted(value.text);
        return tag_string;
      case Type::code:
        counted(value.text);
        return tag_code;
      case Type::symbol:
        counted(value.text);
        return tag_symbol;
      case Type::regex:
        if ((value.text + value.options).find('\0') != std::string::npos)
          return unwritable("A regular expression with a NUL");
        zero_ended(value.text);
        zero_ended(value.options);
        return tag_regex;
      case Type::binary:
      case Type::object_id:
      case Type::decimal:
        return bytes(value);
      default:
        return scalar(value);
    }
  }

  Result<Tag> scalar(const Value& value) {
    switch (value.type) {
      case Type::null:
        return tag_null;
      case Type::undefined:
        return tag_undefined;
      case Type::min_key:
        return tag_min_key;
      case Type::max_key:
        return tag_max_key;
      case Type::boolean:
        out_ += value.integer != 0 ? '\1' : '\0';
        return tag_boolean;
      case Type::int32:
        number(static_cast<std::int32_t>(value.integer));
        return tag_int32;
      case Type::int64:
        number(value.integer);
        return tag_int64;
      case Type::date:
        number(value.integer);
        return tag_date;
      case Type::timestamp:
        number(value.integer);
        return tag_timestamp;
      case Type::number_double:
        number(std::bit_cast<std::int64_t>(value.number));
        return tag_double;
      default:
        return unwritable("A placeholder");
    }
  }

  Result<Tag> bytes(const Value& value) {
    if (value.type == Type::object_id) {
      const auto id = from_hex(value.text);
      if (!id || id->size() != 12) return unwritable("'" + value.text + "' is no object id and");
      out_ += *id;
      return tag_object_id;
    }
    if (value.type == Type::decimal) {
      bson_decimal128_t decimal;
      if (!bson_decimal128_from_string(value.text.c_str(), &decimal))
        return unwritable("The decimal '" + value.text + "'");
      number(static_cast<std::int64_t>(decimal.low));
      number(static_cast<std::int64_t>(decimal.high));
      return tag_decimal;
    }
    const auto content = from_base64(value.text);
    const auto subtype = value.options.empty() ? std::string(1, '\0') : from_hex(value.options);
    if (!content || !subtype || subtype->size() != 1) return unwritable("Binary data of that form");
    const bool old = static_cast<std::uint8_t>((*subtype)[0]) == old_binary;
    number(static_cast<std::int32_t>(content->size() + (old ? 4 : 0)));
    out_ += *subtype;
    if (old) number(static_cast<std::int32_t>(content->size()));
    out_ += *content;
    return tag_binary;
  }

  template <class T>
  void number(T value) {
    static_assert(std::endian::native == std::endian::little);
    std::array<char, sizeof(T)> raw{};
    std::memcpy(raw.data(), &value, sizeof(T));
    out_.append(raw.data(), raw.size());
  }
  void zero_ended(std::string_view text) {
    out_ += text;
    out_ += '\0';
  }
  void counted(std::string_view text) {
    number(static_cast<std::int32_t>(text.size() + 1));
    zero_ended(text);
  }
  void set_length(std::size_t at, std::size_t length) {
    const auto value = static_cast<std::int32_t>(length);
    std::memcpy(out_.data() + at, &value, sizeof value);
  }

  std::string out_;
};

/// Reads forward; after bytes that are missing everything reads as empty and `good` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  Value document(bool array, int depth) {
    Value out;
    out.type = array ? Type::array : Type::object;
    const auto length = number<std::int32_t>();
    if (!good_ || depth > deepest || length < 5 ||
        static_cast<std::size_t>(length) - 4 > rest_.size())
      return fail(std::move(out));
    Reader inner(rest_.substr(0, static_cast<std::size_t>(length) - 4));
    rest_.remove_prefix(static_cast<std::size_t>(length) - 4);
    while (inner.good_ && !inner.at_end()) {
      const auto tag = inner.number<std::uint8_t>();
      mql::Field& field = out.fields.emplace_back();
      field.name = inner.zero_ended();
      if (array) field.name.clear();
      field.value = inner.payload(tag, depth);
    }
    good_ = inner.good_;
    return out;
  }

  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

 private:
  /// The NUL that ends a document, and nothing after it.
  [[nodiscard]] bool at_end() {
    if (rest_.empty()) good_ = false;
    if (rest_.empty() || rest_[0] != '\0') return rest_.empty();
    good_ = rest_.size() == 1;
    return true;
  }

  Value payload(std::uint8_t tag, int depth) {
    switch (tag) {
      case tag_object:
      case tag_array:
        return document(tag == tag_array, depth + 1);
      case tag_string:
        return text(Type::string);
      case tag_code:
        return text(Type::code);
      case tag_symbol:
        return text(Type::symbol);
      case tag_binary:
        return binary();
      case tag_regex: {
        Value out = typed(Type::regex);
        out.text = zero_ended();
        out.options = zero_ended();
        return out;
      }
      case tag_pointer:
        counted();
        return object_id();
      case tag_object_id:
        return object_id();
      case tag_scoped_code: {
        number<std::int32_t>();
        Value out = text(Type::code);
        document(false, depth + 1);
        return out;
      }
      default:
        return scalar(tag);
    }
  }

  Value scalar(std::uint8_t tag) {
    switch (tag) {
      case tag_null:
        return Value::null();
      case tag_undefined:
        return typed(Type::undefined);
      case tag_min_key:
        return typed(Type::min_key);
      case tag_max_key:
        return typed(Type::max_key);
      case tag_boolean:
        return Value::of(number<std::uint8_t>() != 0);
      case tag_int32:
        return typed(Type::int32, number<std::int32_t>());
      case tag_int64:
        return typed(Type::int64, number<std::int64_t>());
      case tag_date:
        return typed(Type::date, number<std::int64_t>());
      case tag_timestamp:
        return typed(Type::timestamp, number<std::int64_t>());
      case tag_double:
        return Value::of(std::bit_cast<double>(number<std::int64_t>()));
      case tag_decimal:
        return decimal();
      default:
        return fail(Value());
    }
  }

  static Value typed(Type type, std::int64_t integer = 0) {
    Value out;
    out.type = type;
    out.integer = integer;
    return out;
  }

  Value text(Type type) {
    Value out = typed(type);
    out.text = counted();
    return out;
  }

  Value object_id() {
    Value out = typed(Type::object_id);
    out.text = hex(take(12));
    return out;
  }

  Value decimal() {
    bson_decimal128_t decimal;
    decimal.low = number<std::uint64_t>();
    decimal.high = number<std::uint64_t>();
    std::array<char, BSON_DECIMAL128_STRING> buffer{};
    bson_decimal128_to_string(&decimal, buffer.data());
    Value out = typed(Type::decimal);
    out.text = buffer.data();
    return out;
  }

  Value binary() {
    const auto length = number<std::int32_t>();
    const auto subtype = number<std::uint8_t>();
    std::string_view content =
        take(length < 0 ? rest_.size() + 1 : static_cast<std::size_t>(length));
    if (subtype == old_binary) {
      if (content.size() < 4) return fail(Value());
      content.remove_prefix(4);
    }
    Value out = typed(Type::binary);
    out.text = base64(content);
    out.options = hex(std::string(1, static_cast<char>(subtype)));
    return out;
  }

  Value fail(Value out) {
    good_ = false;
    return out;
  }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  template <class T>
  T number() {
    T out{};
    const std::string_view raw = take(sizeof(T));
    if (raw.size() == sizeof(T)) std::memcpy(&out, raw.data(), raw.size());
    return out;
  }

  std::string zero_ended() {
    const std::size_t end = rest_.find('\0');
    std::string out(take(end == std::string_view::npos ? rest_.size() + 1 : end));
    if (good_) rest_.remove_prefix(1);
    return out;
  }

  std::string counted() {
    const auto length = number<std::int32_t>();
    std::string out(take(length < 1 ? rest_.size() + 1 : static_cast<std::size_t>(length)));
    if (!out.empty() && out.back() != '\0') good_ = false;
    if (!out.empty()) out.pop_back();
    return out;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

Result<std::string> to_bson(const mql::Value& document) {
  if (!document.is_object()) return unwritable("A value that is no document");
  Writer writer;
  WHET_TRY_VOID(writer.document(document, 1));
  return writer.take();
}

Result<mql::Value> from_bson(std::string_view bytes) {
  Reader reader(bytes);
  Value out = reader.document(false, 1);
  if (reader.finished()) return out;
  return Error{ErrorKind::invalid, "The bytes are no BSON document.", "", ""};
}

}  // namespace whet::engine::mongodb
