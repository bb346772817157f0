#include "engine/mysql/explain_command.h"

#include <algorithm>

#include "base/text.h"
#include "plans/mysql/names.h"
#include "plans/mysql/parse.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/tokens.h"

namespace whet::engine::mysql {

namespace {

// Source: MySQL manual, EXPLAIN statement; tried on 9.7.
constexpr std::int64_t first_analyze = 80018;       ///< EXPLAIN ANALYZE, as TREE
constexpr std::int64_t first_json_2 = 80300;        ///< explain_json_format_version
constexpr std::int64_t first_analyze_json = 90000;  ///< EXPLAIN ANALYZE FORMAT=JSON

/// The form of EXPLAIN that tells most.
std::string explain_of(const Connection& connection, bool analyze) {
  if (connection.mariadb()) return analyze ? "ANALYZE FORMAT=JSON " : "EXPLAIN FORMAT=JSON ";
  if (!analyze) return "EXPLAIN FORMAT=JSON ";
  return connection.version() >= first_analyze_json ? "EXPLAIN ANALYZE FORMAT=JSON "
                                                    : "EXPLAIN ANALYZE FORMAT=TREE ";
}

Status may_be_explained(const Connection& connection, const ApplicationSession& session,
                        const std::string& statement, bool analyze) {
  const auto tokens = sql::mysql::code_tokens(statement, session.mode());
  const auto parameters = std::count_if(
      tokens.begin(), tokens.end(),
      [](const sql::mysql::Token& token) { return token.kind == sql::mysql::TokenKind::param; });
  if (parameters > 0) {
    return Error{ErrorKind::usage, "MySQL cannot plan a statement with ? for a value.",
                 "Put values in their place.", ""};
  }
  if (!analyze) return {};
  if (!connection.mariadb() && connection.version() < first_analyze) {
    return Error{ErrorKind::usage,
                 "MySQL " + connection.version_text() + " has no EXPLAIN ANALYZE.",
                 "Leave out --analyze; MySQL has it from 8.0.18 on.", ""};
  }
  if (sql::mysql::classify(statement, session.mode()).pure_read) return {};
  return Error{ErrorKind::usage,
               "Only statements that read are run to be explained: not every table of MySQL could "
               "be rolled back.",
               "Leave out --analyze.", ""};
}

/// EXPLAIN of a statement that writes wants a transaction that may.
Result<Rows> ask(Connection& connection, const std::string& sql, bool writes,
                 const Progress* progress) {
  if (!writes) return connection.query(sql, {}, progress);
  WHET_TRY_VOID(connection.execute("START TRANSACTION READ WRITE"));
  auto rows = connection.query(sql, {}, progress);
  if (connection.alive()) WHET_TRY_VOID(connection.execute("ROLLBACK"));
  return rows;
}

bool lacks_schema(const model::PlanNode& node) {
  if (!node.relation.empty() && node.schema.empty()) return true;
  return std::any_of(node.children.begin(), node.children.end(), lacks_schema);
}

}  // namespace

Result<model::Plan> explain_for_user(Connection& connection, const ApplicationSession& session,
                                      const std::string& statement, bool analyze,
                                      const Progress* progress) {
  WHET_TRY_VOID(may_be_explained(connection, session, statement, analyze));
  const auto kind = sql::mysql::kind_of(statement, session.mode());
  const bool writes = kind == model::StatementKind::insert ||
                      kind == model::StatementKind::update || kind == model::StatementKind::remove;
  // Version 2 knows nothing of most statements that write ("not executable by iterator executor").
  if (!connection.mariadb() && connection.version() >= first_json_2)
    WHET_TRY_VOID(connection.execute(std::string("SET SESSION explain_json_format_version = ") +
                                     (writes ? "1" : "2")));
  const Rows rows =
      WHET_TRY(ask(connection, explain_of(connection, analyze) + statement, writes, progress));
  std::string text;
  for (int i = 0; i < rows.size(); ++i) text += std::string(rows.text(i, 0)) + "\n";
  model::Plan plan = WHET_TRY(plans::mysql::parse(text));
  if (!lacks_schema(plan.root)) return plan;
  plans::mysql::resolve_names(plan, WHET_TRY(resolved_statement(connection, statement, progress)));
  return plan;
}

Result<std::string> resolved_statement(Connection& connection, const std::string& statement,
                                       const Progress* progress) {
  const std::string form =
      connection.mariadb() ? "EXPLAIN EXTENDED " : "EXPLAIN FORMAT=TRADITIONAL ";
  constexpr std::string_view note = "1003";  // ER_YES
  // In a transaction of its own for statements that write; asking for warnings ends nothing.
  WHET_TRY_VOID(connection.execute("START TRANSACTION READ WRITE"));
  const auto plan = connection.query(form + statement, {}, progress);
  std::string out;
  if (plan) {
    const Rows rows = WHET_TRY(connection.query("SHOW WARNINGS"));
    for (int i = 0; i < rows.size(); ++i) {
      if (rows.text(i, "Code") == note) out = std::string(rows.text(i, "Message"));
    }
  }
  if (connection.alive()) WHET_TRY_VOID(connection.execute("ROLLBACK"));
  if (!plan) return plan.error();
  return out;
}

}  // namespace whet::engine::mysql
