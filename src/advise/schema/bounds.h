// Bounds of range partitions over time, as the server prints them.
#pragma once

#include <optional>
#include <string_view>

namespace whet::advise::schema {

/// Seconds since 1970, UTC, for "2026-11-01", "2026-11-01 12:30:00" and "2026-11-01 00:00:00+02".
/// Nothing for any other text, infinity included. Without an offset UTC is assumed: wrong by hours
/// at most.
[[nodiscard]] std::optional<double> parse_moment(std::string_view text);

struct Period {
  double from = 0, to = 0;  ///< seconds since 1970, UTC; `to` is not within
};

/// Of "FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')" with one key column of a date or time
/// type.
[[nodiscard]] std::optional<Period> parse_period(std::string_view bound);

}  // namespace whet::advise::schema
