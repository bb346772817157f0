#include "sql/expression.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/parse.h"
#include "sql/quote.h"

namespace whet::sql {

namespace {

using Text = std::optional<std::string>;

std::string dotted(json::View names) {
  std::vector<std::string> parts;
  for (const json::View part : names.elements()) {
    const std::string name = part["String"]["sval"].string_or("");
    if (name != "pg_catalog") parts.push_back(quote_identifier(name));
  }
  return text::join(parts, ".");
}

// "(10, 2)" of numeric(10, 2). Nothing where the modifiers are not plain numbers behind the name.
Text modifiers(json::View type, std::string_view name) {
  const auto all = type["typmods"].elements();
  if (all.empty()) return "";
  if (name == "interval" || name.ends_with("time zone")) return std::nullopt;
  std::vector<std::string> parts;
  for (const json::View one : all) {
    const auto number = one["A_Const"]["ival"];
    if (!number.present()) return std::nullopt;
    parts.push_back(std::to_string(number["ival"].integer_or(0)));
  }
  return "(" + text::join(parts, ", ") + ")";
}

Text type_name(json::View type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> names{
      {{"int4", "integer"},
       {"int8", "bigint"},
       {"int2", "smallint"},
       {"bool", "boolean"},
       {"float8", "double precision"},
       {"float4", "real"},
       {"timestamptz", "timestamp with time zone"},
       {"timetz", "time with time zone"},
       {"\"numeric\"", "numeric"},
       {"\"varchar\"", "character varying"},
       {"\"interval\"", "interval"},
       {"\"json\"", "json"},
       {"\"timestamp\"", "timestamp without time zone"},
       {"\"time\"", "time without time zone"}}};
  std::string name = dotted(type["names"]);
  for (const auto& [internal, shown] : names) {
    if (name == internal) name = shown;
  }
  const auto suffix = modifiers(type, name);
  if (!suffix) return std::nullopt;
  if (name == "bpchar" && !suffix->empty()) name = "character";
  return name + *suffix + (type["arrayBounds"].present() ? "[]" : "");
}

Text constant(json::View value) {
  if (value["isnull"].boolean_or(false)) return "NULL";
  if (value["boolval"].present())
    return value["boolval"]["boolval"].boolean_or(false) ? "true" : "false";
  if (value["ival"].present()) return std::to_string(value["ival"]["ival"].integer_or(0));
  if (value["fval"].present()) return value["fval"]["fval"].string_or("0");
  if (value["sval"].present()) return quote_literal(value["sval"]["sval"].string_or(""));
  return std::nullopt;
}

class Printer {
 public:
  Printer(const ColumnText& column, const TextColumn& is_text)
      : column_(column), is_text_(is_text) {}

  Text print(json::View expression) const {
    const auto [type, content] = node(expression);
    if (type == "ColumnRef") {
      std::string name = column_(content);
      return name.empty() ? Text() : Text(std::move(name));
    }
    if (type == "A_Const") return constant(content);
    if (type == "ParamRef") return "$" + std::to_string(content["number"].integer_or(0));
    if (type == "FuncCall") return function(content);
    if (type == "TypeCast") return cast(content);
    if (type == "A_Expr") return operation(content);
    if (type == "CoalesceExpr") return call("COALESCE", content["args"]);
    if (type == "MinMaxExpr")
      return call(content["op"].string_or("") == "IS_LEAST" ? "LEAST" : "GREATEST",
                  content["args"]);
    if (type == "CollateClause") return collation(content);
    if (type == "NullTest") return null_test(content);
    if (type == "BooleanTest") return boolean_test(content);
    if (type == "A_ArrayExpr") return in_brackets("ARRAY[", content["elements"], "]");
    if (type == "BoolExpr") return boolean(content);
    if (type == "SQLValueFunction") return content["op"].string_or("").substr(6);  // SVFOP_...
    return std::nullopt;
  }

 private:
  // An operand: anything but a name, a constant or a call goes in parentheses.
  Text operand(json::View argument) const {
    const json::View expression = is_added_cast(argument) ? argument["TypeCast"]["arg"] : argument;
    auto inner = print(expression);
    const auto [type, content] = node(expression);
    const bool constant_text =
        content["arg"]["A_Const"].present() && type_name(content["typeName"]) == "text";
    const bool alone = type == "ColumnRef" || type == "A_Const" || type == "ParamRef" ||
                       type == "FuncCall" || type == "CoalesceExpr" || type == "MinMaxExpr" ||
                       constant_text;
    return inner && !alone ? Text("(" + *inner + ")") : inner;
  }

  // A cast to text around a varchar column is the server's own addition.
  bool is_added_cast(json::View argument) const {
    const json::View cast_node = argument["TypeCast"];
    const json::View reference = cast_node["arg"]["ColumnRef"];
    return reference.present() && type_name(cast_node["typeName"]) == "text" && is_text_(reference);
  }

  Text call(const std::string& name, json::View arguments) const {
    std::vector<std::string> parts;
    for (const json::View argument : arguments.elements()) {
      auto part = print(is_added_cast(argument) ? argument["TypeCast"]["arg"] : argument);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
    return name + "(" + text::join(parts, ", ") + ")";
  }

  Text function(json::View content) const {
    for (const auto* special : {"agg_star", "agg_distinct", "agg_filter", "agg_order", "over",
                                "agg_within_group", "func_variadic"}) {
      if (content[special].present()) return std::nullopt;
    }
    return call(dotted(content["funcname"]), content["args"]);
  }

  Text cast(json::View content) const {
    const auto type = type_name(content["typeName"]);
    if (!type) return std::nullopt;
    // 'k'::text and 'k' are the same constant.
    if (content["arg"]["A_Const"]["sval"].present() &&
        (*type == "text" || *type == "character varying"))
      return print(content["arg"]);
    auto inner = print(content["arg"]);
    if (!inner) return std::nullopt;
    return "(" + *inner + ")::" + *type;
  }

  Text operation(json::View content) const {
    const std::string kind = content["kind"].string_or("");
    if (kind == "AEXPR_IN") return membership(content);
    if (kind.starts_with("AEXPR_BETWEEN") || kind.starts_with("AEXPR_NOT_BETWEEN"))
      return between(content);
    if (kind == "AEXPR_OP_ANY") return any(content);
    if (kind == "AEXPR_NULLIF") {
      const auto first = print(content["lexpr"]);
      const auto second = print(content["rexpr"]);
      return first && second ? Text("NULLIF(" + *first + ", " + *second + ")") : Text();
    }
    if (kind != "AEXPR_OP" && kind != "AEXPR_LIKE" && kind != "AEXPR_ILIKE" &&
        kind != "AEXPR_DISTINCT" && kind != "AEXPR_NOT_DISTINCT")
      return std::nullopt;
    const auto right = operand(content["rexpr"]);
    if (!right) return std::nullopt;
    const std::string op = kind == "AEXPR_DISTINCT"       ? "IS DISTINCT FROM"
                           : kind == "AEXPR_NOT_DISTINCT" ? "IS NOT DISTINCT FROM"
                                                          : dotted_operator(content["name"]);
    if (!content["lexpr"].present()) return op + " " + *right;
    const auto left = operand(content["lexpr"]);
    if (!left) return std::nullopt;
    return *left + " " + op + " " + *right;
  }

  static std::string dotted_operator(json::View names) {
    const auto parts = names.elements();
    return parts.empty() ? "" : parts.back()["String"]["sval"].string_or("");
  }

  Text in_brackets(const std::string& open, json::View list, const std::string& close) const {
    std::vector<std::string> parts;
    for (const json::View element : list.elements()) {
      auto part = print(element);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
    return open + text::join(parts, ", ") + close;
  }

  Text membership(json::View content) const {
    const auto left = operand(content["lexpr"]);
    const auto list = in_brackets("(", content["rexpr"]["List"]["items"], ")");
    if (!left || !list) return std::nullopt;
    return *left + (dotted_operator(content["name"]) == "=" ? " IN " : " NOT IN ") + *list;
  }

  Text between(json::View content) const {
    const std::string kind = content["kind"].string_or("");
    const auto bounds = content["rexpr"]["List"]["items"].elements();
    if (bounds.size() != 2 || kind.ends_with("SYM")) return std::nullopt;
    const auto left = operand(content["lexpr"]);
    const auto low = operand(bounds[0]);
    const auto high = operand(bounds[1]);
    if (!left || !low || !high) return std::nullopt;
    return *left + (kind == "AEXPR_BETWEEN" ? " BETWEEN " : " NOT BETWEEN ") + *low + " AND " +
           *high;
  }

  Text any(json::View content) const {
    const auto left = operand(content["lexpr"]);
    const std::string op = dotted_operator(content["name"]);
    // The server's way to write x IN (a, b), with a cast around it for a varchar.
    const json::View cast_node = content["rexpr"]["TypeCast"];
    const json::View list = cast_node.present() && type_name(cast_node["typeName"]) == "text[]"
                                ? cast_node["arg"]
                                : content["rexpr"];
    if (op == "=" && list["A_ArrayExpr"].present()) {
      const auto values = in_brackets("(", list["A_ArrayExpr"]["elements"], ")");
      return left && values ? Text(*left + " IN " + *values) : Text();
    }
    const auto right = print(content["rexpr"]);
    if (!left || !right) return std::nullopt;
    return *left + " " + op + " ANY (" + *right + ")";
  }

  Text boolean_test(json::View content) const {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> tests{
        {{"IS_TRUE", " IS TRUE"},
         {"IS_NOT_TRUE", " IS NOT TRUE"},
         {"IS_FALSE", " IS FALSE"},
         {"IS_NOT_FALSE", " IS NOT FALSE"},
         {"IS_UNKNOWN", " IS UNKNOWN"},
         {"IS_NOT_UNKNOWN", " IS NOT UNKNOWN"}}};
    const auto inner = operand(content["arg"]);
    if (!inner) return std::nullopt;
    const std::string wanted = content["booltesttype"].string_or("");
    for (const auto& [name, shown] : tests) {
      if (wanted == name) return *inner + std::string(shown);
    }
    return std::nullopt;
  }

  Text collation(json::View content) const {
    const auto inner = operand(content["arg"]);
    if (!inner) return std::nullopt;
    std::vector<std::string> parts;
    for (const json::View part : content["collname"].elements()) {
      parts.push_back("\"" + part["String"]["sval"].string_or("") + "\"");
    }
    return *inner + " COLLATE " + text::join(parts, ".");
  }

  Text null_test(json::View content) const {
    const auto inner = operand(content["arg"]);
    if (!inner) return std::nullopt;
    return *inner +
           (content["nulltesttype"].string_or("") == "IS_NULL" ? " IS NULL" : " IS NOT NULL");
  }

  Text boolean(json::View content) const {
    const std::string op = content["boolop"].string_or("");
    std::vector<std::string> parts;
    for (const json::View argument : content["args"].elements()) {
      auto part = operand(argument);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
    if (op == "NOT_EXPR") return parts.empty() ? Text() : Text("NOT " + parts[0]);
    return text::join(parts, op == "AND_EXPR" ? " AND " : " OR ");
  }

  const ColumnText& column_;
  const TextColumn& is_text_;
};

Result<json::Document> parse_expression(std::string_view text) {
  return parse("SELECT " + std::string(text));
}

json::View expression_of(const json::Document& tree) {
  const auto all = statements(tree);
  if (all.size() != 1) return {};
  const auto targets = all[0]["SelectStmt"]["targetList"].elements();
  return targets.size() == 1 ? targets[0]["ResTarget"]["val"] : json::View();
}

}  // namespace

std::optional<std::string> expression_text(json::View expression, const ColumnText& column,
                                           const TextColumn& is_text) {
  return Printer(column, is_text).print(expression);
}

std::optional<std::string> canonical_expression(std::string_view text) {
  const auto tree = parse_expression(text);
  if (!tree.ok()) return std::nullopt;
  const auto name = [](json::View reference) {
    const auto fields = reference["fields"].elements();
    return fields.empty() ? std::string()
                          : quote_identifier(fields.back()["String"]["sval"].string_or(""));
  };
  return expression_text(expression_of(*tree), name, [](json::View) { return true; });
}

}  // namespace whet::sql
