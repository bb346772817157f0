// A lexer for SQL as PostgreSQL writes it. It never fails: text that is cut off in the middle of a
// string or a comment, as servers report long statements, gives a token up to the end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace whet::sql {

enum class TokenKind : std::uint8_t {
  space,    ///< white space and comments
  word,     ///< keyword or identifier
  quoted,   ///< "identifier"
  string,   ///< any quoted constant: '...', E'...', B'...', X'...', U&'...', $tag$...$tag$
  integer,  ///< digits only
  number,   ///< any other numeric constant
  param,    ///< $1
  symbol,   ///< one character of an operator or punctuation
};

struct Token {
  TokenKind kind = TokenKind::space;
  std::string_view text;  ///< a part of the text that was given
};

/// The tokens of a text, in order; together they are the whole text. O(length), except for nested
/// dollar quotes that never end, each of which is looked for once.
[[nodiscard]] std::vector<Token> tokens(std::string_view text);

}  // namespace whet::sql
