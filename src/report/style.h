// How text output looks: decided once by the program, honoured by every format function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whet::report {

enum class Ink : std::uint8_t { plain, bold, dim, red, yellow, green, blue, magenta };

struct Style {
  bool colour = false;  ///< only on a terminal, never with NO_COLOR
  std::size_t width = 100;
  int verbosity = 0;  ///< 0: at most a screen; 1: everything; 2: with the arithmetic
};

/// The text in that ink, or as it is without colour.
[[nodiscard]] std::string paint(const Style& style, Ink ink, std::string_view text);

/// `text` in lines of at most style.width, each after `indent` blanks and ended by a newline.
[[nodiscard]] std::string wrap(const Style& style, std::string_view text, std::size_t indent);
/// A statement for people to copy: it keeps its own lines, or a comment would swallow what follows
/// it; a comment that is wrapped stays a comment.
[[nodiscard]] std::string statement_lines(const Style& style, std::string_view statement,
                                          std::size_t indent);

}  // namespace whet::report
