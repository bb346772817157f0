#include "sql/mysql/tokens.h"

#include <algorithm>
#include <array>

namespace whet::sql::mysql {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

template <class Test>
std::size_t run(std::string_view text, std::size_t from, Test test) {
  while (from < text.size() && test(text[from])) ++from;
  return from;
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

class Lexer {
 public:
  Lexer(std::string_view text, const Mode& mode) : text_(text), mode_(mode) {}

  std::vector<Token> all() {
    while (at_ < text_.size()) {
      const std::size_t from = at_;
      const TokenKind kind = next();
      // Whatever a branch above decides, the lexer goes on.
      at_ = std::clamp(at_, from + 1, text_.size());
      const Token made{kind, text_.substr(from, at_ - from)};
      const bool space = kind == TokenKind::space;
      if (space && !out_.empty() && out_.back().kind == TokenKind::space) {
        const std::size_t length = out_.back().text.size() + made.text.size();
        out_.back().text = text_.substr(at_ - length, length);
      } else {
        out_.push_back(made);
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  // The token before is a name and nothing is between: what follows a dot is a name too.
  [[nodiscard]] bool behind_name() const {
    return !out_.empty() &&
           (out_.back().kind == TokenKind::word || out_.back().kind == TokenKind::quoted);
  }
  [[nodiscard]] bool behind_dot() const {
    return !out_.empty() && out_.back().kind == TokenKind::symbol && out_.back().text == ".";
  }

  TokenKind next() {
    const char c = text_[at_];
    if (is_space(c)) return take(run(text_, at_, is_space), TokenKind::space);
    if (c == '#') return line_comment();
    if (rest().starts_with("--") &&
        (at_ + 2 >= text_.size() || is_space(peek(2)) || static_cast<unsigned char>(peek(2)) < ' '))
      return line_comment();
    if (rest().starts_with("/*")) return block_comment();
    if (in_code_comment_ && rest().starts_with("*/")) {
      in_code_comment_ = false;
      return take(at_ + 2, TokenKind::space);
    }
    if (c == '\'') return string(0);
    if (c == '"' && !mode_.ansi_quotes) return string(0);
    if (c == '"' || c == '`') return take(quoted(text_, at_ + 1, c, false), TokenKind::quoted);
    if (rest().starts_with("...")) return take(at_ + 3, TokenKind::ellipsis);
    if (is_digit(c)) return behind_dot() ? word() : number();
    if (c == '.' && is_digit(peek(1)) && !behind_name()) return number();
    if (in_name(c)) return word();
    if (c == '?') return take(at_ + 1, TokenKind::param);
    if (c == '@') return variable();
    return symbol();
  }

  TokenKind take(std::size_t end, TokenKind kind) {
    at_ = end;
    return kind;
  }

  TokenKind line_comment() {
    const std::size_t end = text_.find('\n', at_);
    return take(end == std::string_view::npos ? text_.size() : end + 1, TokenKind::space);
  }

  TokenKind block_comment() {
    if (peek(2) == '!') return version_comment(at_ + 3, true);
    // MySQL takes this for a plain comment.
    if (peek(2) == 'M' && peek(3) == '!') return version_comment(at_ + 4, mode_.mariadb);
    const std::size_t end = text_.find("*/", at_ + 2);
    return take(end == std::string_view::npos ? text_.size() : end + 2,
                peek(2) == '+' ? TokenKind::hint : TokenKind::space);
  }

  // `from` is behind the exclamation mark.
  TokenKind version_comment(std::size_t from, bool understood) {
    std::size_t end = run(text_, from, is_digit);
    // Five digits, or six; more are of what follows, and fewer are no version.
    if (end - from > 6) end = from + 6;
    std::int64_t wanted = 0;
    if (end - from >= 5) {
      for (std::size_t i = from; i < end; ++i) wanted = wanted * 10 + (text_[i] - '0');
    } else {
      end = from;
    }
    // MariaDB skips what was made for MySQL 5.7 and later.
    const bool own = !mode_.mariadb || wanted < 50700 || wanted > 99999 || peek(2) == 'M';
    const bool reached = mode_.version == 0 || wanted <= mode_.version;
    if (understood && own && reached) {
      in_code_comment_ = true;
      return take(end, TokenKind::space);
    }
    return take(skipped_comment(end, understood), TokenKind::space);
  }

  // A skipped version comment may hold comments.
  [[nodiscard]] std::size_t skipped_comment(std::size_t from, bool nests) const {
    bool nested = false;
    for (std::size_t i = from; i + 1 < text_.size(); ++i) {
      if (nests && text_[i] == '/' && text_[i + 1] == '*') {
        nested = true;
        ++i;
      } else if (text_[i] == '*' && text_[i + 1] == '/') {
        ++i;
        if (!nested) return i + 1;
        nested = false;
      }
    }
    return text_.size();
  }

  // `ahead`: where the quote is.
  TokenKind string(std::size_t ahead) {
    const std::size_t open = at_ + ahead;
    return take(quoted(text_, open + 1, text_[open], !mode_.no_backslash_escapes),
                TokenKind::string);
  }

  TokenKind word() {
    const char first = lower(text_[at_]);
    if (peek(1) == '\'' && (first == 'n' || first == 'x' || first == 'b') && !behind_dot())
      return string(1);
    return take(run(text_, at_, in_name), TokenKind::word);
  }

  TokenKind number() {
    if (peek(0) == '0' && (peek(1) == 'x' || peek(1) == 'b')) {
      const bool hex = peek(1) == 'x';
      const std::size_t end =
          run(text_, at_ + 2, [hex](char c) { return hex ? is_hex(c) : c == '0' || c == '1'; });
      if (end > at_ + 2 && (end >= text_.size() || !in_name(text_[end])))
        return take(end, TokenKind::number);
    }
    std::size_t end = run(text_, at_, is_digit);
    bool whole = true;
    if (end < text_.size() && text_[end] == '.' && !text_.substr(end).starts_with("...")) {
      whole = false;
      end = run(text_, end + 1, is_digit);
    }
    if (end < text_.size() && lower(text_[end]) == 'e') {
      const bool sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      const std::size_t digits = end + (sign ? 2 : 1);
      const std::size_t last = run(text_, digits, is_digit);
      if (last > digits) return take(last, TokenKind::number);
    }
    // 2024_orders is a name.
    if (whole && end < text_.size() && in_name(text_[end]))
      return take(run(text_, end, in_name), TokenKind::word);
    return take(end, whole ? TokenKind::integer : TokenKind::number);
  }

  TokenKind variable() {
    const auto in_variable = [](char c) { return in_name(c) || c == '.'; };
    if (peek(1) == '@') {
      const std::size_t end = run(text_, at_ + 2, in_variable);
      return take(end, end > at_ + 2 ? TokenKind::variable : TokenKind::symbol);
    }
    const char quote = peek(1);
    if (quote == '\'' || quote == '"' || quote == '`') {
      const bool backslashes = quote != '`' && !mode_.no_backslash_escapes;
      return take(quoted(text_, at_ + 2, quote, backslashes), TokenKind::variable);
    }
    const std::size_t end = run(text_, at_ + 1, in_variable);
    return take(end, end > at_ + 1 ? TokenKind::variable : TokenKind::symbol);
  }

  TokenKind symbol() {
    static constexpr std::array<std::string_view, 13> longer{
        "<=>", "->>", "<<", ">>", "<=", ">=", "<>", "!=", ":=", "->", "||", "&&", "=="};
    for (const std::string_view one : longer) {
      if (rest().starts_with(one)) return take(at_ + one.size(), TokenKind::symbol);
    }
    return take(at_ + 1, TokenKind::symbol);
  }

  std::string_view text_;
  const Mode& mode_;
  std::size_t at_ = 0;
  bool in_code_comment_ = false;
  std::vector<Token> out_;
};

}  // namespace

bool in_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::vector<Token> tokens(std::string_view text, const Mode& mode) {
  return Lexer(text, mode).all();
}

std::vector<Token> code_tokens(std::string_view text, const Mode& mode) {
  std::vector<Token> out = tokens(text, mode);
  std::erase_if(out, [](const Token& token) {
    return token.kind == TokenKind::space || token.kind == TokenKind::hint;
  });
  return out;
}

std::string unquoted(const Token& token) {
  if (token.kind != TokenKind::quoted) return std::string(token.text);
  const char quote = token.text.front();
  std::string_view inner = token.text.substr(1);
  if (!inner.empty() && inner.back() == quote) inner.remove_suffix(1);
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    out += inner[i];
    if (inner[i] == quote && i + 1 < inner.size() && inner[i + 1] == quote) ++i;
  }
  return out;
}

}  // namespace whet::sql::mysql
