#include "advise/schema/bounds.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace whet::advise::schema {

namespace {

// The digits at `at`, `width` of them; -1 when there are other characters.
std::int64_t digits(std::string_view text, std::size_t at, std::size_t width) {
  if (text.size() < at + width) return -1;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
  }
  return text::to_int(text.substr(at, width)).value_or(-1);
}

// "+02", "-03:30" at the end of a moment, as seconds east of UTC; 0 when there is none.
double offset_of(std::string_view rest) {
  const std::size_t sign = rest.find_first_of("+-");
  if (sign == std::string_view::npos) return 0;
  const double hours = static_cast<double>(std::max<std::int64_t>(0, digits(rest, sign + 1, 2)));
  const double minutes = static_cast<double>(std::max<std::int64_t>(0, digits(rest, sign + 4, 2)));
  return (rest[sign] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

// The text within the first pair of single quotes after `from`.
std::optional<std::string_view> quoted_after(std::string_view text, std::string_view from) {
  const std::size_t start = text.find(from);
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t open = start + from.size();
  const std::size_t close = text.find("')", open);
  if (close == std::string_view::npos) return std::nullopt;
  return text.substr(open, close - open);
}

}  // namespace

std::optional<double> parse_moment(std::string_view text) {
  const std::int64_t year = digits(text, 0, 4), month = digits(text, 5, 2),
                     day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  double seconds =
      86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
  if (text.size() == 10) return seconds;
  const std::int64_t hour = digits(text, 11, 2), minute = digits(text, 14, 2),
                     second = digits(text, 17, 2);
  if (hour < 0 || minute < 0 || second < 0) return std::nullopt;
  seconds += static_cast<double>(hour * 3600 + minute * 60 + second);
  return seconds - offset_of(text.substr(19));
}

std::optional<Period> parse_period(std::string_view bound) {
  const auto from = quoted_after(bound, "FROM ('"), to = quoted_after(bound, "TO ('");
  if (!from || !to) return std::nullopt;
  const auto begin = parse_moment(*from), end = parse_moment(*to);
  if (!begin || !end || *end <= *begin) return std::nullopt;
  return Period{*begin, *end};
}

}  // namespace whet::advise::schema
