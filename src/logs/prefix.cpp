#include "logs/prefix.h"

#include "base/text.h"

namespace whet::logs {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "[30291]", also within "[unknown] [30291]:"; not "[1-1]".
std::string bracketed_number(std::string_view text) {
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end > at + 1 && end < text.size() && text[end] == ']')
      return std::string(text.substr(at + 1, end - at - 1));
  }
  return {};
}

std::string* field_of(PrefixFields& fields, char escape) {
  switch (escape) {
    case 'p':
      return &fields.pid;
    case 'd':
      return &fields.database;
    case 'u':
      return &fields.role;
    case 'a':
      return &fields.application;
    case 'Q':
      return &fields.query_id;
    default:
      return nullptr;
  }
}

/// Background processes have no database, and sessions none before they are let in.
bool is_nothing(std::string_view value) { return value == "[unknown]"; }

}  // namespace

Prefix::Prefix(std::string_view pattern) {
  bool apart = true;  // the next literal is a part of its own
  const auto add_literal = [&](char c) {
    if (apart) parts_.emplace_back();
    apart = false;
    parts_.back().literal += c;
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      add_literal(pattern[at]);
      continue;
    }
    ++at;
    // Padding: %-10u, %5p.
    while (at < pattern.size() && (pattern[at] == '-' || is_digit(pattern[at]))) ++at;
    if (at >= pattern.size()) break;
    if (pattern[at] == '%') {
      add_literal('%');
      continue;
    }
    apart = true;
    if (pattern[at] != 'q') parts_.push_back({pattern[at], {}});
  }
}

/// Where the value of an escape begins to be searched for its end: times hold blanks
/// ("2021-02-14 01:34:02.123 CET"), and padding is blanks.
std::optional<std::size_t> Prefix::value_from(char escape, std::string_view text, std::size_t at) {
  if (escape == 't' || escape == 'm' || escape == 's') {
    for (int blanks = 0; blanks < 2; ++blanks) {
      at = text.find(' ', at);
      if (at == std::string_view::npos) return std::nullopt;
      ++at;
    }
    return at;
  }
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

bool Prefix::match(std::string_view text, PrefixFields& out) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    // Processes without a session write nothing from %q on.
    if (at == text.size()) return true;
    const Part& part = parts_[i];
    if (part.escape == '\0') {
      if (!text.substr(at).starts_with(part.literal)) return false;
      at += part.literal.size();
      continue;
    }
    // Two escapes in a row: nobody knows where one ends.
    const bool last = i + 1 == parts_.size();
    if (!last && parts_[i + 1].escape != '\0') return false;
    const auto from = value_from(part.escape, text, at);
    if (!from) return false;
    const std::size_t end = last ? text.size() : text.find(parts_[i + 1].literal, *from);
    if (end == std::string_view::npos) return false;
    if (std::string* field = field_of(out, part.escape)) {
      const std::string_view value = text::trim(text.substr(at, end - at));
      if (!is_nothing(value)) *field = value;
    }
    at = end;
  }
  return at == text.size();
}

PrefixFields Prefix::read(std::string_view text) const {
  PrefixFields fields;
  if (!parts_.empty() && match(text, fields)) return fields;
  fields = {};
  fields.pid = bracketed_number(text);
  return fields;
}

}  // namespace whet::logs
