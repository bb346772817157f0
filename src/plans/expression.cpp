#include "plans/expression.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "plans/tokens.h"

namespace whet::plans {
namespace {

constexpr int max_depth = 200;

// Words that join operands where a name could stand.
constexpr std::array<std::string_view, 26> operator_words{
    "AND",  "OR",    "NOT",     "IS",    "NULL",  "DISTINCT", "FROM",  "AT",      "TIME",
    "ZONE", "DESC",  "ASC",     "NULLS", "FIRST", "LAST",     "USING", "COLLATE", "OVERLAPS",
    "TRUE", "FALSE", "UNKNOWN", "LIKE",  "IN",    "BETWEEN",  "XOR",   "DIV"};
constexpr std::array<std::string_view, 10> constant_words{
    "NULL",         "true",         "false",          "CURRENT_DATE", "CURRENT_TIMESTAMP",
    "CURRENT_TIME", "CURRENT_USER", "LOCALTIMESTAMP", "SESSION_USER", "CURRENT_ROLE"};
constexpr std::string_view between_and = "BETWEEN AND";
// The last ones are MySQL's.
constexpr std::array<std::string_view, 17> comparisons{
    "=",    "<", ">",  "<=",   ">=",       "<>", "~~",     "!~~", "~~*",
    "!~~*", "~", "~*", "LIKE", "NOT LIKE", "IN", "NOT IN", "<=>"};

template <class List>
bool among(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  std::optional<Expr> whole() {
    Expr expr = sequence(0);
    if (failed_ || at_ < tokens_.size()) return std::nullopt;
    return expr;
  }

 private:
  /// An operand, or an operator between operands.
  struct Item {
    bool is_operator = false;
    Expr expr;
  };

  [[nodiscard]] const Token* peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
  }
  [[nodiscard]] bool is_mark(std::string_view mark, std::size_t ahead = 0) const {
    const Token* token = peek(ahead);
    return token != nullptr && token->kind == TokenKind::mark && token->text == mark;
  }
  [[nodiscard]] bool is_word(std::string_view word, std::size_t ahead = 0) const {
    const Token* token = peek(ahead);
    return token != nullptr && token->kind == TokenKind::word && token->text == word;
  }
  bool take_mark(std::string_view mark) {
    const bool found = is_mark(mark);
    if (found) ++at_;
    return found;
  }

  Expr sequence(int depth);
  std::vector<Expr> list(std::string_view end, int depth);
  Item item(int depth);
  Expr primary(int depth);
  Expr name_or_call(int depth);
  Expr case_expression(int depth);
  Expr postfix(Expr expr, int depth);
  std::string type_name();
  [[nodiscard]] std::string subplan_words();
  static Expr combine(std::vector<Item> items);
  static std::optional<Expr> split_comparison(std::vector<Item>& items);
  static Expr split_at(const std::vector<Item>& items, std::string_view word, ExprKind kind);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

Expr Parser::split_at(const std::vector<Item>& items, std::string_view word, ExprKind kind) {
  Expr out{kind, std::string(word), {}};
  std::vector<Item> part;
  bool between = false;  // whose AND joins no terms
  for (const Item& one : items) {
    const bool joins = one.is_operator && one.expr.name == word && !(between && word == "AND");
    if (one.is_operator) between = one.expr.name == "BETWEEN" || (between && one.expr.name != word);
    if (joins) {
      out.args.push_back(combine(std::move(part)));
      part.clear();
    } else {
      part.push_back(one);
    }
  }
  out.args.push_back(combine(std::move(part)));
  return out;
}

/// "a + 1 = b": MariaDB leaves the brackets of arithmetic out.
std::optional<Expr> Parser::split_comparison(std::vector<Item>& items) {
  if (items.size() <= 3) return std::nullopt;
  const auto compares = [](const Item& one) {
    return one.is_operator && among(comparisons, one.expr.name);
  };
  const auto at = std::find_if(items.begin(), items.end(), compares);
  if (at == items.end() || at == items.begin() || at + 1 == items.end()) return std::nullopt;
  if (std::find_if(at + 1, items.end(), compares) != items.end()) return std::nullopt;
  // "a NOT LIKE b" is one operator.
  if ((at - 1)->is_operator || (at + 1)->is_operator) return std::nullopt;
  Expr out{ExprKind::operation, at->expr.name, {}};
  out.args.push_back(combine({items.begin(), at}));
  out.args.push_back(combine({at + 1, items.end()}));
  return out;
}

/// What stands between two brackets, as one expression. AND binds tighter than OR, though the
/// server never mixes them without brackets.
Expr Parser::combine(std::vector<Item> items) {
  const auto has = [&](std::string_view word) {
    return std::any_of(items.begin(), items.end(),
                       [&](const Item& one) { return one.is_operator && one.expr.name == word; });
  };
  if (items.empty()) return {};
  if (has("OR")) return split_at(items, "OR", ExprKind::disjunction);
  const auto count = [&](std::string_view word) {
    return std::count_if(items.begin(), items.end(),
                         [&](const Item& one) { return one.is_operator && one.expr.name == word; });
  };
  if (count("AND") > count("BETWEEN")) return split_at(items, "AND", ExprKind::conjunction);
  if (items.front().is_operator && items.front().expr.name == "NOT") {
    items.erase(items.begin());
    Expr out{ExprKind::negation, "NOT", {}};
    out.args.push_back(combine(std::move(items)));
    return out;
  }
  if (items.size() == 1 && !items.front().is_operator) return std::move(items.front().expr);
  if (auto compared = split_comparison(items)) return std::move(*compared);
  Expr out{ExprKind::operation, "", {}};
  for (Item& one : items) {
    if (one.is_operator) {
      if (!out.name.empty()) out.name += " ";
      out.name += one.expr.name;
    } else {
      out.args.push_back(std::move(one.expr));
    }
  }
  return out;
}

Expr Parser::sequence(int depth) {
  if (depth > max_depth) failed_ = true;
  std::vector<Item> items;
  while (!failed_ && peek() != nullptr && !is_mark(")") && !is_mark("]") && !is_mark(",")) {
    items.push_back(item(depth));
  }
  return combine(std::move(items));
}

std::vector<Expr> Parser::list(std::string_view end, int depth) {
  std::vector<Expr> out;
  while (!failed_ && !is_mark(end)) {
    out.push_back(sequence(depth + 1));
    if (!take_mark(",") && !is_mark(end)) failed_ = true;
  }
  if (!take_mark(end)) failed_ = true;
  return out;
}

Parser::Item Parser::item(int depth) {
  const Token& token = *peek();
  const bool word = token.kind == TokenKind::word && among(operator_words, token.text);
  if (token.kind == TokenKind::sign || word) {
    ++at_;
    return {true, {ExprKind::operation, token.text, {}}};
  }
  return {false, postfix(primary(depth), depth)};
}

std::string Parser::subplan_words() {
  const bool hashed = is_word("hashed");
  const std::size_t first = hashed ? 1 : 0;
  if (!is_word("SubPlan", first) && !is_word("InitPlan", first)) return "";
  std::string name = hashed ? "hashed " : "";
  name += tokens_[at_ + first].text;
  at_ += first + 1;
  const Token* number = peek();
  if (number != nullptr && (number->kind == TokenKind::number || number->kind == TokenKind::word)) {
    name += " " + number->text;
    ++at_;
  }
  return name;
}

Expr Parser::primary(int depth) {
  const Token token = *peek();
  if (take_mark("(")) {
    std::vector<Expr> parts = list(")", depth);
    if (parts.size() == 1) return std::move(parts.front());
    return {ExprKind::other, "ROW", std::move(parts)};
  }
  switch (token.kind) {
    case TokenKind::number:
    case TokenKind::string:
      ++at_;
      return {ExprKind::constant, token.text, {}};
    case TokenKind::parameter:
      ++at_;
      return {ExprKind::parameter, token.text, {}};
    case TokenKind::word:
    case TokenKind::quoted_word:
      return name_or_call(depth);
    default:
      failed_ = true;
      ++at_;
      return {};
  }
}

Expr Parser::case_expression(int depth) {
  Expr out{ExprKind::other, "CASE", {}};
  std::vector<Item> part;
  const auto flush = [&] {
    if (!part.empty()) out.args.push_back(combine(std::move(part)));
    part.clear();
  };
  while (!failed_ && peek() != nullptr && !is_word("END")) {
    if (is_word("WHEN") || is_word("THEN") || is_word("ELSE")) {
      flush();
      ++at_;
    } else if (is_mark(")") || is_mark(",") || is_mark("]")) {
      failed_ = true;
    } else {
      part.push_back(item(depth + 1));
    }
  }
  flush();
  if (is_word("END")) {
    ++at_;
  } else {
    failed_ = true;
  }
  return out;
}

Expr Parser::name_or_call(int depth) {
  if (depth > max_depth) failed_ = true;
  if (std::string subplan = subplan_words(); !subplan.empty()) {
    return {ExprKind::subplan, std::move(subplan), {}};
  }
  const Token first = tokens_[at_++];
  const bool bare = first.kind == TokenKind::word;
  if (bare && first.text == "CASE") return case_expression(depth);
  if (bare && first.text == "ARRAY" && take_mark("[")) {
    return {ExprKind::other, "ARRAY", list("]", depth)};
  }
  std::string name = first.text;
  while (is_mark(".")) {
    ++at_;
    const Token* part = peek();
    // "t.*" in whole-row expressions.
    name += "." + (part == nullptr ? "" : part->text);
    if (part != nullptr) ++at_;
  }
  if (take_mark("(")) return {ExprKind::call, text::lower(name), list(")", depth)};
  if (bare && among(constant_words, name)) return {ExprKind::constant, name, {}};
  return {ExprKind::column, name, {}};
}

std::string Parser::type_name() {
  std::string name;
  const auto word = [&] {
    if (peek() == nullptr) return;
    if (!name.empty()) name += " ";
    name += tokens_[at_++].text;
  };
  word();
  while (is_mark(".")) {
    ++at_;
    name += ".";
    if (peek() != nullptr) name += tokens_[at_++].text;
  }
  if (is_word("precision") || is_word("varying")) word();
  if (take_mark("(")) {
    list(")", 0);
  }
  if ((is_word("with") || is_word("without")) && is_word("time", 1) && is_word("zone", 2)) {
    word(), word(), word();
  }
  while (is_mark("[") && is_mark("]", 1)) {
    at_ += 2;
    name += "[]";
  }
  return name;
}

Expr Parser::postfix(Expr expr, int depth) {
  while (!failed_) {
    if (take_mark("::")) {
      Expr cast{ExprKind::cast, type_name(), {}};
      cast.args.push_back(std::move(expr));
      expr = std::move(cast);
    } else if (is_mark("[")) {
      ++at_;
      Expr subscript{ExprKind::other, "[]", list("]", depth)};
      subscript.args.insert(subscript.args.begin(), std::move(expr));
      expr = std::move(subscript);
    } else if (is_mark(".") && peek(1) != nullptr) {
      // "(SubPlan 1).col1", "(row).field"
      at_ += 2;
    } else {
      return expr;
    }
    if (++depth > max_depth) failed_ = true;
  }
  return expr;
}

void collect(const Expr& expr, std::vector<std::string>& out) {
  if (expr.kind == ExprKind::column) {
    const auto dot = expr.name.rfind('.');
    std::string name = dot == std::string::npos ? expr.name : expr.name.substr(dot + 1);
    if (!among(out, name)) out.push_back(std::move(name));
  }
  for (const Expr& arg : expr.args) collect(arg, out);
}

/// People know these operators by their words.
std::string_view spoken(std::string_view op) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
      {{"~~", "LIKE"}, {"!~~", "NOT LIKE"}, {"~~*", "ILIKE"}, {"!~~*", "NOT ILIKE"}}};
  for (const auto& [sign, word] : words) {
    if (op == sign) return word;
  }
  return op;
}

/// An operand keeps its brackets when it is an operation itself.
std::string operand(const Expr& expr) {
  const bool compound = expr.kind == ExprKind::operation || expr.kind == ExprKind::conjunction;
  return compound ? "(" + to_text(expr) + ")" : to_text(expr);
}

std::string list_text(const std::vector<Expr>& args, std::string_view separator) {
  std::vector<std::string> parts;
  for (const Expr& arg : args) parts.push_back(to_text(arg));
  return text::join(parts, separator);
}

std::string operation_text(const Expr& expr) {
  const std::vector<Expr>& args = expr.args;
  if (args.size() == 3 && expr.name == between_and) {
    return operand(args[0]) + " BETWEEN " + operand(args[1]) + " AND " + operand(args[2]);
  }
  // "1950 <= year <= 1960" in the ranges of MySQL.
  const auto blank = expr.name.find(' ');
  if (args.size() == 3 && blank != std::string::npos && expr.name.front() == '<') {
    return operand(args[0]) + " " + expr.name.substr(0, blank) + " " + operand(args[1]) +
           expr.name.substr(blank) + " " + operand(args[2]);
  }
  if (args.size() == 2 && (expr.name == "IN" || expr.name == "NOT IN")) {
    const bool row = args[1].kind == ExprKind::other && args[1].name == "ROW";
    return operand(args[0]) + " " + expr.name + " (" +
           (row ? list_text(args[1].args, ", ") : to_text(args[1])) + ")";
  }
  if (args.size() == 2) {
    return operand(args[0]) + " " + std::string(spoken(expr.name)) + " " + operand(args[1]);
  }
  if (expr.name.substr(0, 2) == "IS") return list_text(args, "") + " " + expr.name;
  return expr.name + " " + list_text(args, ", ");
}

}  // namespace

std::optional<Expr> parse_expression(std::string_view text) {
  auto tokens = tokens_of(text);
  if (tokens.empty()) return std::nullopt;
  return Parser(std::move(tokens)).whole();
}

std::vector<const Expr*> conjuncts(const Expr& expr) {
  if (expr.kind != ExprKind::conjunction) return {&expr};
  std::vector<const Expr*> out;
  for (const Expr& arg : expr.args) {
    for (const Expr* one : conjuncts(arg)) out.push_back(one);
  }
  return out;
}

std::vector<std::string> columns_in(const Expr& expr) {
  std::vector<std::string> out;
  collect(expr, out);
  return out;
}

bool has_column(const Expr& expr) {
  return find_in(expr, [](const Expr& e) { return e.kind == ExprKind::column; }) != nullptr;
}

std::optional<Comparison> comparison(const Expr& expr) {
  if (expr.kind != ExprKind::operation) return std::nullopt;
  if (expr.args.size() == 3 && expr.name == between_and) {
    const bool fixed = !has_column(expr.args[1]) && !has_column(expr.args[2]);
    if (!fixed || !has_column(expr.args[0])) return std::nullopt;
    return Comparison{expr.args.data(), "BETWEEN", &expr.args[1]};
  }
  if (expr.args.size() != 2) return std::nullopt;
  if (!among(comparisons, expr.name)) return std::nullopt;
  const bool left = has_column(expr.args[0]);
  const bool right = has_column(expr.args[1]);
  if (left == right) return std::nullopt;
  return Comparison{&expr.args[left ? 0 : 1], expr.name, &expr.args[left ? 1 : 0]};
}

std::string to_text(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::column:
    case ExprKind::parameter:
      return expr.name;
    case ExprKind::constant: {
      const bool bare = text::to_double(expr.name) || among(constant_words, expr.name);
      return bare ? expr.name : "'" + text::replace_all(expr.name, "'", "''") + "'";
    }
    case ExprKind::call:
      return expr.name + "(" + list_text(expr.args, ", ") + ")";
    case ExprKind::cast:
      if (!has_column(expr)) return list_text(expr.args, "");
      return operand(expr.args.front()) + "::" + expr.name;
    case ExprKind::conjunction:
      return list_text(expr.args, " AND ");
    case ExprKind::disjunction:
      return "(" + list_text(expr.args, " OR ") + ")";
    case ExprKind::negation:
      return "NOT " + list_text(expr.args, "");
    case ExprKind::subplan:
      return "(" + expr.name + ")";
    case ExprKind::operation:
      return operation_text(expr);
    case ExprKind::other:
      break;
  }
  if (expr.name == "[]" && !expr.args.empty()) return to_text(expr.args.front()) + "[...]";
  return expr.name + "(" + list_text(expr.args, ", ") + ")";
}

}  // namespace whet::plans
