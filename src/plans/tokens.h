// The words of an expression that a plan prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace whet::plans {

enum class TokenKind : std::uint8_t { word, quoted_word, number, string, parameter, sign, mark };

struct Token {
  TokenKind kind = TokenKind::mark;
  std::string text;  ///< strings and quoted words without their quotes; marks: ( ) [ ] , . ::
};

/// Unknown bytes become signs; an unclosed string ends with the text.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text);

}  // namespace whet::plans
