#include "plans/mysql/words.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::plans::mysql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Behind the quoted thing that opens at `at`. Only strings know backslashes.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size()) {
    const char c = text[at++];
    if (c == '\\' && quote != '`') {
      ++at;
    } else if (c == quote) {
      if (at >= text.size() || text[at] != quote) return at;
      ++at;
    }
  }
  return text.size();
}

bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

/// What the quoted thing says: without its quotes, escapes and doubled quotes.
std::string content(std::string_view quoted) {
  std::string out;
  const char quote = quoted.front();
  for (std::size_t at = 1; at < quoted.size(); ++at) {
    const char c = quoted[at];
    if (c == '\\' && quote != '`' && at + 1 < quoted.size()) {
      out += quoted[++at];
    } else if (c == quote) {
      if (at + 1 >= quoted.size()) break;
      out += quoted[++at];
    } else {
      out += c;
    }
  }
  return out;
}

std::string plain_name(const std::string& name) {
  // Sort keys are expressions in backquotes: `rand()`.
  if (name.find('(') != std::string::npos) return name;
  const bool plain =
      !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), in_word);
  return plain ? name : '"' + text::replace_all(name, "\"", "\"\"") + '"';
}

/// Takes the first part off "a.b.c" at the end of `out`: the schema.
void drop_schema(std::string& out, std::size_t from, std::size_t parts) {
  if (parts < 3) return;
  const auto dot = out.find('.', from);
  if (dot != std::string::npos) out.erase(from, dot + 1 - from);
}

/// The names that begin at `at`, joined by dots, quoted or not.
void take_names(std::string_view text, std::size_t& at, std::string& out) {
  const std::size_t from = out.size();
  std::size_t parts = 0;
  while (at < text.size()) {
    ++parts;
    const std::size_t begin = at;
    if (text[at] == '`') {
      at = end_of_quoted(text, at);
      out += plain_name(content(text.substr(begin, at - begin)));
    } else {
      while (at < text.size() && in_word(text[at])) ++at;
      out += text.substr(begin, at - begin);
    }
    const bool more = at + 1 < text.size() && text[at] == '.' &&
                      (text[at + 1] == '`' || (in_word(text[at + 1]) && !is_digit(text[at + 1])));
    if (!more) break;
    out += text[at++];
  }
  drop_schema(out, from, parts);
}

constexpr std::array<std::string_view, 17> keywords{
    "and",  "or",   "xor",  "not",  "is",  "null", "like", "in",  "between",
    "case", "when", "then", "else", "end", "div",  "asc",  "desc"};
constexpr std::array<std::string_view, 13> units{
    "microsecond", "second", "minute",   "hour",       "day",        "week",      "month",
    "quarter",     "year",   "day_hour", "day_minute", "day_second", "year_month"};

template <class List>
bool among(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Writes an expression anew, from left to right.
class Writer {
 public:
  explicit Writer(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '<' && mark()) return;
    if (c == '(' && subquery()) return;
    if (c == '\'' || c == '"') {
      string();
    } else if (c == '`') {
      take_names(text_, at_, out_);
    } else if (is_digit(c)) {
      while (at_ < text_.size() && (in_word(text_[at_]) || text_[at_] == '.')) out_ += text_[at_++];
    } else if (in_word(c)) {
      word();
    } else {
      out_ += c;
      ++at_;
    }
  }

  /// "<cache>" and "<hash>" say nothing, "<if>" is a function, "<subquery2>" a table.
  bool mark() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && in_word(text_[end])) ++end;
    if (end == at_ + 1 || end >= text_.size() || text_[end] != '>') return false;
    const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    const bool call = end + 1 < text_.size() && text_[end + 1] == '(';
    at_ = end + 1;
    if (name == "cache" || name == "hash" || name == "nop") return true;
    out_ += call ? std::string(name) : "\"<" + std::string(name) + ">\"";
    return true;
  }

  /// "(select #2)" of MySQL and "(subquery#2)" of MariaDB.
  bool subquery() {
    for (const std::string_view head : {"(select #", "(subquery#"}) {
      if (text_.substr(at_, head.size()) != head) continue;
      std::size_t end = at_ + head.size();
      while (end < text_.size() && is_digit(text_[end])) ++end;
      if (end >= text_.size() || (text_[end] != ')' && text_[end] != ';')) return false;
      const std::size_t close = text_.find(')', end);
      if (close == std::string_view::npos) return false;
      const std::string_view number = text_.substr(at_ + head.size(), end - at_ - head.size());
      out_ += "(SubPlan " + std::string(number) + ")";
      at_ = close + 1;
      return true;
    }
    return false;
  }

  void string() {
    const std::size_t end = end_of_quoted(text_, at_);
    out_ += '\'' + text::replace_all(content(text_.substr(at_, end - at_)), "'", "''") + '\'';
    at_ = end;
  }

  void word() {
    std::string word;
    take_names(text_, at_, word);
    const std::string lower = text::lower(word);
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    // DATE'2024-01-02', _utf8mb4'x': the string says it all.
    if (next == '\'') return;
    if (next == '(' && (lower == "cast" || lower == "convert") && conversion()) return;
    if (lower == "interval" && interval()) return;
    const bool keyword = among(keywords, lower);
    if (keyword) {
      for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    out_ += word;
  }

  /// "cast(m.card as double)" as "(m.card)::double".
  bool conversion() {
    const std::size_t end = closing_bracket(text_, at_);
    if (end == std::string_view::npos) return false;
    const std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    std::size_t mark = find_outside(inner, " as ");
    std::size_t size = 4;
    if (mark == std::string_view::npos) {
      mark = find_outside(inner, " using ");
      size = 7;
    }
    if (mark == std::string_view::npos || depth_ > 50) return false;
    Writer value(inner.substr(0, mark));
    value.depth_ = depth_ + 1;
    out_ += '(' + value.run() + ")::" + std::string(text::trim(inner.substr(mark + size)));
    at_ = end + 1;
    return true;
  }

  /// "interval 1 day" as the string '1 day'.
  bool interval() {
    std::string_view rest = text_.substr(std::min(at_ + 1, text_.size()));
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return false;
    const std::string_view value = rest.substr(0, blank);
    const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
      return is_digit(c) || c == '.' || c == '-' || c == '\'' || c == ':';
    });
    std::size_t end = blank + 1;
    while (end < rest.size() && in_word(rest[end])) ++end;
    const std::string unit = text::lower(rest.substr(blank + 1, end - blank - 1));
    if (!plain || !among(units, unit)) return false;
    std::string number;
    for (const char c : value) {
      if (c != '\'') number += c;
    }
    out_ += '\'' + number + ' ' + unit + '\'';
    at_ += 1 + end;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string plain_expression(std::string_view text) { return Writer(text).run(); }

std::size_t closing_bracket(std::string_view text, std::size_t from) {
  std::size_t depth = 0;
  for (std::size_t at = from; at < text.size();) {
    const char c = text[at];
    if (is_quote(c)) {
      at = end_of_quoted(text, at);
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return at;
    ++at;
  }
  return std::string_view::npos;
}

std::size_t find_outside(std::string_view text, std::string_view part, std::size_t from) {
  for (std::size_t at = from; at < text.size();) {
    if (text.substr(at, part.size()) == part) return at;
    if (is_quote(text[at])) {
      at = end_of_quoted(text, at);
    } else if (text[at] == '(') {
      const std::size_t end = closing_bracket(text, at);
      if (end == std::string_view::npos) return end;
      at = end + 1;
    } else {
      ++at;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string> conjuncts_of(std::string_view condition) {
  condition = text::trim(condition);
  while (condition.size() > 1 && condition.front() == '(' &&
         closing_bracket(condition, 0) == condition.size() - 1) {
    condition = text::trim(condition.substr(1, condition.size() - 2));
  }
  std::vector<std::string> out;
  // The AND of a BETWEEN joins no terms.
  std::size_t begin = 0;
  for (std::size_t at = find_outside(condition, " AND ");;) {
    if (at == std::string_view::npos) {
      out.emplace_back(condition.substr(begin));
      return out;
    }
    const std::size_t between = find_outside(condition, " BETWEEN ", begin);
    if (between == std::string_view::npos || between > at) {
      out.emplace_back(condition.substr(begin, at - begin));
      begin = at + 5;
      at = find_outside(condition, " AND ", begin);
    } else {
      at = find_outside(condition, " AND ", at + 5);
      if (at != std::string_view::npos) {
        out.emplace_back(condition.substr(begin, at - begin));
        begin = at + 5;
        at = find_outside(condition, " AND ", begin);
      }
    }
  }
}

std::vector<std::string> columns_named(std::string_view condition) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < condition.size();) {
    const char c = condition[at];
    if (c == '\'') {
      at = end_of_quoted(condition, at);
    } else if (is_digit(c)) {
      while (at < condition.size() && (in_word(condition[at]) || condition[at] == '.')) ++at;
    } else if (in_word(c) || c == '`' || c == '"') {
      std::string name;
      if (c == '"') {
        const std::size_t end = end_of_quoted(condition, at);
        name = content(condition.substr(at, end - at));
        at = end;
      } else {
        take_names(condition, at, name);
      }
      const std::string word = text::lower(name);
      const bool call = at < condition.size() && (condition[at] == '(' || condition[at] == '\'');
      const bool known = std::find(out.begin(), out.end(), name) != out.end();
      const bool keyword = among(keywords, word) || word == "true" || word == "false";
      if (!call && !known && !keyword) out.push_back(std::move(name));
    } else {
      ++at;
    }
  }
  return out;
}

bool names_any(std::string_view condition, const std::vector<std::string>& tables) {
  return std::any_of(tables.begin(), tables.end(), [&](const std::string& table) {
    const std::string mark = plain_name(table) + '.';
    for (auto at = condition.find(mark); at != std::string_view::npos;
         at = condition.find(mark, at + 1)) {
      if (at == 0 || (!in_word(condition[at - 1]) && condition[at - 1] != '.')) return true;
    }
    return false;
  });
}

}  // namespace whet::plans::mysql
