#include "engine/postgres/explain.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plans/parse.h"
#include "sql/tokens.h"

namespace whet::engine::postgres {

namespace {

/// From here on EXPLAIN takes $n by itself.
constexpr std::int64_t first_generic_plan = 160000;

Result<model::Plan> parse(const Result<Rows>& rows) {
  if (!rows) return rows.error();
  if (rows->empty()) return Error{ErrorKind::invalid, "The server gave no plan.", "", ""};
  std::string text;
  for (int i = 0; i < rows->size(); ++i) text += std::string(rows->text(i, 0)) + "\n";
  return plans::parse(text);
}

/// Before 16: a prepared statement, planned for all values.
Result<model::Plan> prepared_plan(Connection& connection, const std::string& statement,
                                  const Progress* progress) {
  WHET_TRY(connection.query("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"));
  WHET_TRY_VOID(connection.execute("PREPARE whet_plan AS " + statement, progress));
  std::vector<std::string> values(static_cast<std::size_t>(highest_parameter(statement)), "NULL");
  const auto rows = connection.query(
      "EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE whet_plan(" + text::join(values, ", ") + ")", {},
      progress);
  WHET_TRY_VOID(connection.execute("DEALLOCATE whet_plan"));
  return parse(rows);
}

void note_indexes(const model::PlanNode& node, std::set<std::string>& names) {
  if (!node.index.empty()) names.insert(node.index);
  for (const auto& child : node.children) note_indexes(child, names);
}

bool is_typed_constant(std::string_view word) {
  constexpr std::array<std::string_view, 6> types{"interval",  "date",        "time",
                                                  "timestamp", "timestamptz", "timetz"};
  return std::find(types.begin(), types.end(), text::lower(word)) != types.end();
}

}  // namespace

DefaultSearchPath::DefaultSearchPath(Connection& connection) : connection_(connection) {
  (void)connection_.execute("SET search_path TO DEFAULT");
}

DefaultSearchPath::~DefaultSearchPath() {
  (void)connection_.execute("SET search_path TO pg_catalog");
}

std::set<std::string> index_names(const model::Plan& plan) {
  std::set<std::string> names;
  note_indexes(plan.root, names);
  return names;
}

int highest_parameter(std::string_view statement) {
  std::int64_t highest = 0;
  for (const auto& token : sql::tokens(statement)) {
    if (token.kind == sql::TokenKind::param)
      highest = std::max(highest, text::to_int(token.text.substr(1)).value_or(0));
  }
  return static_cast<int>(std::min<std::int64_t>(highest, 65535));
}

std::string with_castable_parameters(std::string_view statement) {
  const auto tokens = sql::tokens(statement);
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool constant = tokens[i].kind == sql::TokenKind::word &&
                          is_typed_constant(tokens[i].text) && i + 2 < tokens.size() &&
                          tokens[i + 1].kind == sql::TokenKind::space &&
                          tokens[i + 2].kind == sql::TokenKind::param;
    if (constant) {
      out += std::string(tokens[i + 2].text) + "::" + std::string(tokens[i].text);
      i += 2;
    } else {
      out += tokens[i].text;
    }
  }
  return out;
}

Result<model::Plan> generic_plan(Connection& connection, const std::string& statement,
                                 const Progress* progress) {
  const std::string text = with_castable_parameters(statement);
  if (highest_parameter(text) == 0)
    return parse(connection.query("EXPLAIN (FORMAT JSON, VERBOSE) " + text, {}, progress));
  if (connection.version() < first_generic_plan) return prepared_plan(connection, text, progress);
  return parse(
      connection.query_simple("EXPLAIN (GENERIC_PLAN, FORMAT JSON, VERBOSE) " + text, progress));
}

Result<model::Plan> explain_statement(Connection& connection, const std::string& statement,
                                      bool analyze, const Progress* progress) {
  if (!analyze) return generic_plan(connection, statement, progress);
  if (highest_parameter(statement) > 0) {
    return Error{ErrorKind::usage, "A statement with $n parameters cannot be run.",
                 "Put values in their place, or leave out --analyze.", ""};
  }
  // The session is read-only; a statement that writes may do so here, until the rollback.
  // A replica takes only reads.
  if (!connection.execute("BEGIN READ WRITE")) {
    (void)connection.execute("ROLLBACK");
    WHET_TRY_VOID(connection.execute("BEGIN"));
  }
  // Whet's own sessions run without JIT; the statement shall run as it does for the application.
  (void)connection.execute("SET LOCAL jit TO DEFAULT");
  const auto rows = connection.query(
      "EXPLAIN (ANALYZE, BUFFERS, WAL, SETTINGS, VERBOSE, FORMAT JSON) " + statement, {}, progress);
  if (connection.alive()) WHET_TRY_VOID(connection.execute("ROLLBACK"));
  return parse(rows);
}

}  // namespace whet::engine::postgres
