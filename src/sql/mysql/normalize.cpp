#include "sql/mysql/normalize.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/mysql/tokens.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

struct Piece {
  std::string text;
  TokenKind kind = TokenKind::symbol;
  bool space = false;        ///< white space before it
  bool row = false;          ///< the parenthesis that ends a row of VALUES or IN
  std::size_t open = 0;      ///< of a closing parenthesis: where it was opened
  bool from_string = false;  ///< a ? that was a string
  [[nodiscard]] bool is(std::string_view symbol) const {
    return kind == TokenKind::symbol && text == symbol;
  }
};

// The words that may follow a position in ORDER BY or GROUP BY.
bool follows_position(const std::string& word) {
  static constexpr std::array<std::string_view, 18> words{
      "asc",    "desc", "limit", "having", "with", "order", "for",       "union", "except",
      "window", "lock", "into",  "offset", "rows", "range", "separator", "on",    "intersect"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Normalizer {
 public:
  Normalizer(const Mode& mode, bool hints) : mode_(mode), hints_(hints) {}

  std::string run(std::string_view text) {
    const auto all = tokens(text, mode_);
    for (std::size_t i = 0; i < all.size(); ++i) one(all, i);
    while (!out_.empty() && out_.back().is(";")) out_.pop_back();
    return together();
  }

 private:
  void one(const std::vector<Token>& all, std::size_t i) {
    const Token& token = all[i];
    switch (token.kind) {
      case TokenKind::space:
        space_ = true;
        break;
      case TokenKind::hint:
        hint(token.text);
        break;
      case TokenKind::string:
      case TokenKind::number:
        literal(token.kind == TokenKind::string);
        break;
      case TokenKind::integer:
        if (is_position(all, i)) {
          push(std::string(token.text), token.kind);
        } else {
          literal(false);
        }
        break;
      case TokenKind::param:
        absorb_sign();
        push("?", TokenKind::param);
        break;
      case TokenKind::variable:
        variable(token.text);
        break;
      case TokenKind::word:
        word(token.text);
        break;
      case TokenKind::symbol:
        symbol(token.text);
        break;
      case TokenKind::quoted:
      case TokenKind::ellipsis:
        push(std::string(token.text), token.kind);
        break;
    }
  }

  void push(std::string text, TokenKind kind) {
    out_.push_back({std::move(text), kind, space_});
    space_ = false;
  }

  [[nodiscard]] bool last_is_word(std::size_t back, std::string_view wanted) const {
    if (out_.size() < back) return false;
    const Piece& piece = out_[out_.size() - back];
    return piece.kind == TokenKind::word && text::lower(piece.text) == wanted;
  }

  void hint(std::string_view text) {
    space_ = true;
    if (!hints_) return;
    text.remove_prefix(3);
    if (text.ends_with("*/")) text.remove_suffix(2);
    const std::string inner(text::trim(Normalizer(mode_, false).run(text)));
    if (inner.empty()) return;
    push("/*+ " + inner + " */", TokenKind::hint);
    space_ = true;
  }

  // -5 is a literal where an expression begins.
  void absorb_sign() {
    while (!out_.empty() && (out_.back().is("-") || out_.back().is("+"))) {
      const Piece* before = out_.size() < 2 ? nullptr : &out_[out_.size() - 2];
      const bool begins =
          before == nullptr || before->kind == TokenKind::hint ||
          (before->kind == TokenKind::symbol && !before->is(")")) ||
          (before->kind == TokenKind::word && begins_expression(text::lower(before->text)));
      if (!begins) return;
      space_ = space_ || out_.back().space;
      out_.pop_back();
    }
  }

  void literal(bool is_string) {
    if (!out_.empty() && out_.back().kind == TokenKind::word &&
        is_introducer(text::lower(out_.back().text))) {
      space_ = space_ || out_.back().space;
      out_.pop_back();
    }
    absorb_sign();
    // 'a' 'b' is one string.
    if (is_string && !out_.empty() && out_.back().from_string) return;
    push("?", TokenKind::param);
    out_.back().from_string = is_string;
  }

  void variable(std::string_view text) {
    if (text.size() > 1 && (text[1] == '\'' || text[1] == '"')) {
      push("@", TokenKind::symbol);
      push("?", TokenKind::param);
    } else {
      push(std::string(text), TokenKind::variable);
    }
  }

  void word(std::string_view text) {
    const std::string lower = text::lower(text);
    if (lower == "by") {
      keys_.back() = last_is_word(1, "order") || last_is_word(1, "group");
    } else if (follows_position(lower) && lower != "asc" && lower != "desc") {
      keys_.back() = false;
    }
    push(std::string(text), TokenKind::word);
  }

  [[nodiscard]] bool is_position(const std::vector<Token>& all, std::size_t i) const {
    if (!keys_.back() || all[i].text.size() > 3 || out_.empty()) return false;
    if (!last_is_word(1, "by") && !out_.back().is(",")) return false;
    std::size_t next = i + 1;
    while (next < all.size() && all[next].kind == TokenKind::space) ++next;
    if (next >= all.size()) return true;
    const Token& token = all[next];
    if (token.kind == TokenKind::symbol)
      return token.text == "," || token.text == ")" || token.text == ";";
    return token.kind == TokenKind::word && follows_position(text::lower(token.text));
  }

  void symbol(std::string_view text) {
    // Two signs together might be taken for a comment, depending on what follows.
    if (text == "-" && !out_.empty() && out_.back().is("-")) space_ = true;
    if (text == "(") {
      opened_.push_back(out_.size());
      keys_.push_back(false);
    }
    push(std::string(text), TokenKind::symbol);
    if (text != ")" || opened_.empty()) return;
    out_.back().open = opened_.back();
    opened_.pop_back();
    keys_.pop_back();
    closed();
  }

  // A parenthesis was closed: lists and rows of literals become one.
  void closed() {
    const std::size_t open = out_.back().open;
    const bool in = open > 0 && is_word(open - 1, "in");
    const bool row = begins_row(open);
    if ((in || row) && only_literals(open + 1)) {
      const bool one = out_.size() - open == 3 && out_[open + 1].kind != TokenKind::ellipsis;
      if (in || !one) {
        Piece close = out_.back();
        out_.resize(open + 1);
        out_.push_back({"...", TokenKind::ellipsis});
        close.space = false;
        out_.push_back(std::move(close));
      }
    }
    out_.back().row = row;
    if (row && open > 0 && out_[open - 1].is(",") && same_as_before(open)) {
      out_.resize(open - 1);
      space_ = false;
    }
  }

  [[nodiscard]] bool is_word(std::size_t at, std::string_view wanted) const {
    return out_[at].kind == TokenKind::word && text::lower(out_[at].text) == wanted;
  }

  [[nodiscard]] bool begins_row(std::size_t open) const {
    if (open == 0) return false;
    const std::size_t before = open - 1;
    if (is_word(before, "values") || is_word(before, "value")) return true;
    if (out_[before].is("(")) return before > 0 && is_word(before - 1, "in");
    return out_[before].is(",") && before > 0 && out_[before - 1].row;
  }

  [[nodiscard]] bool only_literals(std::size_t from) const {
    if (from + 1 >= out_.size()) return false;
    return std::all_of(
        out_.begin() + static_cast<std::ptrdiff_t>(from), out_.end() - 1, [](const Piece& piece) {
          return piece.kind == TokenKind::param || piece.kind == TokenKind::ellipsis ||
                 piece.is(",") ||
                 (piece.kind == TokenKind::word && text::lower(piece.text) == "null");
        });
  }

  // The row that was opened there says what the row before it says.
  [[nodiscard]] bool same_as_before(std::size_t open) const {
    const std::size_t last = open - 2;
    const std::size_t first = out_[last].open;
    const std::size_t length = out_.size() - open;
    if (last - first + 1 != length) return false;
    for (std::size_t i = 0; i < length; ++i) {
      if (text::lower(out_[first + i].text) != text::lower(out_[open + i].text)) return false;
    }
    return true;
  }

  [[nodiscard]] std::string together() const {
    std::string out;
    for (const Piece& piece : out_) {
      const bool names = !out.empty() && (in_name(out.back()) || out.back() == '?') &&
                         (in_name(piece.text.front()) || piece.text.front() == '?');
      if (!out.empty() && (piece.space || names)) out += ' ';
      out += piece.text;
    }
    return out;
  }

  const Mode& mode_;
  bool hints_ = false;
  bool space_ = false;
  std::vector<Piece> out_;
  std::vector<std::size_t> opened_;
  std::vector<bool> keys_{false};  ///< at each depth: within ORDER BY or GROUP BY
};

bool is_open(const Token& token) {
  const std::string_view text = token.text;
  if (token.kind == TokenKind::space || token.kind == TokenKind::hint) {
    const std::size_t open = text.rfind("/*");
    return open != std::string_view::npos && text.find("*/", open + 2) == std::string_view::npos;
  }
  if (token.kind != TokenKind::string && token.kind != TokenKind::quoted) return false;
  const std::size_t open = text.find_first_of("'\"`");
  return text.size() == open + 1 || text.back() != text[open];
}

/// Functions whose parenthesis must follow at once (the manual's list, "Function Name Parsing and
/// Resolution"). Digest texts have a blank there.
bool calls_only_without_blank(const Token& token) {
  constexpr std::array<std::string_view, 31> functions{
      "adddate",   "bit_and", "bit_or",     "bit_xor",     "cast",     "count",
      "curdate",   "curtime", "date_add",   "date_sub",    "extract",  "group_concat",
      "max",       "mid",     "min",        "now",         "position", "session_user",
      "std",       "stddev",  "stddev_pop", "stddev_samp", "subdate",  "substr",
      "substring", "sum",     "sysdate",    "system_user", "trim",     "var_pop",
      "var_samp"};
  if (token.kind != TokenKind::word) return false;
  const std::string name = text::lower(token.text);
  return name == "variance" ||
         std::find(functions.begin(), functions.end(), name) != functions.end();
}

}  // namespace

std::string clean(std::string_view text) {
  std::string out = text::valid_utf8(text);
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

std::string normalize(std::string_view text, const Mode& mode) {
  return Normalizer(mode, true).run(clean(text));
}

std::string mask(std::string_view resolved, const Mode& mode) {
  return Normalizer(mode, false).run(clean(resolved));
}

bool truncated(std::string_view text, const Mode& mode) {
  const auto all = tokens(text::trim(text), mode);
  if (all.empty()) return false;
  if (is_open(all.back())) return true;
  if (all.back().kind != TokenKind::ellipsis) return false;
  // "?, ..." is how digests write a list; what is cut off ends with " ...".
  const std::size_t count = all.size();
  return count < 4 || all[count - 2].kind != TokenKind::space || all[count - 3].text != "," ||
         all[count - 4].kind != TokenKind::param;
}

std::vector<std::string> split(std::string_view text, const Mode& mode) {
  std::vector<std::string> out;
  const std::string cleaned = clean(text);
  const auto add = [&out](std::string_view piece) {
    const std::string_view trimmed = text::trim(piece);
    if (!trimmed.empty()) out.emplace_back(trimmed);
  };
  std::string current;
  bool code = false;  // what is only comment is no statement
  for (const Token& token : tokens(cleaned, mode)) {
    if (token.kind == TokenKind::symbol && token.text == ";") {
      if (code) add(current);
      current.clear();
      code = false;
    } else {
      code = code || token.kind != TokenKind::space;
      current += token.text;
    }
  }
  if (code) add(current);
  return out;
}

std::string with_values(std::string_view text, const std::vector<std::string>& values,
                        const Mode& mode) {
  std::string out;
  std::size_t n = 0;
  const auto all = tokens(text, mode);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Token& token = all[i];
    const bool place = token.kind == TokenKind::param || token.kind == TokenKind::ellipsis;
    const bool before_arguments = token.kind == TokenKind::space && i > 0 && i + 1 < all.size() &&
                                  all[i + 1].text == "(" && calls_only_without_blank(all[i - 1]);
    if (place && n < values.size() && !values[n].empty()) {
      out += values[n];
    } else if (!before_arguments) {
      out += token.text;
    }
    if (place) ++n;
  }
  return out;
}

}  // namespace whet::sql::mysql
