// mql: MongoDB's language. Documents as values, commands as clients send them, what a command needs
// from the storage, and operations as the profiler and the log record them. Pure; may use model and
// base.
//
// A Value is one BSON value of any type, a document's fields in their order. Extended JSON goes in
// and out (canonical and relaxed); the engine makes Values from BSON bytes and back.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace whet::mql {

enum class Type : std::uint8_t {
  null,
  boolean,
  int32,
  int64,
  number_double,
  decimal,
  string,
  object,
  array,
  object_id,
  date,
  timestamp,
  binary,
  regex,
  code,
  symbol,
  undefined,
  min_key,
  max_key,
  placeholder,  ///< no BSON type: stands for a literal that was taken out ("?")
};

struct Field;

struct Value {
  Type type = Type::null;
  std::int64_t integer = 0;  ///< boolean, int32, int64; date: ms since 1970; timestamp: all 64 bits
  double number = 0;         ///< number_double
  /// string, code, symbol; decimal as text; object_id in hex; binary in base64; regex: the pattern.
  std::string text;
  std::string options;        ///< regex: its options; binary: the subtype in hex, two digits
  std::vector<Field> fields;  ///< object; array: the names are empty

  // The commonest values, so that commands can be written down.
  [[nodiscard]] static Value null();
  [[nodiscard]] static Value of(bool flag);
  [[nodiscard]] static Value of(int number);           ///< int32
  [[nodiscard]] static Value of(std::int64_t number);  ///< int64
  [[nodiscard]] static Value of(double number);
  [[nodiscard]] static Value of(std::string_view text);
  [[nodiscard]] static Value of(const char* text);
  [[nodiscard]] static Value object(std::initializer_list<std::pair<std::string_view, Value>> list);
  [[nodiscard]] static Value array(std::vector<Value> elements);
  [[nodiscard]] static Value placeholder();

  [[nodiscard]] bool is_object() const { return type == Type::object; }
  [[nodiscard]] bool is_array() const { return type == Type::array; }
  [[nodiscard]] bool is_string() const { return type == Type::string; }
  [[nodiscard]] bool is_number() const;  ///< int32, int64, number_double, decimal
  [[nodiscard]] bool is_null() const { return type == Type::null; }

  /// The field of that name, or nullptr; no dots. O(fields).
  [[nodiscard]] const Value* find(std::string_view name) const;
  [[nodiscard]] Value* find(std::string_view name);
  /// Follows a dotted path through documents, and through arrays by position; nullptr: not there.
  [[nodiscard]] const Value* at(std::string_view path) const;
  /// Appends a field, or sets the one that is there.
  Value& set(std::string_view name, Value value);
  void push(Value element);  ///< to an array
  void erase(std::string_view name);

  /// The same by path, with a default for what is missing or of another type. Numbers convert.
  [[nodiscard]] std::string string_at(std::string_view path, std::string_view otherwise = "") const;
  [[nodiscard]] double number_at(std::string_view path, double otherwise = 0) const;
  [[nodiscard]] std::int64_t integer_at(std::string_view path, std::int64_t otherwise = 0) const;
  [[nodiscard]] bool flag_at(std::string_view path, bool otherwise = false) const;

  /// This value as a number, when it is one (dates and booleans are none).
  [[nodiscard]] std::optional<double> as_number() const;
  /// As $if reads it: numbers other than 0, true.
  [[nodiscard]] bool truthy() const;

  friend bool operator==(const Value& a, const Value& b);
};

struct Field {
  std::string name;
  Value value;

  friend bool operator==(const Field&, const Field&) = default;
};

/// The order that BSON values have in an index (manual, "Comparison/Sort Order"): by type first,
/// numbers of all types together. Arrays and documents element by element. < 0, 0, > 0.
[[nodiscard]] int compare(const Value& a, const Value& b);

/// As $type and the log name it: "int", "long", "double", "objectId", ...; "placeholder" for one.
[[nodiscard]] std::string_view type_name(Type type);

/// Extended JSON v2, canonical or relaxed; plain JSON is relaxed. A placeholder reads and prints as
/// {"$placeholder": true}. Doubled keys are kept. ErrorKind::invalid with the position. Depth is
/// limited to 200 levels (BSON's own limit).
[[nodiscard]] Result<Value> parse_json(std::string_view text);
/// Canonical: types survive the way there and back. Relaxed: as people read it.
[[nodiscard]] std::string canonical_json(const Value& value);
[[nodiscard]] std::string relaxed_json(const Value& value);

/// The bytes that it takes in BSON, as `Object.bsonsize` says for documents.
[[nodiscard]] std::int64_t bson_bytes(const Value& value);

}  // namespace whet::mql
