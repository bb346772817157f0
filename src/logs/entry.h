// The messages of a server's log, whichever way it writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace whet::logs {

enum class Format : std::uint8_t {
  text,  ///< log_destination stderr, or what syslog made of it
  csv,   ///< csvlog
  json,  ///< jsonlog
};

/// One message. What the format does not say, or the prefix does not hold, is empty.
struct Entry {
  std::string message;  ///< without "LOG:  ", and without the tabs of continuation lines
  std::string detail;
  std::string severity;  ///< in the server's language
  std::string pid, database, role, application;
  std::string query_id;  ///< empty for 0, too
  /// All of it was UTF-8. What was not became U+FFFD: no values must be taken from it.
  bool intact = true;
};

/// The messages in a log or a part of one, in order. Begins at the first message that is whole; a
/// last one that is cut off is left out where that can be seen. `prefix` is the server's
/// log_line_prefix, for the text form: without it (or when lines do not follow it) the text is
/// read all the same, and the fields that the prefix would give stay empty but for the pid.
[[nodiscard]] std::vector<Entry> read(std::string_view log, Format format,
                                      std::string_view prefix = {});

}  // namespace whet::logs
