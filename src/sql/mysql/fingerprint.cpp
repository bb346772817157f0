#include "sql/mysql/fingerprint.h"

#include <vector>

#include "base/text.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/tokens.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

constexpr std::string_view value = "?";
constexpr std::string_view values = "?*";  // more than one

struct Piece {
  std::string text;
  std::size_t open = 0;  ///< of a closing parenthesis
  bool row = false;      ///< the parenthesis that ends a row of VALUES or IN
};

// Reduces tokens as the server does for its digests, and a little further: until all versions'
// digests of a statement are the same.
class Reducer {
 public:
  explicit Reducer(const Mode& mode) : mode_(mode) {}

  std::string run(std::string_view text) {
    for (const Token& token : code_tokens(text, mode_)) one(token);
    while (!out_.empty() && out_.back().text == ";") out_.pop_back();
    std::string all;
    for (const Piece& piece : out_) all += piece.text + ' ';
    return all;
  }

 private:
  void one(const Token& token) {
    switch (token.kind) {
      case TokenKind::word:
      case TokenKind::quoted:
        return name(token);
      case TokenKind::string:
      case TokenKind::integer:
      case TokenKind::number:
      case TokenKind::param:
        return literal();
      case TokenKind::variable:
        return variable(token.text);
      case TokenKind::ellipsis:
        return ellipsis();
      case TokenKind::symbol:
        return symbol(token.text);
      case TokenKind::space:
      case TokenKind::hint:
        return;
    }
  }

  [[nodiscard]] std::string_view last(std::size_t back = 1) const {
    return out_.size() < back ? std::string_view() : out_[out_.size() - back].text;
  }
  void push(std::string_view text) { out_.push_back({std::string(text)}); }

  void name(const Token& token) {
    const std::string word = text::lower(unquoted(token));
    if (word == "null" && last() != "is" && last() != "not") return literal();
    push(common_spelling(word));
  }

  void literal() {
    // What names a character set: _utf8mb4, which digests print as (_charset).
    if (is_introducer(last())) out_.pop_back();
    if (last() == ")" && last(2) == "_charset" && last(3) == "(") out_.resize(out_.size() - 3);
    absorb_sign();
    if (last() == value || last() == values) return;  // 'a' 'b'
    if (last() == "," && (last(2) == value || last(2) == values)) {
      out_.pop_back();
      out_.back().text = values;
      return;
    }
    push(value);
  }

  void absorb_sign() {
    while (last() == "-" || last() == "+") {
      const std::string_view before = last(2);
      const bool symbol =
          !before.empty() && !in_name(before.front()) && before != ")" && before.front() != '?';
      if (!before.empty() && !symbol && !begins_expression(before)) return;
      out_.pop_back();
    }
  }

  // A user variable's name is no part of a digest; a system variable's is.
  void variable(std::string_view text) {
    if (!text.starts_with("@@")) {
      push("@");
      push(value);
      return;
    }
    push("@@");
    bool first = true;
    for (const std::string& part : text::split(text.substr(2), '.')) {
      if (!first) push(".");
      first = false;
      push(common_spelling(text::lower(part)));
    }
  }

  void ellipsis() {
    if (last() == "," && (last(2) == value || last(2) == values)) {
      out_.pop_back();
      out_.back().text = values;
    } else {
      push(last() == "(" ? values : "...");
    }
  }

  void symbol(std::string_view text) {
    if (text == "(") opened_.push_back(out_.size());
    push(text == "<>" ? "!=" : text);
    if (text != ")" || opened_.empty()) return;
    out_.back().open = opened_.back();
    opened_.pop_back();
    closed();
  }

  void closed() {
    const std::size_t open = out_.back().open;
    const bool literals =
        out_.size() - open == 3 && (out_[open + 1].text == value || out_[open + 1].text == values);
    if (out_.size() - open == 3 && out_[open + 1].text == "unknown") {
      out_.resize(open);
      return literal();
    }
    const std::string_view before = open > 0 ? std::string_view(out_[open - 1].text) : "";
    if (before == "in" && literals) out_[open + 1].text = value;
    const bool chained = before == "," && open > 1 && out_[open - 2].row;
    out_.back().row = literals || before == "values" || before == "value" || chained ||
                      (before == "(" && open > 1 && out_[open - 2].text == "in");
    if (chained && same_as_before(open)) out_.resize(open - 1);
  }

  // The row that was opened there says what the row before it says.
  [[nodiscard]] bool same_as_before(std::size_t open) const {
    const std::size_t end = open - 2;
    const std::size_t first = out_[end].open;
    const std::size_t length = out_.size() - open;
    if (end < first || end - first + 1 != length) return false;
    for (std::size_t i = 0; i < length; ++i) {
      if (out_[first + i].text != out_[open + i].text) return false;
    }
    return true;
  }

  const Mode& mode_;
  std::vector<Piece> out_;
  std::vector<std::size_t> opened_;
};

}  // namespace

std::string fingerprint(std::string_view text, const Mode& mode) {
  return text::hash_hex(Reducer(mode).run(clean(text)));
}

}  // namespace whet::sql::mysql
