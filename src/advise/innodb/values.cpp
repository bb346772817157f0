#include "advise/innodb/values.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/text.h"

namespace whet::advise::innodb {

namespace {

struct Word {
  std::string text;
  bool quoted = false;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t read_quoted(std::string_view in, std::size_t at, Word& word) {
  const char quote = in[at];
  for (++at; at < in.size(); ++at) {
    if (in[at] == quote) {
      if (at + 1 >= in.size() || in[at + 1] != quote) return at + 1;
      ++at;
    } else if (in[at] == '\\' && at + 1 < in.size()) {
      ++at;
    }
    word.text += in[at];
  }
  return at;
}

std::vector<Word> words_of(std::string_view in) {
  std::vector<Word> out;
  for (std::size_t at = 0; at < in.size();) {
    Word word;
    if (in[at] == '\'' || in[at] == '"') {
      word.quoted = true;
      at = read_quoted(in, at, word);
    } else if (in[at] == '`') {
      at = read_quoted(in, at, word);
      word.text = "`" + word.text;
    } else if (is_word(in[at])) {
      while (at < in.size() && is_word(in[at])) word.text += in[at++];
    } else if (in[at] == ' ' || in[at] == '\t' || in[at] == '\n') {
      ++at;
      continue;
    } else {
      word.text = in[at++];
    }
    out.push_back(std::move(word));
  }
  return out;
}

std::optional<std::chrono::sys_days> date_of(std::string_view value) {
  if (value.size() < 10 || value[4] != '-' || value[7] != '-') return std::nullopt;
  const auto y = text::to_int(value.substr(0, 4));
  const auto m = text::to_int(value.substr(5, 2));
  const auto d = text::to_int(value.substr(8, 2));
  if (!y || !m || !d || *m < 1 || *m > 12 || *d < 1 || *d > 31) return std::nullopt;
  return std::chrono::sys_days(std::chrono::year(static_cast<int>(*y)) /
                               std::chrono::month(static_cast<unsigned>(*m)) /
                               std::chrono::day(static_cast<unsigned>(*d)));
}

std::string text_of(std::chrono::sys_days day, std::string_view rest) {
  const std::chrono::year_month_day date(day);
  std::array<char, 16> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return out.data() + std::string(rest);
}

/// The date moved by `count` units; nothing for what is no date or no known unit.
std::optional<std::string> moved(const std::string& value, double count, std::string unit) {
  const auto day = date_of(value);
  unit = text::lower(unit);
  if (!day || std::abs(count) > 1e6) return std::nullopt;
  const auto n = static_cast<int>(count);
  std::chrono::year_month_day date(*day);
  if (unit == "day") {
    date = *day + std::chrono::days(n);
  } else if (unit == "week") {
    date = *day + std::chrono::days(7 * n);
  } else if (unit == "month" || unit == "quarter") {
    date += std::chrono::months(unit == "month" ? n : 3 * n);
  } else if (unit == "year") {
    date += std::chrono::years(n);
  } else {
    return std::nullopt;
  }
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return text_of(std::chrono::sys_days(date), std::string_view(value).substr(10));
}

/// Reads values from left to right; names (the column, DATE, keywords) are passed over.
class Reader {
 public:
  explicit Reader(std::string_view condition) : words_(words_of(condition)) {}

  std::vector<std::string> read() {
    for (at_ = 0; at_ < words_.size() && known_; ++at_) {
      const Word& word = words_[at_];
      const std::string lower = word.quoted ? "" : text::lower(word.text);
      if (lower == "," || lower == "and") {
        finish();
      } else if (lower == "+" || lower == "-") {
        sign_ = lower == "-" ? -1 : 1;
      } else if (lower == "?" || lower == ":" || lower == "@" || lower.starts_with("$")) {
        known_ = false;
      } else if (lower == "interval") {
        interval();
      } else if (lower == "escape") {
        break;
      } else if (word.quoted || text::to_double(word.text)) {
        value(word);
      }
    }
    finish();
    return known_ ? std::move(out_) : std::vector<std::string>();
  }

 private:
  void value(const Word& word) {
    if (!current_) {
      const bool negative = sign_ < 0 && !word.quoted;
      current_ = (negative ? "-" : "") + word.text;
    } else {
      const auto left = text::to_double(*current_);
      const auto right = text::to_double(word.text);
      known_ = known_ && left && right && sign_ != 0;
      if (known_) current_ = text::number(*left + sign_ * *right, 15);
    }
    sign_ = 0;
  }

  void interval() {
    if (at_ + 2 >= words_.size() || !current_) {
      known_ = false;
      return;
    }
    const auto count = text::to_double(words_[at_ + 1].text);
    const auto day = count ? moved(*current_, (sign_ < 0 ? -1 : 1) * *count, words_[at_ + 2].text)
                           : std::nullopt;
    known_ = known_ && day.has_value();
    if (day) current_ = day;
    sign_ = 0;
    at_ += 2;
  }

  void finish() {
    if (current_) out_.push_back(*std::move(current_));
    current_.reset();
    sign_ = 0;
  }

  std::vector<Word> words_;
  std::size_t at_ = 0;
  std::optional<std::string> current_;
  int sign_ = 0;
  bool known_ = true;
  std::vector<std::string> out_;
};

/// A number that grows with the text: of the eight bytes behind what `low` and `high` have in
/// common.
double text_place(std::string_view value, std::size_t skip) {
  double place = 0, scale = 1;
  for (std::size_t i = skip; i < skip + 8; ++i) {
    scale /= 256;
    place += scale * (i < value.size() ? static_cast<unsigned char>(value[i]) : 0);
  }
  return place;
}

}  // namespace

std::vector<std::string> values_in(std::string_view condition) { return Reader(condition).read(); }

int compare_values(std::string_view a, std::string_view b) {
  const auto x = text::to_double(a);
  const auto y = text::to_double(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  const std::string left = text::lower(a);
  const std::string right = text::lower(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

std::optional<double> values_between(std::string_view low, std::string_view high) {
  const auto x = text::to_int(low), y = text::to_int(high);
  if (x && y) return static_cast<double>(*y) - static_cast<double>(*x) + 1;
  constexpr std::size_t date_length = 10;
  const auto from = date_of(low), to = date_of(high);
  if (!from || !to || low.size() != date_length || high.size() != date_length) return std::nullopt;
  return static_cast<double>((*to - *from).count()) + 1;
}

double position_between(std::string_view low, std::string_view high, std::string_view value) {
  const auto part = [](double from, double to, double at) {
    return to <= from ? 0.5 : std::clamp((at - from) / (to - from), 0.0, 1.0);
  };
  const auto x = text::to_double(low), y = text::to_double(high), z = text::to_double(value);
  if (x && y && z) return part(*x, *y, *z);
  const auto from = date_of(low), to = date_of(high), at = date_of(value);
  if (from && to && at) {
    const auto days = [](std::chrono::sys_days day) {
      return static_cast<double>(day.time_since_epoch().count());
    };
    return part(days(*from), days(*to), days(*at));
  }
  const std::string a = text::lower(low), b = text::lower(high), v = text::lower(value);
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto common = static_cast<std::size_t>(ends.first - a.begin());
  return part(text_place(a, common), text_place(b, common), text_place(v, common));
}

}  // namespace whet::advise::innodb
