#include "plans/clean.h"

#include <array>
#include <cctype>
#include <optional>

#include "base/json.h"
#include "base/text.h"

namespace whet::plans {
namespace {

constexpr std::size_t tab_stop = 8;

// psql's borders: ASCII, old ASCII, and Unicode with single and double lines.
constexpr std::array<std::string_view, 3> bars{"|", "│", "║"};
constexpr std::array<std::string_view, 4> continuations{"+", "↵", "…", "¬"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string expand_tabs(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c == '\t') {
      out.append(tab_stop - out.size() % tab_stop, ' ');
    } else {
      out += c;
    }
  }
  return out;
}

/// Only box-drawing characters (U+2500 to U+257F: E2 94 80 to E2 95 BF), dashes, pluses, bars.
bool is_rule(std::string_view line) {
  line = text::trim(line);
  if (line.size() < 2) return false;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    const bool box =
        c == '\xE2' && i + 2 < line.size() && (line[i + 1] == '\x94' || line[i + 1] == '\x95');
    // A rule that was cut in the middle of a character still is one.
    const bool cut = c == '\xE2' && i + 2 >= line.size();
    if (!box && !cut && c != '-' && c != '+' && c != '|' && c != '=') return false;
    i += box || cut ? 3 : 1;
  }
  return true;
}

/// "(3 rows)", "(5 lignes)", "(1 Zeile)".
bool is_row_count(std::string_view line) {
  line = text::trim(line);
  if (line.size() < 4 || line.front() != '(' || line.back() != ')') return false;
  line = line.substr(1, line.size() - 2);
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || blank == 0) return false;
  for (std::size_t i = 0; i < blank; ++i) {
    if (!is_digit(line[i])) return false;
  }
  return line.find_first_of("=: ", blank + 1) == std::string_view::npos;
}

void cut_end(std::string& line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
}

bool ends_with(std::string_view line, std::string_view end) {
  return line.size() >= end.size() && line.substr(line.size() - end.size()) == end;
}

/// "| text |" and "│ text │" lose their bars; the text keeps its indentation.
void strip_frame(std::string& line) {
  for (const auto bar : bars) {
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos || line.compare(first, bar.size(), bar) != 0) continue;
    line = line.substr(first + bar.size());
    if (ends_with(line, bar)) line.resize(line.size() - bar.size());
    cut_end(line);
    return;
  }
}

/// `set_off`: only a mark behind a blank, as an expression may end in one. A line of JSON may not,
/// and the widest line of psql's output has no blank before its mark.
void strip_continuation(std::string& line, bool set_off) {
  for (const auto mark : continuations) {
    if (line.size() > mark.size() && ends_with(line, mark) &&
        (!set_off || line[line.size() - mark.size() - 1] == ' ')) {
      line.resize(line.size() - mark.size());
      cut_end(line);
      return;
    }
  }
}

std::size_t occurrences(std::string_view line, char c) {
  std::size_t n = 0;
  for (const char x : line) n += x == c ? 1U : 0U;
  return n;
}

/// Lines as CSV: quoted on both sides, or only at the end when the first quote was lost.
void strip_quotes(std::string& line) {
  if (line.size() < 2) return;
  const char quote = line.back();
  if (quote != '"' && quote != '\'') return;
  if (line.front() == quote) {
    line = line.substr(1, line.size() - 2);
    line = text::replace_all(std::move(line), std::string(2, quote), std::string(1, quote));
    cut_end(line);
  } else if (occurrences(line, quote) % 2 == 1) {
    line.pop_back();
    cut_end(line);
  }
}

std::string clean_line(std::string_view raw) {
  std::string line = expand_tabs(raw);
  cut_end(line);
  strip_frame(line);
  strip_continuation(line, true);
  strip_quotes(line);
  return line;
}

/// The end of the bracket that opens at `from`, or nothing.
std::optional<std::size_t> closing(std::string_view text, std::size_t from) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return i;
    }
  }
  return std::nullopt;
}

/// Where a document begins: '{' before '"', or '[' before '{'.
std::size_t opening(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '[') continue;
    const auto next = text.find_first_not_of(" \t\r\n", i + 1);
    if (next == std::string_view::npos) break;
    if (text[i] == '{' ? text[next] == '"' : text[next] == '{') return i;
  }
  return std::string_view::npos;
}

std::string unframed(std::string_view raw) {
  std::string joined;
  for (const std::string& one : text::split(raw, '\n')) {
    std::string line = one;
    cut_end(line);
    if (is_rule(line) || is_row_count(line)) continue;
    strip_frame(line);
    strip_continuation(line, false);
    joined += line + "\n";
  }
  return joined;
}

/// A document given as one JSON string.
std::optional<std::string> unescaped(std::string_view raw) {
  const std::string_view trimmed = text::trim(raw);
  if (trimmed.size() < 2 || trimmed.front() != '"') return std::nullopt;
  const auto document = json::Document::parse(trimmed);
  if (!document.ok() || !document->root().is_string()) return std::nullopt;
  return document->root().string_or("");
}

}  // namespace

std::vector<std::string> clean_lines(std::string_view text) {
  std::vector<std::string> lines;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  for (const std::string& raw : text::split(text, '\n')) {
    std::string line = clean_line(raw);
    if (is_rule(line) || is_row_count(line)) continue;
    const std::string_view bare = text::trim(line);
    if (bare == "QUERY PLAN" || bare.empty()) continue;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string clean_json(std::string_view raw) {
  std::string text = unescaped(raw).value_or(std::string(raw));
  if (text::contains(text, "\"\"Plan\"\"") || text::contains(text, "\"\"Node Type\"\"")) {
    text = text::replace_all(std::move(text), "\"\"", "\"");
  }
  auto from = opening(text);
  if (from == std::string::npos) {
    text = unframed(text);
    from = opening(text);
  }
  if (from == std::string::npos) return "";
  auto to = closing(text, from);
  if (to && json::Document::parse(std::string_view(text).substr(from, *to - from + 1)).ok()) {
    return text.substr(from, *to - from + 1);
  }
  // Frames and continuation marks between the lines.
  text = unframed(text);
  from = opening(text);
  if (from == std::string::npos) return "";
  to = closing(text, from);
  return text.substr(from, to ? *to - from + 1 : std::string::npos);
}

}  // namespace whet::plans
