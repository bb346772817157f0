#include "mql/text_tokens.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace whet::mql {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xc0 | (point >> 6U));
  } else if (point < 0x10000) {
    byte(0xe0 | (point >> 12U));
    byte(0x80 | ((point >> 6U) & 0x3fU));
  } else {
    byte(0xf0 | (point >> 18U));
    byte(0x80 | ((point >> 12U) & 0x3fU));
    byte(0x80 | ((point >> 6U) & 0x3fU));
  }
  byte(0x80 | (point & 0x3fU));
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (;;) {
      WHET_TRY_VOID(skip_blank());
      if (at_ >= text_.size()) break;
      Token token;
      token.begin = at_;
      WHET_TRY_VOID(read(token));
      token.end = at_;
      out_.push_back(std::move(token));
    }
    Token end;
    end.begin = end.end = text_.size();
    out_.push_back(end);
    return std::move(out_);
  }

 private:
  [[nodiscard]] char look(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  Status skip_blank() {
    while (at_ < text_.size()) {
      if (is_space(look())) {
        ++at_;
      } else if (text_.substr(at_).starts_with("\xc2\xa0") ||
                 text_.substr(at_).starts_with("\xef\xbb\xbf")) {
        at_ += look() == '\xc2' ? 2 : 3;  // no-break space, byte order mark: from web pages
      } else if (look() == '/' && look(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (look() == '/' && look(1) == '*') {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          return error_at(text_, at_, "A comment does not end", "Close it with */.");
        }
        at_ = end + 2;
      } else {
        break;
      }
    }
    return {};
  }

  Status read(Token& token) {
    const char c = look();
    if (begins_name(c)) {
      while (continues_name(look())) token.text += text_[at_++];
      token.kind = TokenKind::name;
      return {};
    }
    if (is_digit(c) || (c == '.' && is_digit(look(1)))) return read_number(token);
    if (c == '"' || c == '\'' || c == '`') return read_string(token);
    if (c == '/' && regex_may_stand()) return read_regex(token);
    token.kind = TokenKind::sign;
    token.text = std::string(1, text_[at_++]);
    if (c == '=' && look() == '>') token.text += text_[at_++];
    if (c == '.' && look() == '.' && look(1) == '.') {
      at_ += 2;
      token.text = "...";
    }
    return {};
  }

  // After a value a "/" divides.
  [[nodiscard]] bool regex_may_stand() const {
    if (out_.empty()) return true;
    const Token& last = out_.back();
    if (last.kind == TokenKind::sign) {
      return last.text != ")" && last.text != "]" && last.text != "}";
    }
    return last.kind == TokenKind::name && (last.text == "return" || last.text == "typeof");
  }

  Status read_number(Token& token) {
    token.kind = TokenKind::number;
    const std::size_t begin = at_;
    if (look() == '0' && (look(1) == 'x' || look(1) == 'X')) {
      at_ += 2;
      while (std::isxdigit(static_cast<unsigned char>(look())) != 0) ++at_;
    } else {
      const auto digits = [&] {
        while (is_digit(look()) || (look() == '_' && is_digit(look(1)))) ++at_;
      };
      digits();
      if (look() == '.') ++at_;
      digits();
      if ((look() == 'e' || look() == 'E') &&
          (is_digit(look(1)) || ((look(1) == '-' || look(1) == '+') && is_digit(look(2))))) {
        at_ += 2;
        digits();
      }
    }
    token.text = text::replace_all(std::string(text_.substr(begin, at_ - begin)), "_", "");
    if (look() == 'n' && !continues_name(look(1))) {  // a BigInt
      ++at_;
      token.options = "n";
    }
    if (continues_name(look())) {
      return error_at(text_, at_, "A number is followed by letters",
                      "Put names that begin with a digit into quotes.");
    }
    return {};
  }

  Status read_string(Token& token) {
    token.kind = TokenKind::string;
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    while (look() != quote) {
      if (at_ >= text_.size() || (look() == '\n' && quote != '`')) {
        return error_at(text_, begin, "A string does not end",
                        std::string("Close it with ") + quote + ".");
      }
      if (quote == '`' && look() == '$' && look(1) == '{') {
        return error_at(text_, at_, "A template has an expression in it",
                        "Write the value itself.");
      }
      if (look() == '\\') {
        WHET_TRY_VOID(read_escape(token.text));
      } else {
        token.text += text_[at_++];
      }
    }
    ++at_;
    return {};
  }

  static constexpr std::uint32_t last_code_point = 0x10ffff, no_code_point = 0x110000;

  /// no_code_point when there are fewer digits.
  std::uint32_t hex(std::size_t digits) {
    std::uint32_t out = 0;
    const std::string_view part = text_.substr(std::min(at_, text_.size()), digits);
    const auto read = std::from_chars(part.data(), part.data() + part.size(), out, 16);
    if (part.empty() || part.size() < digits || read.ptr != part.data() + part.size())
      return no_code_point;
    at_ += digits;
    return out;
  }

  /// What stands behind \u: {1f600}, 4 digits, or 4 digits twice for a surrogate pair.
  std::uint32_t read_code_point() {
    if (look() == '{') {
      const std::size_t close = text_.find('}', at_++);
      const bool fits = close != std::string_view::npos && close > at_ && close - at_ <= 6;
      const std::uint32_t point = fits ? hex(close - at_) : no_code_point;
      ++at_;
      return point;
    }
    const std::uint32_t point = hex(4);
    const bool high = point <= 0xffff && (point & 0xfc00U) == 0xd800U;
    if (!high || look() != '\\' || look(1) != 'u') return point;
    at_ += 2;
    const std::uint32_t low = hex(4);
    if (low > 0xffff) return no_code_point;
    return 0x10000 + ((point & 0x3ffU) << 10U) + (low & 0x3ffU);
  }

  Status read_escape(std::string& out) {
    const std::size_t begin = at_++;
    const char c = look();
    if (c != '\0') ++at_;
    constexpr std::string_view letters = "nrtbfv0", meanings("\n\r\t\b\f\v\0", 7);
    if (const auto found = letters.find(c); found != std::string_view::npos && c != '\0') {
      out += meanings[found];
      return {};
    }
    if (c == '\n') return {};
    if (c != 'u' && c != 'x') {
      out += c;
      return {};
    }
    const std::uint32_t point = c == 'x' ? hex(2) : read_code_point();
    if (point > last_code_point) {
      return error_at(text_, begin, "An escape in a string is wrong",
                      "Write \\u and four hex digits.");
    }
    append_utf8(out, point);
    return {};
  }

  Status read_regex(Token& token) {
    const std::size_t end = regex_end(text_, at_);
    if (end == std::string_view::npos) {
      return error_at(text_, at_, "A regular expression does not end", "Close it with /.");
    }
    token.kind = TokenKind::regex;
    // \/ is there for the sake of the literal only.
    for (std::size_t i = at_ + 1; i < end; ++i) {
      if (text_[i] == '\\' && text_[i + 1] != '/')
        token.text += text_[i++];
      else if (text_[i] == '\\')
        ++i;
      token.text += text_[i];
    }
    at_ = end + 1;
    while (continues_name(look())) token.options += text_[at_++];
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> out_;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

Error error_at(std::string_view text, std::size_t at, std::string message, std::string hint) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::string_view of_line =
      start == std::string_view::npos ? before : before.substr(start + 1);
  message += " (line " + std::to_string(line) + ", column " +
             std::to_string(text::display_width(of_line) + 1) + ").";
  return {ErrorKind::invalid, std::move(message), std::move(hint), ""};
}

std::size_t regex_end(std::string_view text, std::size_t at) {
  bool in_class = false;
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
      if (i >= text.size() || text[i] == '\n') break;
    } else if (text[i] == '[') {
      in_class = true;
    } else if (text[i] == ']') {
      in_class = false;
    } else if (text[i] == '/' && !in_class) {
      return i;
    }
  }
  return std::string_view::npos;
}

bool plain_name(std::string_view name) {
  return !name.empty() && begins_name(name.front()) && std::ranges::all_of(name, continues_name) &&
         std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace whet::mql
