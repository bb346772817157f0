// The words of JavaScript as people write it in mongosh.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace whet::mql {

enum class TokenKind : std::uint8_t { end, name, number, string, regex, sign };

struct Token {
  TokenKind kind = TokenKind::end;
  /// A name, a number as written, a string's content, a regex' pattern, a sign ("{", "?").
  std::string text;
  std::string options;    ///< of a regex
  std::size_t begin = 0;  ///< bytes of the text
  std::size_t end = 0;
};

/// All of them, the last being `end`. Comments are left out. ErrorKind::invalid with the position.
[[nodiscard]] Result<std::vector<Token>> tokens_of(std::string_view text);

/// An Error about the place `at` in `text`: "<message> (line 1, column 7)."
[[nodiscard]] Error error_at(std::string_view text, std::size_t at, std::string message,
                             std::string hint = "");

/// Where a regex that begins at `at` (with its "/") ends: the place of the closing "/"; npos: not
/// on this line.
[[nodiscard]] std::size_t regex_end(std::string_view text, std::size_t at);

/// Whether a name may stand without quotes.
[[nodiscard]] bool plain_name(std::string_view name);

}  // namespace whet::mql
