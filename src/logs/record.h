// What a message of the log tells of one execution of a statement: auto_explain's plans, and the
// statements that log_min_duration_statement or log_statement write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logs/entry.h"

namespace whet::logs {

enum class PlanFormat : std::uint8_t { none, text, json, xml, yaml };

struct Record {
  std::optional<double> duration_ms;  ///< absent for log_statement
  std::string query;                  ///< as it was sent: literals, or $n
  /// The values of $1, $2, ... as the server shows them; nothing for NULL.
  std::vector<std::optional<std::string>> parameters;
  /// Every value is there and none was cut off; true when there are none.
  bool parameters_whole = true;
  std::string plan;  ///< text or JSON for plans::parse(); empty for the other formats
  PlanFormat format = PlanFormat::none;
  std::string query_id;  ///< of the message, or of the plan (log_verbose)
};

/// Nothing for a message of another kind.
[[nodiscard]] std::optional<Record> record_of(const Entry& entry);

/// "$1 = 'it''s', $2 = NULL" into values by number. Nothing when the text is of another form, has
/// gaps, or a value that may have been cut off (log_parameter_max_length leaves "...").
[[nodiscard]] std::optional<std::vector<std::optional<std::string>>> parse_parameters(
    std::string_view text);

}  // namespace whet::logs
