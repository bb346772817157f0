#include "sql/mysql/expression.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "sql/mysql/parse.h"
#include "sql/mysql/quote.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

using Text = std::optional<std::string>;

std::string_view common_function(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> aliases{
      {{"lcase", "lower"},
       {"ucase", "upper"},
       {"dayofmonth", "day"},
       {"pow", "power"},
       {"ceil", "ceiling"},
       {"character_length", "char_length"},
       {"octet_length", "length"},
       {"json_value_unquoted", "json_unquote"}}};
  for (const auto& [from, to] : aliases) {
    if (name == from) return to;
  }
  return common_spelling(name);
}

// "char(10) charset utf8mb4" says no more than "char(10)".
std::string plain_type(std::string_view type) {
  return std::string(type.substr(0, type.find(" charset ")));
}

class Printer {
 public:
  explicit Printer(const ColumnText& column) : column_(column) {}

  Text print(const Expr& one) const {
    if (one.over || one.distinct) return std::nullopt;
    switch (one.kind) {
      case ExprKind::column: {
        std::string name = column_(one.path);
        return name.empty() ? Text() : Text(std::move(name));
      }
      case ExprKind::literal:
      case ExprKind::flag:
        return one.name;
      case ExprKind::null:
        return "NULL";
      case ExprKind::parameter:
        return "?";
      case ExprKind::call:
        return call(one);
      case ExprKind::unary:
        return below(one, one.name + " ", "");
      case ExprKind::binary:
      case ExprKind::logic:
        return list_of(one, " " + one.name + " ", 0);
      case ExprKind::between:
        return between(one);
      case ExprKind::in:
        return membership(one);
      case ExprKind::like:
        return list_of(one, one.negated ? " NOT " + one.name + " " : " " + one.name + " ", 0);
      case ExprKind::is:
        return below(one, "", (one.negated ? " IS NOT " : " IS ") + one.name);
      case ExprKind::cast:
        return cast(one, plain_type(one.name));
      case ExprKind::collate:
        return below(one, "", " COLLATE " + one.name);
      case ExprKind::interval:
        return below(one, "INTERVAL ", " " + one.name);
      case ExprKind::row: {
        const auto inner = list_of(one, ", ", 0);
        return inner ? Text("(" + *inner + ")") : Text();
      }
      default:
        return std::nullopt;
    }
  }

 private:
  // Anything but a name, a constant or a call goes in parentheses.
  Text operand(const Expr& one) const {
    auto inner = print(one);
    const bool alone = one.kind == ExprKind::column || one.kind == ExprKind::literal ||
                       one.kind == ExprKind::flag || one.kind == ExprKind::null ||
                       one.kind == ExprKind::parameter || one.kind == ExprKind::call ||
                       one.kind == ExprKind::cast || one.kind == ExprKind::row ||
                       one.kind == ExprKind::interval;
    return inner && !alone ? Text("(" + *inner + ")") : inner;
  }

  Text below(const Expr& one, const std::string& before, const std::string& behind) const {
    const auto inner = one.args.empty() ? Text() : operand(one.args[0]);
    return inner ? Text(before + *inner + behind) : Text();
  }

  Text list_of(const Expr& one, const std::string& separator, std::size_t from) const {
    std::vector<std::string> parts;
    for (std::size_t i = from; i < one.args.size(); ++i) {
      auto part = operand(one.args[i]);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
    return text::join(parts, separator);
  }

  Text call(const Expr& one) const {
    if (is_aggregate(one.name) || !one.window.empty()) return std::nullopt;
    const std::string name(common_function(one.name));
    if (name == "date" && one.args.size() == 1) return cast(one, "date");
    // What stands for the unit in EXTRACT(YEAR FROM x) is in the path.
    std::string out = name + "(";
    if (!one.path.empty()) out += one.path[0] + (name == "extract" ? " FROM " : ", ");
    std::vector<std::string> parts;
    for (const Expr& arg : one.args) {
      auto part = print(arg);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
    return out + text::join(parts, ", ") + ")";
  }

  Text cast(const Expr& one, const std::string& type) const {
    const auto inner = one.args.empty() ? Text() : print(one.args[0]);
    return inner ? Text("CAST(" + *inner + " AS " + type + ")") : Text();
  }

  Text between(const Expr& one) const {
    const auto tested = operand(one.args[0]);
    const auto low = operand(one.args[1]);
    const auto high = operand(one.args[2]);
    if (!tested || !low || !high) return std::nullopt;
    return *tested + (one.negated ? " NOT BETWEEN " : " BETWEEN ") + *low + " AND " + *high;
  }

  Text membership(const Expr& one) const {
    if (one.query) return std::nullopt;
    const auto tested = operand(one.args[0]);
    const auto values = list_of(one, ", ", 1);
    if (!tested || !values) return std::nullopt;
    return *tested + (one.negated ? " NOT IN (" : " IN (") + *values + ")";
  }

  const ColumnText& column_;
};

}  // namespace

std::optional<std::string> expression_text(const Expr& expression, const ColumnText& column) {
  return Printer(column).print(expression);
}

std::optional<std::string> canonical_expression(std::string_view text, const Mode& mode) {
  auto parsed = parse_expression(text, mode);
  // information_schema escapes the quotes of an index's expression.
  if (!parsed.ok())
    parsed = parse_expression(text::replace_all(std::string(text), "\\'", "'"), mode);
  if (!parsed.ok()) return std::nullopt;
  return expression_text(*parsed, [](const std::vector<std::string>& path) {
    return path.empty() ? std::string() : quote_identifier(path.back());
  });
}

}  // namespace whet::sql::mysql
