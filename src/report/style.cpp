#include "report/style.h"

#include <algorithm>

#include "base/text.h"

namespace whet::report {

namespace {

std::string_view code(Ink ink) {
  switch (ink) {
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::red:
      return "\x1b[31m";
    case Ink::yellow:
      return "\x1b[33m";
    case Ink::green:
      return "\x1b[32m";
    case Ink::blue:
      return "\x1b[34m";
    case Ink::magenta:
      return "\x1b[35m";
    case Ink::plain:
      break;
  }
  return "";
}

}  // namespace

std::string paint(const Style& style, Ink ink, std::string_view text) {
  if (!style.colour || ink == Ink::plain) return std::string(text);
  return std::string(code(ink)) + std::string(text) + "\x1b[0m";
}

std::string wrap(const Style& style, std::string_view text, std::size_t indent) {
  const std::size_t room =
      std::max<std::size_t>(style.width > indent ? style.width - indent : 0, 30);
  std::string out;
  std::string line;
  std::size_t used = 0;
  const auto flush = [&] {
    out += std::string(indent, ' ') + line + "\n";
    line.clear();
    used = 0;
  };
  for (const std::string& word : text::split(text::squeeze(text), ' ')) {
    const std::size_t width = text::display_width(word);
    if (used > 0 && used + 1 + width > room) flush();
    if (used > 0) {
      line += ' ';
      ++used;
    }
    line += word;
    used += width;
  }
  if (!line.empty()) flush();
  return out;
}

std::string statement_lines(const Style& style, std::string_view statement, std::size_t indent) {
  std::string out;
  for (const std::string& line : text::split(statement, '\n')) {
    if (!line.starts_with("--")) {
      // In YAML the indentation means something.
      const auto text = std::min(line.find_first_not_of(' '), line.size());
      out += wrap(style, line, indent + text);
      continue;
    }
    const std::string comment = wrap(style, line.substr(2), indent + 3);
    for (std::string& part : text::split(comment, '\n')) {
      if (!part.empty()) out += part.replace(indent, 3, "-- ") + "\n";
    }
  }
  return out;
}

}  // namespace whet::report
