// The expressions that a plan prints (Filter, Index Cond, Sort Key), as a tree. The server prints
// them fully parenthesised, with casts spelt out, and with things that are no SQL ("(hashed SubPlan
// 1)"), so neither an SQL parser nor a search for substrings will do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::plans {

enum class ExprKind : std::uint8_t {
  column,       ///< name: "a", "t.a" (unquoted)
  constant,     ///< name: the text of a string, or the number or keyword
  parameter,    ///< name: "$1"
  call,         ///< name: lower case; args. ANY and ALL are calls, too
  cast,         ///< name: the type; one arg
  operation,    ///< name: the operator ("=", "~~", "IS NULL"); args
  conjunction,  ///< AND; args
  disjunction,  ///< OR; args
  negation,     ///< NOT; one arg
  subplan,      ///< name: "SubPlan 1", "hashed SubPlan 1", "InitPlan 1"
  other,        ///< CASE, ROW, ARRAY, subscripts; args
};

struct Expr {
  ExprKind kind = ExprKind::other;
  std::string name;
  std::vector<Expr> args;
};

/// Nothing when the text is empty, unbalanced or nested deeper than 200 levels.
[[nodiscard]] std::optional<Expr> parse_expression(std::string_view text);

/// The terms of a conjunction, or the expression itself. Valid as long as the expression is.
[[nodiscard]] std::vector<const Expr*> conjuncts(const Expr& expr);

/// The distinct columns in it, without their qualifiers, in order of appearance.
[[nodiscard]] std::vector<std::string> columns_in(const Expr& expr);
[[nodiscard]] bool has_column(const Expr& expr);

/// The first node for which `test` holds, depth first; nullptr when there is none.
template <class Test>
[[nodiscard]] const Expr* find_in(const Expr& expr, Test test) {
  if (test(expr)) return &expr;
  for (const Expr& arg : expr.args) {
    if (const Expr* found = find_in(arg, test)) return found;
  }
  return nullptr;
}

/// A comparison of something with columns and something without.
struct Comparison {
  const Expr* variable = nullptr;  ///< the side with columns
  std::string op;
  const Expr* fixed = nullptr;  ///< constants, parameters, functions of them
};

/// Nothing for anything else, join conditions included.
[[nodiscard]] std::optional<Comparison> comparison(const Expr& expr);

/// The expression as short SQL: casts of constants left out.
[[nodiscard]] std::string to_text(const Expr& expr);

}  // namespace whet::plans
