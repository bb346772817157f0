#include "sql/expression.h"

#include <algorithm>
#include <array>

#include <pg_query.h>

#include "base/text.h"
#include "sql/parse.h"

namespace whet::sql {

namespace {

using Text = std::optional<std::string>;

bool is_plain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Asks the grammar whether the word can name a column without quotes.
bool is_free_word(std::string_view name) {
  const std::string probe = "SELECT " + std::string(name) + " FROM " + std::string(name);
  const auto tree = parse(probe);
  if (!tree.ok()) return false;
  const auto all = statements(*tree);
  return all.size() == 1 && node(all[0])
                                .second["targetList"]
                                .elements()
                                .at(0)["ResTarget"]["val"]["ColumnRef"]
                                .present();
}

std::string dotted(json::View names) {
  std::vector<std::string> parts;
  for (const json::View part : names.elements()) {
    const std::string name = part["String"]["sval"].string_or("");
    if (name != "pg_catalog") parts.push_back(identifier(name));
  }
  return text::join(parts, ".");
}

std::string type_name(json::View type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> names{
      {{"int4", "integer"},
       {"int8", "bigint"},
       {"int2", "smallint"},
       {"bool", "boolean"},
       {"float8", "double precision"},
       {"float4", "real"},
       {"bpchar", "character"},
       {"timestamptz", "timestamp with time zone"},
       {"timetz", "time with time zone"}}};
  std::string name = dotted(type["names"]);
  for (const auto& [internal, shown] : names) {
    if (name == internal) name = shown;
  }
  if (type["arrayBounds"].present()) name += "[]";
  return name;
}

Text constant(json::View value) {
  if (value["isnull"].boolean_or(false)) return "NULL";
  if (value["boolval"].present())
    return value["boolval"]["boolval"].boolean_or(false) ? "true" : "false";
  if (value["ival"].present()) return std::to_string(value["ival"]["ival"].integer_or(0));
  if (value["fval"].present()) return value["fval"]["fval"].string_or("0");
  if (value["sval"].present())
    return "'" + text::replace_all(value["sval"]["sval"].string_or(""), "'", "''") + "'";
  return std::nullopt;
}

class Printer {
 public:
  explicit Printer(const ColumnText& column) : column_(column) {}

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
    if (type == "BoolExpr") return boolean(content);
    if (type == "SQLValueFunction") return content["op"].string_or("").substr(6);  // SVFOP_...
    return std::nullopt;
  }

 private:
  // An operand: anything but a name, a constant or a call goes in parentheses.
  Text operand(json::View expression) const {
    auto inner = print(expression);
    const auto [type, content] = node(expression);
    const bool constant_text =
        content["arg"]["A_Const"].present() && type_name(content["typeName"]) == "text";
    const bool alone = type == "ColumnRef" || type == "A_Const" || type == "ParamRef" ||
                       type == "FuncCall" || type == "CoalesceExpr" || type == "MinMaxExpr" ||
                       constant_text;
    return inner && !alone ? Text("(" + *inner + ")") : inner;
  }

  Text call(const std::string& name, json::View arguments) const {
    std::vector<std::string> parts;
    for (const json::View argument : arguments.elements()) {
      // A cast to text around a varchar argument is the server's own addition.
      const json::View cast_node = argument["TypeCast"];
      const bool added =
          cast_node["arg"]["ColumnRef"].present() && type_name(cast_node["typeName"]) == "text";
      auto part = print(added ? cast_node["arg"] : argument);
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
    const std::string type = type_name(content["typeName"]);
    // 'k'::text and 'k' are the same constant.
    if (content["arg"]["A_Const"].present() && type == "text") return print(content["arg"]);
    auto inner = print(content["arg"]);
    if (!inner) return std::nullopt;
    return "(" + *inner + ")::" + type;
  }

  Text operation(json::View content) const {
    const std::string kind = content["kind"].string_or("");
    if (kind != "AEXPR_OP" && kind != "AEXPR_LIKE" && kind != "AEXPR_ILIKE") return std::nullopt;
    const auto right = operand(content["rexpr"]);
    if (!right) return std::nullopt;
    const std::string op = dotted_operator(content["name"]);
    if (!content["lexpr"].present()) return op + *right;
    const auto left = operand(content["lexpr"]);
    if (!left) return std::nullopt;
    return *left + " " + op + " " + *right;
  }

  static std::string dotted_operator(json::View names) {
    const auto parts = names.elements();
    return parts.empty() ? "" : parts.back()["String"]["sval"].string_or("");
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
};

// Functions that PostgreSQL marks immutable for every argument type they are used with here.
constexpr std::array immutable_functions{
    "lower", "upper", "length",  "char_length", "octet_length", "md5",        "abs",     "round",
    "trunc", "ceil",  "floor",   "mod",         "btrim",        "ltrim",      "rtrim",   "substr",
    "left",  "right", "reverse", "replace",     "strpos",       "split_part", "coalesce"};

bool is_immutable_cast(std::string_view to, std::string_view from) {
  const auto is_integer = [](std::string_view type) {
    return type == "int2" || type == "int4" || type == "int8" || type == "smallint" ||
           type == "integer" || type == "bigint";
  };
  if (to == "date") return from == "timestamp";
  if (to == "text")
    return is_integer(from) || from == "varchar" || from == "uuid" || from == "numeric";
  return is_integer(to) && (is_integer(from) || from == "numeric");
}

bool walk_immutable(json::View view, std::string_view column_type) {
  for (const auto& [type, content] : view.members()) {
    if (type == "FuncCall") {
      const std::string name = text::lower(dotted(content["funcname"]));
      if (std::find(immutable_functions.begin(), immutable_functions.end(), name) ==
          immutable_functions.end())
        return false;
    }
    if (type == "ParamRef" || type == "SQLValueFunction" || type == "A_Expr") return false;
    if (type == "TypeCast" && (!content["arg"]["ColumnRef"].present() ||
                               !is_immutable_cast(type_name(content["typeName"]), column_type)))
      return false;
    if (!walk_immutable(content, column_type)) return false;
  }
  for (const json::View element : view.elements()) {
    if (!walk_immutable(element, column_type)) return false;
  }
  return true;
}

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

std::string identifier(std::string_view name) {
  if (is_plain(name) && is_free_word(name)) return std::string(name);
  return "\"" + text::replace_all(std::string(name), "\"", "\"\"") + "\"";
}

std::optional<std::string> expression_text(json::View expression, const ColumnText& column) {
  return Printer(column).print(expression);
}

std::optional<std::string> canonical_expression(std::string_view text) {
  const auto tree = parse_expression(text);
  if (!tree.ok()) return std::nullopt;
  return expression_text(expression_of(*tree), [](json::View reference) {
    const auto fields = reference["fields"].elements();
    return fields.empty() ? std::string()
                          : identifier(fields.back()["String"]["sval"].string_or(""));
  });
}

bool is_immutable(std::string_view expression, std::string_view column_type) {
  const auto tree = parse_expression(expression);
  if (!tree.ok()) return false;
  const json::View view = expression_of(*tree);
  return view.present() && walk_immutable(view, column_type);
}

}  // namespace whet::sql
