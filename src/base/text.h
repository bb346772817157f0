// Small text helpers: splitting, trimming, and figures as people read them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::text {

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);  ///< ASCII only
[[nodiscard]] bool starts_with_nocase(std::string_view text, std::string_view prefix);
[[nodiscard]] bool contains(std::string_view text, std::string_view part);
[[nodiscard]] std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// The whole text as a number, or nothing.
[[nodiscard]] std::optional<std::int64_t> to_int(std::string_view text);
[[nodiscard]] std::optional<double> to_double(std::string_view text);

/// Runs of white space become one blank; nothing at the ends.
[[nodiscard]] std::string squeeze(std::string_view text);

/// At most `width` code points of UTF-8 text, the last being "…" when something was cut.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

/// Code points in UTF-8 text (what a terminal shows for Latin scripts).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The text with bytes that are not valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// "12.3 GB", "640 kB": powers of 1024 with PostgreSQL's unit names. Negative sizes keep their
/// sign.
[[nodiscard]] std::string bytes(double bytes);
/// "1.2 ms", "3.4 s", "5 min", "2 h 10 min", "12 d": from seconds.
[[nodiscard]] std::string duration(double seconds);
/// "1,234,567": an integer with thousands separated.
[[nodiscard]] std::string count(std::int64_t value);
/// "12 %", "0.3 %": from a fraction.
[[nodiscard]] std::string percent(double fraction);
/// Up to `digits` significant digits, no exponent for usual figures.
[[nodiscard]] std::string number(double value, int digits = 3);
/// "1 index", "2 indexes": with the plural given.
[[nodiscard]] std::string plural(std::int64_t n, std::string_view one, std::string_view many);

/// 64-bit FNV-1a, as 16 hexadecimal digits; for stable identifiers, not for security.
[[nodiscard]] std::string hash_hex(std::string_view text);

}  // namespace whet::text
