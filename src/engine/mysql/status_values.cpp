#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "engine/mysql/status.h"

namespace whet::engine::mysql {

namespace {

constexpr std::array<std::string_view, 2> moments{"LATEST DETECTED DEADLOCK",
                                                  "LATEST FOREIGN KEY ERROR"};

/// "Log sequence number          21739597": the number at the end; nothing when the line does not
/// start so. 5.7 wrote positions as "high low" until it did not; those are not known here.
std::optional<double> number_after(std::string_view line, std::string_view label) {
  if (!line.starts_with(label)) return std::nullopt;
  return text::to_double(text::trim(line.substr(label.size())));
}

/// Days since 1970 of a date (the civil calendar's usual arithmetic).
double days_since_1970(int year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const int of_era = year - era * 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return static_cast<double>(era) * 146097 + days - 719468;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  const auto* begin = text.data() + at;
  const auto result = std::from_chars(begin, begin + count, value);
  if (result.ec != std::errc() || result.ptr != begin + count || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> timestamp_seconds(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*year == 0 || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  double fraction = 0;
  if (text.size() > 20 && text[19] == '.')
    fraction =
        text::to_double("0" + std::string(text.substr(19, text.find(' ', 19) - 19))).value_or(0);
  return days_since_1970(*year, *month, *day) * 86400 + *hour * 3600.0 + *minute * 60.0 + *second +
         fraction;
}

InnodbMonitor parse_innodb_monitor(std::string_view text) {
  InnodbMonitor out;
  std::size_t section = moments.size();  // none
  for (const auto& raw : text::split(text, '\n')) {
    const std::string_view line = text::trim(raw);
    if (line.ends_with("INNODB MONITOR OUTPUT") && !line.starts_with("END"))
      out.printed_at = timestamp_seconds(line);
    // The heading, a line of dashes, then the moment.
    if (section < moments.size() && !line.empty() && line[0] != '-') {
      (section == 0 ? out.deadlock_at : out.foreign_key_error_at) = timestamp_seconds(line);
      section = moments.size();
    }
    for (std::size_t i = 0; i < moments.size(); ++i) {
      if (line == moments.at(i)) section = i;
    }
    const auto take = [&](std::string_view label, std::optional<double>& into) {
      if (const auto number = number_after(line, label); number && !into) into = number;
    };
    take("History list length", out.history_list_length);
    take("Log sequence number", out.log_position);
    take("Log flushed up to", out.flushed_position);
    take("Last checkpoint at", out.checkpoint_position);
  }
  return out;
}

model::StatusValue status_value(std::string name, std::string_view value) {
  model::StatusValue out;
  out.name = std::move(name);
  if (const auto number = text::to_double(value)) {
    out.total = *number;
  } else {
    out.text = value;
  }
  return out;
}

void join_samples(std::vector<model::StatusValue>& first, std::vector<model::StatusValue> second) {
  std::vector<model::StatusValue> joined;
  joined.reserve(std::max(first.size(), second.size()));
  auto at = first.begin();
  for (auto& value : second) {
    for (; at != first.end() && at->name < value.name; ++at) joined.push_back(std::move(*at));
    if (at != first.end() && at->name == value.name) {
      if (value.total > at->total) value.window = value.total - at->total;
      ++at;
    }
    joined.push_back(std::move(value));
  }
  for (; at != first.end(); ++at) joined.push_back(std::move(*at));
  first = std::move(joined);
}

}  // namespace whet::engine::mysql
