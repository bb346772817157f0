// The server's status values, and what only SHOW ENGINE INNODB STATUS tells. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/server.h"

namespace whet::engine::mysql {

/// What there is to know from the InnoDB monitor's text. Positions in the redo log are bytes.
struct InnodbMonitor {
  std::optional<double> history_list_length;
  std::optional<double> log_position, flushed_position, checkpoint_position;
  /// Of the latest deadlock, of the latest foreign key error: "2026-11-26 14:05:24" as seconds
  /// since 1970, read as UTC. Their texts hold row values and are left alone.
  std::optional<double> deadlock_at, foreign_key_error_at;
  std::optional<double> printed_at;  ///< the same clock, so that ages need no time zone
};

[[nodiscard]] InnodbMonitor parse_innodb_monitor(std::string_view text);

/// "2026-11-26 14:05:24[.123]" read as UTC: seconds since 1970.
[[nodiscard]] std::optional<double> timestamp_seconds(std::string_view text);

/// One value by name and text: a number, or kept as text.
[[nodiscard]] model::StatusValue status_value(std::string name, std::string_view value);

/// The values of a second reading joined to those of the first, both sorted by name: the later
/// total, and what it grew by. Values that only one of them has have no window.
void join_samples(std::vector<model::StatusValue>& first, std::vector<model::StatusValue> second);

}  // namespace whet::engine::mysql
