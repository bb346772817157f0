#include "plans/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace whet::plans {
namespace {

constexpr std::string_view operator_signs = "+-*/<>=~!@#%^&|?`";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool in_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }

/// From the opening quote at `at`; leaves `at` behind the closing one. Doubled quotes are one.
std::string quoted(std::string_view text, std::size_t& at, bool backslashes) {
  const char quote = text[at++];
  std::string out;
  while (at < text.size()) {
    const char c = text[at++];
    if (backslashes && c == '\\' && at < text.size()) {
      out += text[at++];
    } else if (c != quote) {
      out += c;
    } else if (at < text.size() && text[at] == quote) {
      out += text[at++];
    } else {
      break;
    }
  }
  return out;
}

template <class Test>
std::string run(std::string_view text, std::size_t& at, Test test) {
  const std::size_t from = at;
  while (at < text.size() && test(text[at])) ++at;
  return std::string(text.substr(from, at - from));
}

/// Where an operand must come: at the beginning, behind an operator, a bracket, a comma, a keyword.
/// There, "?" is a masked value (MySQL); behind an operand it is an operator of PostgreSQL's jsonb.
bool wants_operand(const std::vector<Token>& before) {
  if (before.empty()) return true;
  const Token& last = before.back();
  if (last.kind == TokenKind::sign) return true;
  if (last.kind == TokenKind::mark) return last.text == "(" || last.text == "," || last.text == "[";
  if (last.kind != TokenKind::word) return false;
  constexpr std::array<std::string_view, 12> keywords{
      "AND", "OR", "NOT", "BETWEEN", "LIKE", "IN", "XOR", "DIV", "WHEN", "THEN", "ELSE", "CASE"};
  return std::find(keywords.begin(), keywords.end(), last.text) != keywords.end();
}

Token next(std::string_view text, std::size_t& at) {
  const char c = text[at];
  const char after = at + 1 < text.size() ? text[at + 1] : '\0';
  if (c == '\'') return {TokenKind::string, quoted(text, at, false)};
  if ((c == 'E' || c == 'B' || c == 'X') && after == '\'') {
    return {TokenKind::string, quoted(text, ++at, c == 'E')};
  }
  if (c == '"') return {TokenKind::quoted_word, quoted(text, at, false)};
  if (is_digit(c)) {
    return {TokenKind::number, run(text, at, [](char x) { return is_digit(x) || x == '.'; })};
  }
  if (c == '$' && is_digit(after)) {
    ++at;
    return {TokenKind::parameter, "$" + run(text, at, is_digit)};
  }
  if (starts_word(c)) return {TokenKind::word, run(text, at, in_word)};
  if (c == ':' && after == ':') {
    at += 2;
    return {TokenKind::mark, "::"};
  }
  if (operator_signs.find(c) != std::string_view::npos) {
    return {TokenKind::sign,
            run(text, at, [](char x) { return operator_signs.find(x) != std::string_view::npos; })};
  }
  ++at;
  const bool mark = std::string_view("()[],.").find(c) != std::string_view::npos;
  return {mark ? TokenKind::mark : TokenKind::sign, std::string(1, c)};
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\n' || text[at] == '\t') {
      ++at;
    } else if (text[at] == '?' && wants_operand(out)) {
      ++at;
      out.push_back({TokenKind::parameter, "?"});
    } else {
      out.push_back(next(text, at));
    }
  }
  return out;
}

}  // namespace whet::plans
