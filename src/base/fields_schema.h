// JSON schemas (draft 2020-12) of structs that list their fields (fields.h). Only for .cpp files
// that instantiate it for one type.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "base/fields_json.h"

namespace whet::fields_schema {

using fields_json::IsMap;
using fields_json::IsOptional;
using fields_json::IsVector;

/// A struct that holds others of its kind is named by a specialisation of this, and document() is
/// told of it: the recursion is cut by a reference to its definition.
template <class T>
inline constexpr std::string_view definition{};

template <class T>
void describe(json::Writer& out);

struct MemberDescriber {
  json::Writer& out;
  template <class T>
  void operator()(const char* name, const T& /*value*/) {
    out.key(name);
    describe<T>(out);
  }
};

inline void type(json::Writer& out, std::string_view name) {
  out.begin_object();
  out.key("type");
  out.value(name);
  out.end_object();
}

template <class E>
void describe_enum(json::Writer& out) {
  out.begin_object();
  out.key("enum");
  out.begin_array();
  for (const auto name : enum_names(E{})) out.value(name);
  out.end_array();
  out.end_object();
}

inline void reference(json::Writer& out, std::string_view name) {
  out.begin_object();
  out.key("$ref");
  out.value("#/$defs/" + std::string(name));
  out.end_object();
}

template <class T>
void describe_members(json::Writer& out) {
  out.begin_object();
  out.key("type");
  out.value("object");
  out.key("properties");
  out.begin_object();
  MemberDescriber members{out};
  const T value{};
  T::fields(value, members);
  out.end_object();
  out.end_object();
}

template <class T>
void describe_container(json::Writer& out, std::string_view kind, std::string_view member) {
  out.begin_object();
  out.key("type");
  out.value(kind);
  out.key(member);
  describe<T>(out);
  out.end_object();
}

template <class T>
void describe(json::Writer& out) {
  if constexpr (std::is_same_v<T, bool>) {
    type(out, "boolean");
  } else if constexpr (std::is_floating_point_v<T>) {
    type(out, "number");
  } else if constexpr (std::is_integral_v<T>) {
    type(out, "integer");
  } else if constexpr (std::is_enum_v<T>) {
    describe_enum<T>(out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    type(out, "string");
  } else if constexpr (IsOptional<T>::value) {
    describe<typename T::value_type>(out);
  } else if constexpr (IsVector<T>::value) {
    describe_container<typename T::value_type>(out, "array", "items");
  } else if constexpr (IsMap<T>::value) {
    describe_container<typename T::mapped_type>(out, "object", "additionalProperties");
  } else if constexpr (!definition<T>.empty()) {
    reference(out, definition<T>);
  } else {
    describe_members<T>(out);
  }
}

/// The schema of T. `Defined` are the structs with a definition that occur in it.
template <class T, class... Defined>
[[nodiscard]] std::string document(std::string_view title, std::string_view comment) {
  json::Writer out(1);
  out.begin_object();
  out.key("$schema");
  out.value("https://json-schema.org/draft/2020-12/schema");
  out.key("title");
  out.value(title);
  out.key("description");
  out.value(comment);
  if constexpr (sizeof...(Defined) > 0) {
    out.key("$defs");
    out.begin_object();
    ((out.key(definition<Defined>), describe_members<Defined>(out)), ...);
    out.end_object();
  }
  out.key("allOf");
  out.begin_array();
  describe<T>(out);
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

}  // namespace whet::fields_schema
