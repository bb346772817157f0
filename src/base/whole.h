// Figures as whole numbers, whatever they are.
#pragma once

#include <cstdint>

namespace whet {

/// The whole part of a figure; the end of the range for one beyond it, 0 for what is no number. A
/// plain cast is undefined there, and the planner counts up to 1e100 rows.
[[nodiscard]] constexpr std::int64_t to_whole(double figure) {
  constexpr double beyond = 9223372036854775808.0;  // 2^63, the first that does not fit
  if (figure != figure) return 0;
  if (figure >= beyond) return INT64_MAX;
  if (figure < -beyond) return INT64_MIN;
  return static_cast<std::int64_t>(figure);
}

}  // namespace whet
