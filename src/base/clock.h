// The only reader of clocks. Knowledge and formats get times as values.
#pragma once

#include <cstdint>

namespace whet::clock {

/// Seconds since 1970, UTC.
[[nodiscard]] double now();
/// Seconds of a clock that never jumps.
[[nodiscard]] double monotonic();
/// CPU seconds used by this process so far.
[[nodiscard]] double process_cpu();
/// Sleeps; for sampling at an interval, never for waiting until something happens.
void pause(double seconds);

}  // namespace whet::clock
