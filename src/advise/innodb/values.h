// The values in a condition's text: "o_orderdate < DATE '1993-07-01' + INTERVAL 3 MONTH".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::advise::innodb {

/// The values that the condition compares with, in order: those of a list, both of a BETWEEN.
/// Sums of numbers and dates with intervals are worked out. Empty when one of them is not known.
[[nodiscard]] std::vector<std::string> values_in(std::string_view condition);

/// -1, 0 or 1. Numbers as numbers, everything else without regard to ASCII case.
[[nodiscard]] int compare_values(std::string_view a, std::string_view b);

/// Where `value` lies between `low` and `high`, 0 to 1: numbers and dates by distance, texts by
/// their first bytes.
[[nodiscard]] double position_between(std::string_view low, std::string_view high,
                                      std::string_view value);

/// How many whole numbers or days there are from `low` to `high`; nothing for other values.
[[nodiscard]] std::optional<double> values_between(std::string_view low, std::string_view high);

}  // namespace whet::advise::innodb
