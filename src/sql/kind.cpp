#include "sql/kind.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "sql/parse.h"
#include "sql/tokens.h"

namespace whet::sql {

namespace {

using model::StatementKind;

struct Name {
  std::string_view node;
  StatementKind kind;
};

constexpr std::array kinds{
    Name{"SelectStmt", StatementKind::select},
    Name{"InsertStmt", StatementKind::insert},
    Name{"UpdateStmt", StatementKind::update},
    Name{"DeleteStmt", StatementKind::remove},
    Name{"MergeStmt", StatementKind::merge},
    Name{"TransactionStmt", StatementKind::transaction},
    Name{"CreateTableAsStmt", StatementKind::ddl},
    Name{"IndexStmt", StatementKind::ddl},
    Name{"ViewStmt", StatementKind::ddl},
    Name{"RuleStmt", StatementKind::ddl},
    Name{"DropStmt", StatementKind::ddl},
    Name{"RenameStmt", StatementKind::ddl},
    Name{"TruncateStmt", StatementKind::ddl},
    Name{"CommentStmt", StatementKind::ddl},
    Name{"GrantStmt", StatementKind::ddl},
    Name{"GrantRoleStmt", StatementKind::ddl},
    Name{"DefineStmt", StatementKind::ddl},
    Name{"CompositeTypeStmt", StatementKind::ddl},
    Name{"RefreshMatViewStmt", StatementKind::utility},
};

StatementKind kind_of_node(std::string_view type) {
  for (const Name& name : kinds) {
    if (name.node == type) return name.kind;
  }
  // The grammar names its other definitions CreateXxx, AlterXxx and DropXxx.
  if (type.starts_with("Create") || type.starts_with("Alter") || type.starts_with("Drop"))
    return StatementKind::ddl;
  return type.empty() ? StatementKind::other : StatementKind::utility;
}

constexpr std::array words{
    Name{"select", StatementKind::select},
    Name{"with", StatementKind::select},
    Name{"values", StatementKind::select},
    Name{"table", StatementKind::select},
    Name{"insert", StatementKind::insert},
    Name{"update", StatementKind::update},
    Name{"delete", StatementKind::remove},
    Name{"merge", StatementKind::merge},
    Name{"begin", StatementKind::transaction},
    Name{"start", StatementKind::transaction},
    Name{"commit", StatementKind::transaction},
    Name{"end", StatementKind::transaction},
    Name{"rollback", StatementKind::transaction},
    Name{"abort", StatementKind::transaction},
    Name{"savepoint", StatementKind::transaction},
    Name{"release", StatementKind::transaction},
    Name{"create", StatementKind::ddl},
    Name{"alter", StatementKind::ddl},
    Name{"drop", StatementKind::ddl},
    Name{"truncate", StatementKind::ddl},
    Name{"grant", StatementKind::ddl},
    Name{"revoke", StatementKind::ddl},
    Name{"comment", StatementKind::ddl},
    Name{"set", StatementKind::utility},
    Name{"reset", StatementKind::utility},
    Name{"show", StatementKind::utility},
    Name{"vacuum", StatementKind::utility},
    Name{"analyze", StatementKind::utility},
    Name{"copy", StatementKind::utility},
    Name{"explain", StatementKind::utility},
    Name{"call", StatementKind::utility},
    Name{"do", StatementKind::utility},
};

StatementKind kind_of_first_word(const std::string& text) {
  for (const Token& token : tokens(text)) {
    if (token.kind == TokenKind::space || token.text == "(") continue;
    const std::string word = text::lower(token.text);
    for (const Name& name : words) {
      if (name.node == word) return name.kind;
    }
    break;
  }
  return StatementKind::other;
}

std::string function_name(json::View names) {
  std::vector<std::string> parts;
  for (const json::View part : names.elements()) {
    const std::string name = part["String"]["sval"].string_or("");
    if (name != "pg_catalog") parts.push_back(name);
  }
  return text::join(parts, ".");
}

struct Survey {
  bool writes = false;
  std::set<std::string> functions;

  void visit(json::View view) {
    for (const auto& [type, content] : view.members()) {
      if (type == "FuncCall") functions.insert(function_name(content["funcname"]));
      writes = writes || type == "intoClause" || type == "lockingClause" || type == "InsertStmt" ||
               type == "UpdateStmt" || type == "DeleteStmt" || type == "MergeStmt";
      visit(content);
    }
    for (const json::View element : view.elements()) visit(element);
  }
};

}  // namespace

Classification classify(std::string_view text) {
  Classification out;
  const std::string cleaned = clean(text);
  const auto tree = parse(cleaned);
  if (!tree.ok()) {
    out.kind = kind_of_first_word(cleaned);
    return out;
  }
  const auto all = statements(*tree);
  if (all.empty()) return out;
  out.parsed = true;
  out.kind = kind_of_node(node(all.front()).first);
  out.pure_read = true;
  Survey survey;
  for (const json::View statement : all) {
    survey.visit(statement);
    out.pure_read = out.pure_read && node(statement).first == "SelectStmt";
  }
  out.pure_read = out.pure_read && !survey.writes;
  out.functions.assign(survey.functions.begin(), survey.functions.end());
  return out;
}

}  // namespace whet::sql
