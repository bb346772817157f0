#include "engine/mysql/explain_command.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/mysql/explain.h"
#include "plans/mysql/names.h"
#include "plans/mysql/parse.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/tokens.h"

namespace whet::engine::mysql {

namespace {

// Source: MySQL manual, EXPLAIN statement; tried on 9.7.
constexpr std::int64_t first_analyze = 80018;       ///< EXPLAIN ANALYZE, as TREE
constexpr std::int64_t first_analyze_json = 90000;  ///< EXPLAIN ANALYZE FORMAT=JSON

/// The form of EXPLAIN ANALYZE that tells most.
std::string analysis_of(const Connection& connection) {
  if (connection.mariadb()) return "ANALYZE FORMAT=JSON ";
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

bool lacks_schema(const model::PlanNode& node) {
  if (!node.relation.empty() && node.schema.empty()) return true;
  return std::any_of(node.children.begin(), node.children.end(), lacks_schema);
}

/// A stored function may be evaluated while a statement is planned. In a session that may write,
/// it may do anything.
Status calls_nothing_stored(Connection& connection, const ApplicationSession& session,
                            const std::string& statement) {
  const auto functions = sql::mysql::classify(statement, session.mode()).functions;
  if (functions.empty()) return {};
  const Rows rows = WHET_TRY(connection.query(
      "SELECT LOWER(ROUTINE_NAME) FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = "
      "'FUNCTION'"));
  for (int i = 0; i < rows.size(); ++i) {
    for (const std::string& name : functions) {
      if (name.substr(name.rfind('.') + 1) != rows.text(i, 0)) continue;
      return Error{ErrorKind::usage,
                   "A statement that writes and calls the stored function " + name +
                       " is not planned: planning may run the function.",
                   "Explain it with the function's value in its place.", ""};
    }
  }
  return {};
}

/// Nothing is run. Statements that write need a session that may.
Result<Explained> estimated(Connection& connection, const std::string& statement, bool writes,
                            const Progress* progress) {
  if (!writes) return explain_statement(connection, "", statement, progress);
  const WritesMayBePlanned session(connection);
  return explain_statement(connection, "", statement, progress);
}

Result<model::Plan> analyzed(Connection& connection, const std::string& statement,
                             const Progress* progress) {
  // EXPLAIN ANALYZE is in JSON in the second version only.
  if (!connection.mariadb() && connection.version() >= first_analyze_json)
    WHET_TRY_VOID(connection.execute("SET SESSION explain_json_format_version = 2"));
  const Rows rows = WHET_TRY(connection.query(analysis_of(connection) + statement, {}, progress));
  std::string text;
  for (int i = 0; i < rows.size(); ++i) text += std::string(rows.text(i, 0)) + "\n";
  return plans::mysql::parse(text);
}

bool is_write(model::StatementKind kind) {
  return kind == model::StatementKind::insert || kind == model::StatementKind::update ||
         kind == model::StatementKind::remove;
}

}  // namespace

Result<model::Plan> explain_for_user(Connection& connection, const ApplicationSession& session,
                                     const std::string& statement, bool analyze,
                                     const Progress* progress) {
  WHET_TRY_VOID(may_be_explained(connection, session, statement, analyze));
  const std::string text = session.translated(statement);
  const bool writes = is_write(sql::mysql::kind_of(statement, session.mode()));
  std::optional<model::Plan> measured;
  if (writes) WHET_TRY_VOID(calls_nothing_stored(connection, session, statement));
  if (analyze) measured = WHET_TRY(analyzed(connection, text, progress));
  if (measured && !lacks_schema(measured->root)) return *std::move(measured);
  Explained explained = WHET_TRY(estimated(connection, text, writes, progress));
  model::Plan& plan = measured ? *measured : explained.plan;
  if (measured) plan.warnings = std::move(explained.plan.warnings);
  plans::mysql::resolve_names(plan, explained.resolved);
  return std::move(plan);
}

}  // namespace whet::engine::mysql
