#include "engine/mysql/explain.h"

#include "base/json.h"
#include "base/text.h"
#include "engine/mysql/probes.h"
#include "engine/mysql/replication_rows.h"
#include "engine/mysql/resolved.h"
#include "plans/mysql/parse.h"

namespace whet::engine::mysql {

namespace {

/// The note that holds the statement as it was resolved.
constexpr std::string_view resolved_note = "1003";

void mask_node(model::PlanNode& node, const sql::mysql::Mode& mode) {
  const auto mask = [&](std::string& expression) {
    if (!expression.empty()) expression = mask_expression(expression, mode);
  };
  for (auto* expression : {&node.filter, &node.join_filter, &node.index_condition,
                           &node.recheck_condition, &node.hash_condition, &node.merge_condition,
                           &node.one_time_filter, &node.order_by, &node.cache_key})
    mask(*expression);
  for (auto* list : {&node.sort_keys, &node.presorted_keys, &node.group_keys, &node.output}) {
    for (auto& expression : *list) mask(expression);
  }
  for (auto& [name, value] : node.other) mask(value);
  for (auto& child : node.children) mask_node(child, mode);
}

/// The second version of MySQL's JSON has it in the plan.
std::string resolved_in(const Rows& explained) {
  const auto document = json::Document::parse(explained.text(0, 0));
  return document ? document->root()["query"].string_or("") : std::string();
}

/// What SHOW WARNINGS tells of the statement before it: the first version of MySQL's JSON and
/// MariaDB have the resolved text there.
Status read_warnings(Connection& connection, const Rows& explained, Explained& out,
                     const Progress* progress) {
  // Without warnings it would show those of another statement.
  if (explained.warnings == 0) return {};
  const Rows rows = WHET_TRY(connection.query("SHOW WARNINGS", {}, progress));
  for (int i = 0; i < rows.size(); ++i) {
    if (rows.text(i, "Code") == resolved_note) {
      out.resolved = rows.text(i, "Message");
      continue;
    }
    model::PlanWarning warning;
    warning.code = text::to_int(rows.text(i, "Code")).value_or(0);
    // This one quotes the names of an index and a column, and no value.
    constexpr std::int64_t no_access_by_conversion = 1739;
    warning.message = warning.code == no_access_by_conversion
                          ? std::string(rows.text(i, "Message"))
                          : without_values(rows.text(i, "Message"));
    out.plan.warnings.push_back(std::move(warning));
  }
  return {};
}

/// MariaDB tells the resolved text only with the format of old.
Status read_extended(Connection& connection, const std::string& statement, Explained& out,
                     const Progress* progress) {
  Explained extended;
  const Rows rows = WHET_TRY(connection.query("EXPLAIN EXTENDED " + statement, {}, progress));
  WHET_TRY_VOID(read_warnings(connection, rows, extended, progress));
  out.resolved = std::move(extended.resolved);
  if (out.plan.warnings.empty()) out.plan.warnings = std::move(extended.plan.warnings);
  return {};
}

}  // namespace

void mask_literals(model::Plan& plan, const sql::mysql::Mode& mode) { mask_node(plan.root, mode); }

Result<Explained> explain_statement(Connection& connection, const std::string& schema,
                                    const std::string& statement, const Progress* progress) {
  if (!schema.empty())
    WHET_TRY_VOID(connection.execute("USE " + Connection::quote_identifier(schema), progress));
  const Rows rows = WHET_TRY(connection.query("EXPLAIN FORMAT=JSON " + statement, {}, progress));
  Explained out;
  out.plan = WHET_TRY(plans::mysql::parse(rows.text(0, 0)));
  out.resolved = resolved_in(rows);
  WHET_TRY_VOID(read_warnings(connection, rows, out, progress));
  if (out.resolved.empty() && connection.mariadb())
    WHET_TRY_VOID(read_extended(connection, statement, out, progress));
  return out;
}

WritesMayBePlanned::WritesMayBePlanned(Connection& connection) : connection_(connection) {
  (void)connection_.execute("SET SESSION TRANSACTION READ WRITE");
  // The second version has no plan of an UPDATE or DELETE of one table.
  if (has(Feature::plan_versions, connection_.fork(), connection_.version()))
    (void)connection_.execute("SET SESSION explain_json_format_version = 1");
}

WritesMayBePlanned::~WritesMayBePlanned() {
  if (has(Feature::plan_versions, connection_.fork(), connection_.version()))
    (void)connection_.execute("SET SESSION explain_json_format_version = DEFAULT");
  (void)connection_.execute("SET SESSION TRANSACTION READ ONLY");
}

}  // namespace whet::engine::mysql
