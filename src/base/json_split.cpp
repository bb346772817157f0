#include "base/json_split.h"

namespace whet::json {

namespace {

/// Steps over JSON from left to right. A step that finds something else than it should returns
/// false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }

  /// The next byte that is no blank; 0 at the end.
  char peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  /// The bytes between the quotes, escapes as they are written.
  bool take_string(std::string_view& inside) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    inside = text_.substr(begin, at_ - begin);
    ++at_;
    return true;
  }

  bool take_value() {
    std::string_view inside;
    const char first = peek();
    if (first == '"') return take_string(inside);
    if (first == '{' || first == '[') return take_nested();
    const std::size_t end = text_.find_first_of(",]} \n\t\r", at_);
    if (end == std::string_view::npos || end == at_) return false;
    at_ = end;
    return true;
  }

  /// Into an object, up to the value of its first member with that name.
  bool enter(std::string_view name) {
    if (!take('{')) return false;
    std::string_view key;
    while (take_string(key) && take(':')) {
      if (key == name) return true;
      if (!take_value() || !take(',')) return false;
    }
    return false;
  }

 private:
  /// An object or array with all that is in it. Which bracket closes which is left to the parser.
  bool take_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        std::string_view inside;
        if (!take_string(inside)) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<SplitArray> split_array(std::string_view text,
                                      const std::vector<std::string_view>& path) {
  Scanner scanner(text);
  for (const std::string_view name : path) {
    if (!scanner.enter(name)) return std::nullopt;
  }
  if (!scanner.take('[')) return std::nullopt;
  SplitArray split;
  split.rest = text.substr(0, scanner.at());
  if (scanner.peek() != ']') {
    do {
      (void)scanner.peek();
      const std::size_t begin = scanner.at();
      if (!scanner.take_value()) return std::nullopt;
      split.elements.push_back(text.substr(begin, scanner.at() - begin));
    } while (scanner.take(','));
  }
  if (scanner.peek() != ']') return std::nullopt;
  split.rest += text.substr(scanner.at());
  return split;
}

}  // namespace whet::json
