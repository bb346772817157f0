#include "sql/tokens.h"

namespace whet::sql {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool in_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }

// Each function gets the text from the token's first character on and returns the token's length.

std::size_t line_comment(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::size_t block_comment(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '/' && text[i + 1] == '*') {
      ++depth;
      ++i;
    } else if (text[i] == '*' && text[i + 1] == '/') {
      ++i;
      if (--depth == 0) return i + 1;
    }
  }
  return text.size();
}

std::size_t space(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    if (is_space(rest[0])) {
      ++i;
    } else if (rest.starts_with("--")) {
      i += line_comment(rest);
    } else if (rest.starts_with("/*")) {
      i += block_comment(rest);
    } else {
      break;
    }
  }
  return i;
}

// Up to and with the closing quote; two quotes stand for one. `from` is behind the opening quote.
std::size_t quoted(std::string_view text, std::size_t from, char quote, bool backslashes) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (backslashes && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return text.size();
}

// A string constant goes on after white space that holds a line break: 'one'
// 'two' are one constant.
std::size_t string(std::string_view text, std::size_t open, bool backslashes) {
  std::size_t end = quoted(text, open + 1, '\'', backslashes);
  while (true) {
    std::size_t next = end;
    bool line_break = false;
    while (next < text.size() && is_space(text[next])) line_break |= text[next++] == '\n';
    if (!line_break || next >= text.size() || text[next] != '\'') return end;
    end = quoted(text, next + 1, '\'', backslashes);
  }
}

std::size_t number(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    const bool range = c == '.' && i + 1 < text.size() && text[i + 1] == '.';
    const bool sign = (c == '+' || c == '-') && i > 0 &&
                      (text[i - 1] == 'e' || text[i - 1] == 'E') && i + 1 < text.size() &&
                      is_digit(text[i + 1]) && !text.starts_with("0x");
    // Letters behind digits are taken along: 0xFF, 1e9, 1_000, and junk, which may be a secret.
    if (range || !(in_word(c) || c == '.' || sign)) break;
    ++i;
  }
  return i;
}

// $1, $tag$ ... $tag$ or a lone $.
Token dollar(std::string_view text) {
  std::size_t i = 1;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i > 1) return {TokenKind::param, text.substr(0, i)};
  while (i < text.size() && in_word(text[i]) && text[i] != '$') ++i;
  if (i >= text.size() || text[i] != '$') return {TokenKind::symbol, text.substr(0, 1)};
  const std::string_view tag = text.substr(0, i + 1);
  const std::size_t end = text.find(tag, tag.size());
  return {TokenKind::string,
          end == std::string_view::npos ? text : text.substr(0, end + tag.size())};
}

Token word(std::string_view text) {
  const char first = static_cast<char>(text[0] | 0x20);
  if (text.size() > 1 && text[1] == '\'' &&
      (first == 'e' || first == 'b' || first == 'x' || first == 'n')) {
    return {TokenKind::string, text.substr(0, string(text, 1, first == 'e'))};
  }
  if (first == 'u' && text.size() > 2 && text[1] == '&') {
    if (text[2] == '\'') return {TokenKind::string, text.substr(0, string(text, 2, false))};
    if (text[2] == '"') return {TokenKind::quoted, text.substr(0, quoted(text, 3, '"', false))};
  }
  std::size_t i = 1;
  while (i < text.size() && in_word(text[i])) ++i;
  return {TokenKind::word, text.substr(0, i)};
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return true;
}

Token next(std::string_view text) {
  const char c = text[0];
  if (const std::size_t length = space(text); length > 0)
    return {TokenKind::space, text.substr(0, length)};
  if (starts_word(c)) return word(text);
  if (c == '\'') return {TokenKind::string, text.substr(0, string(text, 0, false))};
  if (c == '"') return {TokenKind::quoted, text.substr(0, quoted(text, 1, '"', false))};
  if (c == '$') return dollar(text);
  if (is_digit(c) || (c == '.' && text.size() > 1 && is_digit(text[1]))) {
    const std::string_view found = text.substr(0, number(text));
    return {all_digits(found) ? TokenKind::integer : TokenKind::number, found};
  }
  return {TokenKind::symbol, text.substr(0, 1)};
}

}  // namespace

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> out;
  while (!text.empty()) {
    out.push_back(next(text));
    text.remove_prefix(out.back().text.size());
  }
  return out;
}

}  // namespace whet::sql
