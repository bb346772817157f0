#include "engine/mysql/executor_inspect.h"

#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/mysql/executor_settings.h"
#include "engine/mysql/names.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {
namespace {

using model::Action;
using model::ActionKind;

constexpr std::string_view no_such_table = "1146";

/// An index with the name of the change's.
struct Found {
  bool exists = false, hidden = false, unique = false;
  std::string type;  ///< BTREE, FULLTEXT, SPATIAL, HASH
  std::vector<model::IndexPart> parts;
};

Result<Found> find_index(Connection& connection, const Action& action) {
  const auto rows = connection.query("SHOW INDEX FROM " + qualified(action.schema, action.table) +
                                     " WHERE Key_name = " + connection.quote(action.index->name));
  if (!rows) {
    if (rows.error().sqlstate == no_such_table) return Found{};
    return rows.error();
  }
  Found found;
  for (int i = 0; i < rows->size(); ++i) {
    found.exists = true;
    found.unique = rows->text(i, "Non_unique") == "0";
    found.type = rows->text(i, "Index_type");
    found.hidden = rows->text(i, "Visible") == "NO" || rows->text(i, "Ignored") == "YES";
    model::IndexPart part;
    part.column = rows->text(i, "Column_name");
    part.expression = rows->text(i, "Expression");
    part.descending = rows->text(i, "Collation") == "D";
    part.prefix_length = text::to_int(rows->text(i, "Sub_part")).value_or(0);
    found.parts.push_back(std::move(part));
  }
  return found;
}

/// Whether it is the index of the change. Expressions are not compared, because the server prints
/// them in its own way; nor directions, which old versions read and forget.
bool is_ours(const Found& found, const Action& action) {
  const model::Index& index = *action.index;
  if (found.unique != index.unique || found.parts.size() != index.parts.size()) return false;
  const std::string type = text::lower(found.type);
  const Operation wanted = operation_of(index);
  if ((wanted == Operation::create_first_fulltext_index) != (type == "fulltext") ||
      (wanted == Operation::create_spatial_index) != (type == "spatial"))
    return false;
  const bool prefixes = type != "spatial";  // the server makes one up there
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    if (text::lower(index.parts[i].column) != text::lower(found.parts[i].column)) return false;
    if (prefixes && index.parts[i].prefix_length != found.parts[i].prefix_length) return false;
  }
  return true;
}

Result<ChangeState> inspect_index(Connection& connection, const Action& action) {
  const Found found = WHET_TRY(find_index(connection, action));
  switch (action.kind) {
    case ActionKind::create_index:
      if (!found.exists) return ChangeState::absent;
      if (!is_ours(found, action)) {
        return Error{ErrorKind::refused,
                     "Another index of " + action.schema + "." + action.table + " has the name " +
                         action.index->name + " already.",
                     "Rename one of them.", "1061"};
      }
      return found.hidden && !action.index->hidden ? ChangeState::partial : ChangeState::present;
    case ActionKind::drop_index:
      return found.exists ? ChangeState::absent : ChangeState::present;
    case ActionKind::hide_index:
      return found.exists && found.hidden ? ChangeState::present : ChangeState::absent;
    case ActionKind::show_index:
      return found.exists && !found.hidden ? ChangeState::present : ChangeState::absent;
    default:
      return ChangeState::absent;
  }
}

std::string column_list(Connection& connection, const Action& action) {
  std::vector<std::string> quoted;
  for (const auto& column : action.columns) quoted.push_back(connection.quote(column));
  return text::join(quoted, ", ");
}

/// The histograms of the change's columns: how many there are, and with how many buckets the first
/// was asked for ("" when that is not told).
struct Histograms {
  std::size_t count = 0, as_wanted = 0;
  std::string buckets;
};

Result<Histograms> histograms(Connection& connection, const Action& action) {
  const bool maria = connection.mariadb();
  const std::string names = column_list(connection, action);
  const std::string schema = connection.quote(action.schema);
  const std::string table = connection.quote(action.table);
  const Rows rows = WHET_TRY(connection.query(
      maria ? "SELECT '' FROM mysql.column_stats WHERE db_name = " + schema + " AND table_name = " +
                  table + " AND column_name IN (" + names + ") AND histogram IS NOT NULL"
            : "SELECT HISTOGRAM->>'$.\"number-of-buckets-specified\"' FROM "
              "information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = " +
                  schema + " AND TABLE_NAME = " + table + " AND COLUMN_NAME IN (" + names +
                  ") ORDER BY COLUMN_NAME"));
  Histograms found;
  found.count = static_cast<std::size_t>(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    const bool same = maria || action.value.empty() || rows.text(i, 0) == action.value;
    found.as_wanted += same ? 1 : 0;
  }
  found.buckets = rows.text(0, 0);
  return found;
}

Result<ChangeState> inspect_histogram(Connection& connection, const Action& action) {
  const Histograms found = WHET_TRY(histograms(connection, action));
  if (action.kind == ActionKind::drop_histogram)
    return found.count == 0 ? ChangeState::present : ChangeState::absent;
  if (found.as_wanted == action.columns.size()) return ChangeState::present;
  return found.as_wanted == 0 ? ChangeState::absent : ChangeState::partial;
}

/// The option's value now; "" when it is not set.
Result<std::string> table_option(Connection& connection, const Action& action) {
  const Rows rows = WHET_TRY(connection.query(
      "SELECT ENGINE, SUBSTRING_INDEX(TABLE_COLLATION, '_', 1), CREATE_OPTIONS "
      "FROM information_schema.TABLES WHERE TABLE_SCHEMA = " +
      connection.quote(action.schema) + " AND TABLE_NAME = " + connection.quote(action.table)));
  const std::string name = text::lower(action.setting);
  if (name == "engine") return std::string(rows.text(0, 0));
  if (name == "character_set") return std::string(rows.text(0, 1));
  for (const auto& option : text::split(rows.text(0, 2), ' ')) {
    const std::size_t equals = option.find('=');
    if (equals != std::string::npos && text::lower(option.substr(0, equals)) == name)
      return text::replace_all(option.substr(equals + 1), "\"", "");
  }
  return std::string();
}

Result<ChangeState> inspect_table_option(Connection& connection, const Action& action) {
  const std::string held = WHET_TRY(table_option(connection, action));
  return text::lower(held) == text::lower(action.value) ? ChangeState::present
                                                        : ChangeState::absent;
}

/// The index as it is, for the way back.
Status note_index(Connection& connection, Action& action) {
  const Found found = WHET_TRY(find_index(connection, action));
  if (!found.exists) return {};
  const Rows rows =
      WHET_TRY(connection.query("SHOW CREATE TABLE " + qualified(action.schema, action.table)));
  action.index->definition = index_line(rows.text(0, 1), action.index->name).value_or("");
  action.index->unique = found.unique;
  action.index->method = text::lower(found.type);
  action.index->parts = found.parts;
  if (action.kind == ActionKind::drop_index) action.index->hidden = found.hidden;
  return {};
}

Status note_setting(Connection& connection, Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  action.previous = state.running;
  const std::string* persisted = state.persisted ? &*state.persisted : nullptr;
  action.inverse = restore_setting(action.setting, persisted, state.running, connection.fork(),
                                   connection.version());
  return {};
}

bool is_index_kind(ActionKind kind) {
  return kind == ActionKind::create_index || kind == ActionKind::drop_index ||
         kind == ActionKind::hide_index || kind == ActionKind::show_index;
}

bool is_setting_kind(ActionKind kind) {
  return kind == ActionKind::set_setting || kind == ActionKind::reset_setting;
}

bool is_histogram_kind(ActionKind kind) {
  return kind == ActionKind::update_histogram || kind == ActionKind::drop_histogram;
}

}  // namespace

std::optional<std::string> index_line(std::string_view create_table, std::string_view index) {
  const std::string named = "KEY " + identifier(index) + " ";
  constexpr std::array<std::string_view, 4> beginnings = {"", "UNIQUE ", "FULLTEXT ", "SPATIAL "};
  for (const auto& line : text::split(create_table, '\n')) {
    std::string_view trimmed = text::trim(line);
    for (const std::string_view beginning : beginnings) {
      if (!trimmed.starts_with(std::string(beginning) + named)) continue;
      if (trimmed.ends_with(",")) trimmed.remove_suffix(1);
      return std::string(trimmed);
    }
  }
  return std::nullopt;
}

model::Server server_of(const Connection& connection) {
  model::Server server;
  server.engine = connection.fork();
  server.version = connection.version_text();
  server.version_number = connection.version();
  return server;
}

bool leaves_a_trace(const model::Change& change) {
  const Action& action = change.action;
  if (is_index_kind(action.kind)) return action.index.has_value();
  if (is_setting_kind(action.kind)) return true;
  // A histogram that is made again looks as before.
  if (action.kind == ActionKind::update_histogram) return action.previous.empty();
  return action.kind == ActionKind::drop_histogram || action.kind == ActionKind::set_table_option;
}

Result<ChangeState> inspect_change(Connection& connection, const model::Change& change) {
  const Action& action = change.action;
  if (!leaves_a_trace(change)) return ChangeState::absent;
  if (is_index_kind(action.kind)) return inspect_index(connection, action);
  if (is_setting_kind(action.kind)) return inspect_setting(connection, action);
  if (is_histogram_kind(action.kind)) return inspect_histogram(connection, action);
  return inspect_table_option(connection, action);
}

Result<model::Change> prepare_change(Connection& connection, const model::Change& change) {
  model::Change prepared = change;
  Action& action = prepared.action;
  if (action.index && is_index_kind(action.kind) && action.kind != ActionKind::create_index)
    WHET_TRY_VOID(note_index(connection, action));
  if (action.kind == ActionKind::set_table_option)
    action.previous = WHET_TRY(table_option(connection, action));
  if (is_histogram_kind(action.kind)) {
    const Histograms found = WHET_TRY(histograms(connection, action));
    // Not every server tells how many buckets it was asked for.
    action.previous = found.count == 0 ? "" : (found.buckets.empty() ? "default" : found.buckets);
  }
  render(prepared, server_of(connection));
  if (is_setting_kind(action.kind)) WHET_TRY_VOID(note_setting(connection, action));
  return prepared;
}

}  // namespace whet::engine::mysql
