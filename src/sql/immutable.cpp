#include "sql/immutable.h"

#include <vector>

#include "base/text.h"
#include "sql/immutable_builtins.h"
#include "sql/parse.h"
#include "sql/shaper.h"

namespace whet::sql {

namespace {

using Type = std::optional<std::string>;

std::string dotted(json::View names) {
  std::vector<std::string> parts;
  for (const json::View part : names.elements()) {
    std::string name = part["String"]["sval"].string_or("");
    if (name != "pg_catalog") parts.push_back(std::move(name));
  }
  return text::join(parts, ".");
}

class Typist {
 public:
  Typist(const ColumnType& columns, const model::Schema& own) : columns_(columns), own_(own) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the parse tree, which is bounded
  Type type(json::View expression) const {
    const auto [kind, content] = node(expression);
    if (kind == "ColumnRef") return column(content);
    if (kind == "A_Const") return constant(content);
    if (kind == "TypeCast") return cast(content);
    if (kind == "FuncCall") return function(content);
    if (kind == "A_Expr") return operation(content);
    if (kind == "CoalesceExpr" || kind == "MinMaxExpr") return common(content["args"]);
    if (kind == "CollateClause") return type(content["arg"]);
    if (kind == "NullTest" || kind == "BooleanTest")
      return type(content["arg"]) ? Type("bool") : Type();
    if (kind == "BoolExpr") return all_known(content["args"]) ? Type("bool") : Type();
    if (kind == "A_ArrayExpr") {
      const Type element = common(content["elements"]);
      return element ? Type(*element == "unknown" ? *element : *element + "[]") : Type();
    }
    return std::nullopt;
  }

 private:
  Type column(json::View reference) const {
    const auto fields = reference["fields"].elements();
    if (fields.empty()) return std::nullopt;
    std::string found = columns_(fields.back()["String"]["sval"].string_or(""));
    return found.empty() ? Type() : Type(std::move(found));
  }

  static Type constant(json::View value) {
    if (value["ival"].present()) return "int4";
    if (value["fval"].present()) return "numeric";
    return value["boolval"].present() ? "bool" : "unknown";
  }

  Type cast(json::View content) const {
    std::string to = dotted(content["typeName"]["names"]);
    if (content["typeName"]["arrayBounds"].present()) to += "[]";
    const Type from = type(content["arg"]);
    if (!from || !is_immutable_cast(*from, to)) return std::nullopt;
    return to;
  }

  Type function(json::View content) const {
    const std::string name = dotted(content["funcname"]);
    std::vector<std::string> types;
    for (const json::View argument : content["args"].elements()) {
      const Type one = type(argument);
      if (!one) return std::nullopt;
      types.push_back(*one);
    }
    // A configuration is a literal: the form of to_tsvector() without one depends on a setting.
    if (name == "to_tsvector" && types.size() == 2 && types[0] == "unknown") types[0] = "regconfig";
    if (Type result = builtin_result(name, types)) return result;
    return types.empty() ? Type() : own_function(name);
  }

  // Which of several forms is meant is not known: all must be immutable.
  Type own_function(const std::string& name) const {
    Type out;
    for (const model::Function& function : own_.functions) {
      if (function.name != name && function.schema + "." + function.name != name) continue;
      if (function.volatility != "immutable") return std::nullopt;
      const bool first = !out.has_value();
      out = first || *out == function.result ? function.result : "?";
      if (out->empty()) out = "?";
    }
    return out;
  }

  Type operation(json::View content) const {
    const std::string kind = content["kind"].string_or("");
    if (kind == "AEXPR_IN" || kind.find("BETWEEN") != std::string::npos) {
      const Type left = type(content["lexpr"]);
      for (const json::View value : content["rexpr"]["List"]["items"].elements()) {
        const Type right = type(value);
        if (!left || !right || !operator_result("=", *left, *right)) return std::nullopt;
      }
      return "bool";
    }
    const Type right = type(content["rexpr"]);
    Type left = content["lexpr"].present() ? type(content["lexpr"]) : Type("");
    if (!left || !right) return std::nullopt;
    if (kind == "AEXPR_NULLIF") return left;
    if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT")
      return operator_result("=", *left, *right);
    if (kind == "AEXPR_OP_ANY")
      return right->ends_with("[]") || *right == "unknown" ? Type("bool") : Type();
    if (kind != "AEXPR_OP" && kind != "AEXPR_LIKE" && kind != "AEXPR_ILIKE") return std::nullopt;
    return operator_result(operator_name(content), *left, *right);
  }

  // The one type of several expressions.
  Type common(json::View list) const {
    Type out;
    for (const json::View one : list.elements()) {
      const Type here = type(one);
      if (!here) return std::nullopt;
      if (!out || *out == "unknown") {
        out = here;
      } else if (*here != "unknown" && !operator_result("=", *out, *here)) {
        return std::nullopt;
      }
    }
    return out;
  }

  bool all_known(json::View list) const {
    for (const json::View one : list.elements()) {
      if (!type(one)) return false;
    }
    return true;
  }

  const ColumnType& columns_;
  const model::Schema& own_;
};

}  // namespace

std::optional<std::string> immutable_type(std::string_view expression, const ColumnType& columns,
                                          const model::Schema& own) {
  const auto tree = parse("SELECT " + std::string(expression));
  if (!tree.ok()) return std::nullopt;
  const auto all = statements(*tree);
  if (all.size() != 1) return std::nullopt;
  const auto targets = all[0]["SelectStmt"]["targetList"].elements();
  if (targets.size() != 1) return std::nullopt;
  return Typist(columns, own).type(targets[0]["ResTarget"]["val"]);
}

bool is_immutable(std::string_view expression, std::string_view column_type) {
  const model::Schema none;
  return immutable_type(
             expression, [&](std::string_view) { return std::string(column_type); }, none)
      .has_value();
}

}  // namespace whet::sql
