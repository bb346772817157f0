#include "engine/postgres/render.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "sql/quote.h"

namespace whet::engine::postgres {
namespace {

using model::Action;
using model::ActionKind;

constexpr std::string_view separator = ";\n";
constexpr std::size_t longest_name = 63;  // NAMEDATALEN - 1

// Settings whose value is a list of quoted names: ALTER SYSTEM would take 'a, b' as one name.
// Source: GUC_LIST_QUOTE in PostgreSQL's guc_tables.c (variable_is_guc_list_quote).
constexpr std::array<std::string_view, 6> lists_of_names = {
    "local_preload_libraries",  "search_path",      "session_preload_libraries",
    "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"};

std::string table_of(const Action& action) {
  return sql::quote_qualified(action.schema, action.table);
}

std::string index_schema(const Action& action) {
  return action.index->schema.empty() ? action.schema : action.index->schema;
}

std::string index_of(const Action& action) {
  return sql::quote_qualified(index_schema(action), action.index->name);
}

std::string names(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  quoted.reserve(columns.size());
  for (const auto& column : columns) quoted.push_back(sql::quote_identifier(column));
  return text::join(quoted, ", ");
}

std::string key_part(const model::IndexPart& part) {
  std::string text =
      part.column.empty() ? "(" + part.expression + ")" : sql::quote_identifier(part.column);
  if (!part.collation.empty()) {
    // The snapshot gives a qualified name where the collation is not the default one.
    const auto dot = part.collation.find('.');
    text += " COLLATE " + (dot == std::string::npos
                               ? sql::quote_identifier(part.collation)
                               : sql::quote_qualified(part.collation.substr(0, dot),
                                                      part.collation.substr(dot + 1)));
  }
  if (!part.opclass.empty() && !part.opclass_is_default) {
    const auto dot = part.opclass.find('.');
    text += " " + (dot == std::string::npos ? sql::quote_identifier(part.opclass)
                                            : sql::quote_qualified(part.opclass.substr(0, dot),
                                                                   part.opclass.substr(dot + 1)));
  }
  if (part.descending) text += " DESC";
  if (part.nulls_first != part.descending)
    text += part.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return text;
}

/// "<table>_<columns>_idx"; a hash keeps cut names apart.
std::string name_for(const Action& action) {
  std::string made = action.table;
  for (const auto& part : action.index->parts)
    made += "_" + (part.column.empty() ? "expr" : part.column);
  if (made.size() + 4 > longest_name) {
    const std::string hash = text::hash_hex(made).substr(0, 8);
    std::size_t keep = longest_name - hash.size() - 5;
    while (keep > 0 && (static_cast<unsigned char>(made[keep]) & 0xC0U) == 0x80U) --keep;
    made = made.substr(0, keep) + "_" + hash;
  }
  return made + "_idx";
}

std::string create_index(const Action& action) {
  const model::Index& index = *action.index;
  std::vector<std::string> parts;
  parts.reserve(index.parts.size());
  for (const auto& part : index.parts) parts.push_back(key_part(part));
  std::string sql =
      index.unique ? "CREATE UNIQUE INDEX CONCURRENTLY " : "CREATE INDEX CONCURRENTLY ";
  sql += sql::quote_identifier(index.name) + " ON " + table_of(action);
  sql += " USING " + (index.method.empty() ? std::string("btree") : index.method);
  sql += " (" + text::join(parts, ", ") + ")";
  if (!index.includes.empty()) sql += " INCLUDE (" + names(index.includes) + ")";
  if (index.nulls_not_distinct) sql += " NULLS NOT DISTINCT";
  if (!index.options.empty()) {
    std::vector<std::string> options;
    for (const auto& [name, value] : index.options)
      options.push_back(sql::quote_identifier(name) + " = " + sql::quote_literal(value));
    sql += " WITH (" + text::join(options, ", ") + ")";
  }
  if (!index.predicate.empty()) sql += " WHERE " + index.predicate;
  return sql;
}

void render_create_index(Action& action) {
  if (action.index->name.empty()) action.index->name = name_for(action);
  action.statement = create_index(action);
  action.inverse = "DROP INDEX CONCURRENTLY IF EXISTS " + index_of(action);
}

void render_drop_index(Action& action) {
  action.statement = "DROP INDEX CONCURRENTLY IF EXISTS " + index_of(action);
  // An index that no query can use is not worth bringing back, and building it may fail again.
  if (action.index->invalid) return;
  action.inverse = action.index->definition.empty() ? create_index(action)
                                                    : concurrently(action.index->definition);
}

std::string set_table_option(const Action& action, const std::string& value) {
  const bool toast = action.setting.starts_with("toast.");
  const std::string name = toast ? "toast." + sql::quote_identifier(action.setting.substr(6))
                                 : sql::quote_identifier(action.setting);
  const std::string head = "ALTER TABLE " + table_of(action);
  if (value.empty()) return head + " RESET (" + name + ")";
  return head + " SET (" + name + " = " + sql::quote_literal(value) + ")";
}

std::string set_column_option(const Action& action, const std::string& value) {
  const std::string column = action.columns.empty() ? "" : action.columns.front();
  const std::string head = "ALTER TABLE " + table_of(action) + " ALTER COLUMN " +
                           sql::quote_identifier(column) + " SET ";
  if (action.setting == "statistics") {
    return head + "STATISTICS " + (value.empty() ? "-1" : value) + std::string(separator) +
           "ANALYZE " + table_of(action) + " (" + sql::quote_identifier(column) + ")";
  }
  if (action.setting == "compression")
    return head + "COMPRESSION " + (value.empty() ? "default" : sql::quote_identifier(value));
  return head + "STORAGE " + (value.empty() ? "plain" : sql::quote_identifier(value));
}

std::string create_statistics(const Action& action) {
  std::string sql = "CREATE STATISTICS " + sql::quote_qualified(action.schema, action.name);
  if (!action.value.empty()) sql += " (" + action.value + ")";
  return sql + " ON " + names(action.columns) + " FROM " + table_of(action) +
         std::string(separator) + "ANALYZE " + table_of(action);
}

std::string drop_statistics(const Action& action) {
  return "DROP STATISTICS IF EXISTS " + sql::quote_qualified(action.schema, action.name);
}

void render_setting(Action& action) {
  const std::string* previous = action.previous.empty() ? nullptr : &action.previous;
  action.statement = alter_system(action.setting,
                                  action.kind == ActionKind::set_setting ? &action.value : nullptr);
  action.inverse = alter_system(action.setting, previous);
}

void render_rest(Action& action) {
  switch (action.kind) {
    case ActionKind::set_table_option:
      action.statement = set_table_option(action, action.value);
      action.inverse = set_table_option(action, action.previous);
      return;
    case ActionKind::set_column_option:
      action.statement = set_column_option(action, action.value);
      action.inverse = set_column_option(action, action.previous);
      return;
    case ActionKind::analyze_table:
      action.statement = "ANALYZE " + table_of(action);
      return;
    case ActionKind::vacuum_table:
      action.statement = "VACUUM (ANALYZE) " + table_of(action);
      return;
    case ActionKind::validate_constraint:
      action.statement = "ALTER TABLE " + table_of(action) + " VALIDATE CONSTRAINT " +
                         sql::quote_identifier(action.constraint);
      return;
    case ActionKind::create_statistics:
      action.statement = create_statistics(action);
      action.inverse = drop_statistics(action);
      return;
    case ActionKind::drop_statistics:
      action.statement = drop_statistics(action);
      if (!action.columns.empty()) action.inverse = create_statistics(action);
      return;
    case ActionKind::update_extension:
      action.statement = "ALTER EXTENSION " + sql::quote_identifier(action.name) + " UPDATE";
      return;
    default:
      return;
  }
}

/// Source: PostgreSQL manual, 13.3 Explicit Locking, and the pages of each command.
std::string locks_of(const Action& action) {
  const std::string table = action.schema + "." + action.table;
  std::string online = "SHARE UPDATE EXCLUSIVE on " + table + ": reads and writes go on";
  switch (action.kind) {
    case ActionKind::create_index:
    case ActionKind::drop_index:
    case ActionKind::rebuild_index:
    case ActionKind::set_table_option:
    case ActionKind::analyze_table:
    case ActionKind::vacuum_table:
    case ActionKind::create_statistics:
    case ActionKind::validate_constraint:
      return online;
    case ActionKind::set_column_option:
      return action.setting == "statistics"
                 ? online
                 : "ACCESS EXCLUSIVE on " + table + " for a moment: reads and writes wait";
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return "none";
    default:
      return "";
  }
}

}  // namespace

std::string alter_system(const std::string& name, const std::string* value) {
  std::string sql = "ALTER SYSTEM ";
  std::string setting;  // custom ones are "extension.name"
  for (const auto& part : text::split(name, '.'))
    setting += (setting.empty() ? "" : ".") + sql::quote_identifier(part);
  if (value == nullptr) {
    sql += "RESET " + setting;
  } else {
    const bool list =
        std::find(lists_of_names.begin(), lists_of_names.end(), name) != lists_of_names.end();
    std::vector<std::string> values;
    for (const auto& part : list ? text::split(*value, ',') : std::vector<std::string>{*value})
      values.push_back(sql::quote_literal(list ? text::trim(part) : std::string_view(part)));
    sql += "SET " + setting + " = " + text::join(values, ", ");
  }
  return sql + std::string(separator) + "SELECT pg_reload_conf()";
}

std::string concurrently(const std::string& definition) {
  constexpr std::string_view word = "INDEX ";
  const auto at = definition.find(word);
  if (at == std::string::npos || definition.find("INDEX CONCURRENTLY ") != std::string::npos)
    return definition;
  return definition.substr(0, at + word.size()) + "CONCURRENTLY " +
         definition.substr(at + word.size());
}

std::vector<std::string> statements_of(const Action& action, const std::string& text) {
  const bool several =
      action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting ||
      action.kind == ActionKind::create_statistics || action.kind == ActionKind::drop_statistics ||
      action.kind == ActionKind::set_column_option;
  std::vector<std::string> parts;
  std::string rest = text;
  for (auto at = rest.find(separator); several && at != std::string::npos;
       at = rest.find(separator)) {
    parts.push_back(rest.substr(0, at));
    rest = rest.substr(at + separator.size());
  }
  if (!rest.empty()) parts.push_back(rest);
  return parts;
}

void render(model::Change& change, const model::Server& /*server*/) {
  Action& action = change.action;
  if (action.kind == ActionKind::manual) return;
  action.inverse.clear();
  if (action.index) {
    if (action.kind == ActionKind::create_index) render_create_index(action);
    if (action.kind == ActionKind::drop_index) render_drop_index(action);
    if (action.kind == ActionKind::rebuild_index)
      action.statement = "REINDEX INDEX CONCURRENTLY " + index_of(action);
  } else if (action.kind == ActionKind::set_setting || action.kind == ActionKind::reset_setting) {
    render_setting(action);
  } else {
    render_rest(action);
  }
  if (change.locks.empty()) change.locks = locks_of(action);
}

std::string plain_create_index(const model::HypotheticalIndex& wanted, const std::string& name) {
  Action action;
  action.schema = wanted.schema;
  action.table = wanted.table;
  action.index = wanted.index;
  action.index->name = name;
  std::string text = create_index(action);
  constexpr std::string_view word = "CONCURRENTLY ";
  return text.erase(text.find(word), word.size());
}

}  // namespace whet::engine::postgres
