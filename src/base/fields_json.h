// JSON from and to any struct that lists its fields (fields.h). Only for .cpp files that
// instantiate it for one type.
//
// A member that has its default value (enums aside) is left out, and an absent member means its
// default: files stay small and old files stay readable. Unknown members are ignored when reading.
//
// Files come from anywhere, so figures are held within +-2^53 (9e15) when they are read: no
// counter, size or time of a server is larger, every sum of them fits into 64 bits, and nothing
// overflows in arithmetic on a forged file. A struct whose figures are truly larger (the bounds of
// a sequence, a planner's cost) says so with `using FullRange = void;`.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "base/result.h"

namespace whet::fields_json {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

template <class T>
[[nodiscard]] bool is_default(const T& value);

struct DefaultFinder {
  bool all_default = true;
  template <class T>
  void operator()(const char* /*name*/, const T& value) {
    all_default = all_default && is_default(value);
  }
};

template <class T>
bool is_default(const T& value) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return value == T{};
  } else if constexpr (std::is_same_v<T, std::string> || IsVector<T>::value || IsMap<T>::value) {
    return value.empty();
  } else if constexpr (IsOptional<T>::value) {
    return !value.has_value();
  } else {
    DefaultFinder finder;
    T::fields(value, finder);
    return finder.all_default;
  }
}

template <class T>
void write(json::Writer& out, const T& value);

struct MemberWriter {
  json::Writer& out;
  template <class T>
  void operator()(const char* name, const T& value) {
    // Enums are always written: the first name is as telling as the others.
    if (!std::is_enum_v<T> && is_default(value)) return;
    out.key(name);
    write(out, value);
  }
};

template <class T>
void write(json::Writer& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.value(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    out.value(static_cast<double>(value));
  } else if constexpr (std::is_integral_v<T>) {
    out.value(static_cast<std::int64_t>(value));
  } else if constexpr (std::is_enum_v<T>) {
    out.value(name_of(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.value(std::string_view(value));
  } else if constexpr (IsOptional<T>::value) {
    write(out, *value);
  } else if constexpr (IsVector<T>::value) {
    out.begin_array();
    for (const auto& item : value) write(out, item);
    out.end_array();
  } else if constexpr (IsMap<T>::value) {
    out.begin_object();
    for (const auto& [key, item] : value) {
      out.key(key);
      write(out, item);
    }
    out.end_object();
  } else {
    out.begin_object();
    MemberWriter members{out};
    T::fields(value, members);
    out.end_object();
  }
}

/// The largest figure that is kept of a struct without FullRange.
inline constexpr std::int64_t largest_figure = std::int64_t{1} << 53;

/// Where reading stands, for error messages such as "tables[3].columns[0].name".
struct Reader {
  std::string path;
  std::optional<Error> error;
  bool full_range = false;  ///< of the struct whose members are read now

  void fail(std::string_view expected) {
    if (error) return;
    error = Error{ErrorKind::invalid,
                  "At " + (path.empty() ? std::string("the top") : path) + ": expected " +
                      std::string(expected) + ".",
                  "Check that the file was written by whet and was not edited.", ""};
  }
};

template <class T>
void read(Reader& reader, json::View view, T& value);

struct MemberReader {
  Reader& reader;
  json::View object;
  template <class T>
  void operator()(const char* name, T& value) {
    const json::View member = object[name];
    if (reader.error || !member.present() || member.is_null()) return;
    const std::size_t length = reader.path.size();
    if (length > 0) reader.path += '.';
    reader.path += name;
    read(reader, member, value);
    if (!reader.error) reader.path.resize(length);
  }
};

template <class T>
void read_enum(Reader& reader, json::View view, T& value) {
  const auto name = view.string();
  if (!name) return reader.fail("a name");
  for (std::size_t i = 0; i < enum_names(T{}).size(); ++i) {
    if (enum_names(T{})[i] == *name) {
      value = static_cast<T>(i);
      return;
    }
  }
  reader.fail("one of the known names, not '" + std::string(*name) + "'");
}

template <class T>
void read_array(Reader& reader, json::View view, T& value) {
  if (!view.is_array()) return reader.fail("an array");
  const auto items = view.elements();
  value.clear();
  value.reserve(items.size());
  const std::size_t length = reader.path.size();
  for (std::size_t i = 0; i < items.size() && !reader.error; ++i) {
    reader.path += '[' + std::to_string(i) + ']';
    typename T::value_type item{};
    read(reader, items[i], item);
    value.push_back(std::move(item));
    if (!reader.error) reader.path.resize(length);
  }
}

template <class T>
void read_number(Reader& reader, json::View view, T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    const auto number = view.number();
    if (!number) return reader.fail("a number");
    value = static_cast<T>(*number);
    constexpr auto most = static_cast<T>(largest_figure);
    if (!reader.full_range) value = std::clamp(value, -most, most);
  } else {
    const auto number = view.integer();
    if (!number) return reader.fail("a whole number");
    if constexpr (sizeof(T) < sizeof(std::int64_t)) {
      if (static_cast<std::int64_t>(static_cast<T>(*number)) != *number)
        return reader.fail("a smaller number");
      value = static_cast<T>(*number);
    } else {
      value = reader.full_range ? *number : std::clamp(*number, -largest_figure, largest_figure);
    }
  }
}

template <class T>
void read(Reader& reader, json::View view, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto flag = view.boolean();
    if (!flag) return reader.fail("true or false");
    value = *flag;
  } else if constexpr (std::is_arithmetic_v<T>) {
    read_number(reader, view, value);
  } else if constexpr (std::is_enum_v<T>) {
    read_enum(reader, view, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto text = view.string();
    if (!text) return reader.fail("a string");
    value = std::string(*text);
  } else if constexpr (IsOptional<T>::value) {
    typename T::value_type item{};
    read(reader, view, item);
    value = std::move(item);
  } else if constexpr (IsVector<T>::value) {
    read_array(reader, view, value);
  } else if constexpr (IsMap<T>::value) {
    if (!view.is_object()) return reader.fail("an object");
    for (const auto& [key, item] : view.members()) read(reader, item, value[std::string(key)]);
  } else {
    if (!view.is_object()) return reader.fail("an object");
    const bool outer = std::exchange(reader.full_range, requires { typename T::FullRange; });
    MemberReader members{reader, view};
    T::fields(value, members);
    reader.full_range = outer;
  }
}

/// The struct as JSON text.
template <class T>
[[nodiscard]] std::string to_text(const T& value, int indent = 0) {
  json::Writer out(indent);
  write(out, value);
  return out.take();
}

/// A struct from a parsed document; ErrorKind::invalid says where it is not as expected.
template <class T>
[[nodiscard]] Result<T> from_view(json::View view) {
  Reader reader;
  T value{};
  read(reader, view, value);
  if (reader.error) return *std::move(reader.error);
  return value;
}

template <class T>
[[nodiscard]] Result<T> from_text(std::string_view text) {
  const auto document = WHET_TRY(json::Document::parse(text));
  return from_view<T>(document.root());
}

}  // namespace whet::fields_json
