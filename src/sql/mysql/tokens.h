// A lexer for SQL as MySQL and MariaDB read it. It never fails: text that is cut off in the middle
// of a string or a comment gives a token up to the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

enum class TokenKind : std::uint8_t {
  space,     ///< white space, comments, and the /*!80000 and */ around what counts as code
  hint,      ///< /*+ ... */
  word,      ///< keyword or identifier
  quoted,    ///< `identifier`, and "identifier" with ANSI_QUOTES
  string,    ///< any quoted constant: '...', "...", N'...', x'...', b'...'
  integer,   ///< digits only
  number,    ///< any other numeric constant: 1.5, 1e9, 0xFF, 0b01
  param,     ///< ?
  variable,  ///< @x, @'x', @@x, @@global.x
  ellipsis,  ///< ... of digest texts
  symbol,    ///< an operator or punctuation
};

struct Token {
  TokenKind kind = TokenKind::space;
  std::string_view text;  ///< a part of the text that was given
};

/// The tokens of a text, in order; together they are the whole text. O(length).
[[nodiscard]] std::vector<Token> tokens(std::string_view text, const Mode& mode);

/// The same without `space` and `hint`.
[[nodiscard]] std::vector<Token> code_tokens(std::string_view text, const Mode& mode);

/// The name in a `quoted` token, or the text of a `word`.
[[nodiscard]] std::string unquoted(const Token& token);

/// A character that can be within a name without quotes.
[[nodiscard]] bool in_name(char c);

}  // namespace whet::sql::mysql
