// Values of settings: base units, and the form in which the server shows them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whet::engine::postgres {

/// Bytes or seconds in one of the server's units ("8kB", "ms", "min"); 1 for none. `is_time` tells
/// which.
struct Unit {
  double factor = 1;
  bool is_time = false;
  bool known = false;
};
[[nodiscard]] Unit unit_of(std::string_view unit);

/// A raw value of pg_settings in base units. -1, which means "off" or "as another setting", stays
/// -1. Nothing when `raw` is no number.
[[nodiscard]] std::optional<double> base_value(std::string_view raw, std::string_view unit);

/// As SHOW prints it: 16384 of 8kB is "128MB". Values without a unit, 0 and -1 stay as they are.
[[nodiscard]] std::string shown_value(std::string_view raw, std::string_view unit);

/// The value, or a remark in its place when settings of this name hold secrets: a password in
/// primary_conninfo, an application's own keys and tokens.
[[nodiscard]] std::string without_secret(std::string_view name, std::string_view value);

}  // namespace whet::engine::postgres
