#include "engine/postgres/executor_inspect.h"

#include <utility>

#include "base/text.h"
#include "engine/postgres/executor_settings.h"
#include "engine/postgres/render.h"
#include "sql/quote.h"

namespace whet::engine::postgres {
namespace {

using model::Action;
using model::ActionKind;

/// A relation with the name of the change's index.
struct Found {
  bool exists = false;
  bool is_index = false;
  std::int64_t oid = 0;
  std::string table, method, definition;
  bool valid = false, building = false;
  std::vector<std::string> columns;  // as the server prints key parts
};

std::string schema_of(const Action& action) {
  return action.index->schema.empty() ? action.schema : action.index->schema;
}

Result<Found> find_index(Connection& connection, const Action& action) {
  const Rows rows = WHET_TRY(connection.query(
      "SELECT c.oid::int8, i.indexrelid IS NOT NULL, "
      "coalesce(tn.nspname || '.' || t.relname, ''), coalesce(am.amname, ''), "
      "coalesce(i.indisvalid AND i.indisready AND i.indislive, false), "
      "EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid "
      "        AND p.pid <> pg_backend_pid()), "
      "CASE WHEN i.indexrelid IS NOT NULL THEN pg_get_indexdef(c.oid) ELSE '' END, "
      "ARRAY(SELECT pg_get_indexdef(c.oid, k, false) FROM generate_series(1, i.indnkeyatts) k) "
      "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
      "LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid "
      "LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam "
      "WHERE n.nspname = $1 AND c.relname = $2",
      {schema_of(action), action.index->name}));
  Found found;
  if (rows.empty()) return found;
  Row row(rows, 0);
  found.exists = true;
  found.oid = row.integer(), found.is_index = row.flag();
  found.table = row.text(), found.method = row.text();
  found.valid = row.flag(), found.building = row.flag();
  found.definition = row.text(), found.columns = row.array();
  return found;
}

/// Whether it is the index of the change as far as names can tell: table, method and key columns.
/// Expressions and predicates are not compared, because the server prints them in its own way.
bool is_ours(const Found& found, const Action& action) {
  const model::Index& index = *action.index;
  if (!found.is_index || found.table != action.schema + "." + action.table) return false;
  if (found.method != (index.method.empty() ? "btree" : index.method)) return false;
  if (found.columns.size() != index.parts.size()) return false;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    if (!index.parts[i].column.empty() &&
        found.columns[i] != sql::quote_identifier(index.parts[i].column))
      return false;
  }
  return true;
}

Error name_taken(const Found& found, const Action& action) {
  const std::string what =
      found.is_index ? "another index, on " + found.table + "," : std::string("another relation");
  return {ErrorKind::refused,
          what + " has the name " + schema_of(action) + "." + action.index->name + " already.",
          "Rename one of them.", "42P07"};
}

Result<ChangeState> inspect_create(Connection& connection, const Action& action) {
  const Found found = WHET_TRY(find_index(connection, action));
  if (!found.exists) return ChangeState::absent;
  if (!is_ours(found, action)) return name_taken(found, action);
  return found.valid ? ChangeState::present : ChangeState::partial;
}

Result<ChangeState> inspect_drop(Connection& connection, const Action& action) {
  const Found found = WHET_TRY(find_index(connection, action));
  if (!found.exists) return ChangeState::present;
  if (found.valid || action.index->invalid) return ChangeState::absent;
  return ChangeState::partial;  // DROP INDEX CONCURRENTLY makes it invalid first
}

/// Invalid copies that REINDEX CONCURRENTLY left beside the index.
Result<Rows> copies(Connection& connection, const Action& action) {
  return connection.query(
      "SELECT n.nspname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
      "JOIN pg_namespace n ON n.oid = c.relnamespace "
      "JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace "
      "WHERE NOT i.indisvalid AND tn.nspname = $1 AND t.relname = $2 "
      // The server cuts the name so that the suffix fits, and adds a number when it is taken.
      "AND c.relname ~ '_cc(new|old)[0-9]*$' "
      "AND starts_with($3, regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '')) "
      "AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)",
      {action.schema, action.table, action.index->name});
}

Result<ChangeState> inspect_rebuild(Connection& connection, const Action& action) {
  const Rows rows = WHET_TRY(copies(connection, action));
  if (!rows.empty()) return ChangeState::partial;
  const Found found = WHET_TRY(find_index(connection, action));
  // A rebuilt index has a new identity; that of the old one is in the change.
  const bool rebuilt = found.exists && found.valid && found.oid != action.index->id;
  return rebuilt ? ChangeState::present : ChangeState::absent;
}

/// One row with one column: whether it is done.
Result<ChangeState> ask(Connection& connection, const std::string& sql,
                        const Parameters& parameters) {
  const Rows rows = WHET_TRY(connection.query(sql, parameters));
  return rows.text(0, 0) == "t" ? ChangeState::present : ChangeState::absent;
}

constexpr std::string_view table_id =
    "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = $1 AND c.relname = $2)";

/// The option's value now; "" when it is not set.
Result<std::string> table_option(Connection& connection, const Action& action) {
  const bool toast = action.setting.starts_with("toast.");
  const std::string relation =
      toast ? "(SELECT reltoastrelid FROM pg_class WHERE oid = " + std::string(table_id) + ")"
            : std::string(table_id);
  const Rows rows = WHET_TRY(connection.query(
      "SELECT o.option_value FROM pg_class c, pg_options_to_table(c.reloptions) o "
      "WHERE c.oid = " +
          relation + " AND lower(o.option_name) = lower($3)",
      {action.schema, action.table, toast ? action.setting.substr(6) : action.setting}));
  return std::string(rows.text(0, 0));
}

/// The same for a column's statistics target, storage or compression.
Result<std::string> column_option(Connection& connection, const Action& action) {
  std::string value = "coalesce(nullif(a.attstattarget, -1)::text, '')";
  if (action.setting == "storage") {
    value =
        "CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'm' THEN 'main' WHEN 'e' THEN 'external' "
        "ELSE 'extended' END";
  } else if (action.setting == "compression") {
    value = "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE '' END";
  }
  const Rows rows =
      WHET_TRY(connection.query("SELECT " + value + " FROM pg_attribute a WHERE a.attrelid = " +
                                    std::string(table_id) + " AND a.attname = $3",
                                {action.schema, action.table,
                                 action.columns.empty() ? std::string() : action.columns.front()}));
  return std::string(rows.text(0, 0));
}

ChangeState matches(const std::string& held, const std::string& wanted) {
  return text::lower(held) == text::lower(wanted) ? ChangeState::present : ChangeState::absent;
}

Result<ChangeState> statistics_exist(Connection& connection, const Action& action) {
  return ask(connection,
             "SELECT EXISTS (SELECT FROM pg_statistic_ext s JOIN pg_namespace n "
             "ON n.oid = s.stxnamespace WHERE n.nspname = $1 AND s.stxname = $2)",
             {action.schema, action.name});
}

Result<ChangeState> inspect_rest(Connection& connection, const Action& action) {
  switch (action.kind) {
    case ActionKind::set_table_option:
      return matches(WHET_TRY(table_option(connection, action)), action.value);
    case ActionKind::set_column_option:
      return matches(WHET_TRY(column_option(connection, action)), action.value);
    case ActionKind::validate_constraint:
      return ask(connection,
                 "SELECT coalesce(bool_and(convalidated), false) FROM pg_constraint "
                 "WHERE conrelid = " +
                     std::string(table_id) + " AND conname = $3",
                 {action.schema, action.table, action.constraint});
    case ActionKind::create_statistics:
      return statistics_exist(connection, action);
    case ActionKind::drop_statistics:
      return WHET_TRY(statistics_exist(connection, action)) == ChangeState::present
                 ? ChangeState::absent
                 : ChangeState::present;
    case ActionKind::update_extension:
      return ask(connection,
                 "SELECT coalesce(bool_and(e.extversion = a.default_version), false) "
                 "FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname "
                 "WHERE e.extname = $1",
                 {action.name});
    default:
      return ChangeState::absent;
  }
}

/// The last value in postgresql.auto.conf, which ALTER SYSTEM is about to write over.
Status note_previous_setting(Connection& connection, Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  if (!state.file_known) return {};  // the advisor's knowledge must do
  action.previous = state.in_auto_conf.value_or("");
  action.inverse = alter_system(action.setting, state.in_auto_conf ? &action.previous : nullptr);
  return {};
}

}  // namespace

bool leaves_a_trace(const model::Change& change) {
  switch (change.action.kind) {
    case ActionKind::manual:
    case ActionKind::analyze_table:
    case ActionKind::vacuum_table:
      return false;
    case ActionKind::rebuild_index:
      return change.action.index && change.action.index->id != 0;
    default:
      return true;
  }
}

Result<ChangeState> inspect_change(Connection& connection, const model::Change& change) {
  const Action& action = change.action;
  if (action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting)
    return inspect_setting(connection, action);
  if (!action.index) return inspect_rest(connection, action);
  if (action.kind == ActionKind::create_index) return inspect_create(connection, action);
  if (action.kind == ActionKind::drop_index) return inspect_drop(connection, action);
  return inspect_rebuild(connection, action);
}

Result<model::Change> prepare_change(Connection& connection, const model::Change& change) {
  model::Change prepared = change;
  Action& action = prepared.action;
  const bool indexed = action.index.has_value();
  if (indexed && action.kind != ActionKind::create_index) {
    const Found found = WHET_TRY(find_index(connection, action));
    if (found.exists && found.is_index) {
      action.index->definition = found.definition;
      action.index->id = found.oid;
      action.index->invalid = !found.valid;
    }
  }
  if (action.kind == ActionKind::set_table_option)
    action.previous = WHET_TRY(table_option(connection, action));
  if (action.kind == ActionKind::set_column_option)
    action.previous = WHET_TRY(column_option(connection, action));
  model::Server server;
  server.version_number = connection.version();
  render(prepared, server);
  if (action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting)
    WHET_TRY_VOID(note_previous_setting(connection, action));
  return prepared;
}

Result<std::vector<std::string>> leftovers(Connection& connection, const model::Change& change) {
  const Action& action = change.action;
  std::vector<std::string> drops;
  if (!action.index) return drops;
  const std::string drop = "DROP INDEX CONCURRENTLY IF EXISTS ";
  if (action.kind == ActionKind::rebuild_index) {
    const Rows rows = WHET_TRY(copies(connection, action));
    for (int row = 0; row < rows.size(); ++row)
      drops.push_back(drop + sql::quote_qualified(rows.text(row, 0), rows.text(row, 1)));
    return drops;
  }
  if (action.kind != ActionKind::create_index && action.kind != ActionKind::drop_index)
    return drops;
  const Found found = WHET_TRY(find_index(connection, action));
  // Only what is ours, unusable, and not being built by somebody else at this moment.
  if (found.exists && is_ours(found, action) && !found.valid && !found.building)
    drops.push_back(drop + sql::quote_qualified(schema_of(action), action.index->name));
  return drops;
}

}  // namespace whet::engine::postgres
