// Differences of counters. A counter that went backwards was reset between the samples: its whole
// new value counts.
#pragma once

#include <type_traits>
#include <vector>

namespace whet::model {

/// later - earlier, field by field. T lists only numbers in its fields.
template <class T>
[[nodiscard]] T counters_between(const T& earlier, const T& later) {
  std::vector<double> before;
  auto note = [&before](const char* /*name*/, const auto& value) {
    before.push_back(static_cast<double>(value));
  };
  T::fields(earlier, note);
  T difference = later;
  std::size_t i = 0;
  auto subtract = [&](const char* /*name*/, auto& value) {
    using Number = std::remove_reference_t<decltype(value)>;
    const auto old = static_cast<Number>(before[i++]);
    if (old <= value) value -= old;
  };
  T::fields(difference, subtract);
  return difference;
}

}  // namespace whet::model
