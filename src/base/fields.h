// One list of fields for each struct, for all that goes over fields: JSON out, JSON in, the JSON
// schema, differences of counters. A struct takes part by
//
//   template <class Self, class Visit>
//   static void fields(Self& self, Visit& visit) { visit("name", self.name); ... }
//
// where Self is the struct or const struct. Every listed member starts at zero, empty or absent
// (use std::optional for "unknown"): a default is left out of JSON, so any other start would not
// survive the way there and back. Enums take part by an overload of `enum_names` (see Names).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace whet {

/// The names of an enum's values, in order of their numbers from 0:
///   constexpr auto enum_names(Severity) { return Names<5>{"info", "low", "medium", "high",
///   "critical"}; }
template <std::size_t N>
using Names = std::array<std::string_view, N>;

template <class E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  return enum_names(value)[static_cast<std::size_t>(value)];
}

/// The value with that name; `otherwise` when there is none.
template <class E>
[[nodiscard]] constexpr E value_of(std::string_view name, E otherwise) {
  constexpr auto names = enum_names(E{});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return otherwise;
}

}  // namespace whet
