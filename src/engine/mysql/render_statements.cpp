#include "engine/mysql/render_statements.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "engine/mysql/names.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {
namespace {

using model::Action;
using model::EngineKind;

constexpr std::size_t longest_name = 64;  // NAME_CHAR_LEN

std::string clause_of(Operation operation, EngineKind fork, std::int64_t version) {
  const auto facts = ddl_facts(operation, fork, version);
  return facts ? ddl_clause(*facts) : std::string();
}

std::string key_part(const model::IndexPart& part) {
  std::string sql = part.column.empty() ? "(" + part.expression + ")" : identifier(part.column);
  if (part.prefix_length > 0) sql += "(" + std::to_string(part.prefix_length) + ")";
  if (part.descending) sql += " DESC";
  return sql;
}

std::string names(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  quoted.reserve(columns.size());
  for (const auto& column : columns) quoted.push_back(identifier(column));
  return text::join(quoted, ", ");
}

std::string table_of(const Action& action) { return qualified(action.schema, action.table); }

std::string option(const model::Index& index, const std::string& name) {
  const auto found = index.options.find(name);
  return found == index.options.end() ? std::string() : found->second;
}

std::string hidden_word(EngineKind fork, bool hidden) {
  if (fork == EngineKind::mariadb) return hidden ? "IGNORED" : "NOT IGNORED";
  return hidden ? "INVISIBLE" : "VISIBLE";
}

/// The name of a setting, which may have a component before a dot.
std::string setting_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
  return plain ? name : identifier(name);
}

bool persists(EngineKind fork, std::int64_t version) {
  return fork == EngineKind::mysql && version >= 80000;
}

std::string option_file_line(const std::string& name, const std::string& value) {
  return "\n-- and, so that it outlives a restart, in the option file under [mysqld]:\n-- " + name +
         " = " + value;
}

constexpr std::string_view statistics_of =
    "db_name = {} AND table_name = {} AND column_name IN ({})";

std::string literals(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  quoted.reserve(columns.size());
  for (const auto& column : columns) quoted.push_back(literal(column));
  return text::join(quoted, ", ");
}

}  // namespace

bool has_hidden_indexes(EngineKind fork, std::int64_t version) {
  return ddl_facts(Operation::set_index_visibility, fork, version).has_value();
}

bool has_session_switch(EngineKind fork, std::int64_t version) {
  return fork == EngineKind::mysql && has_hidden_indexes(fork, version);
}

bool built_hidden(const Action& action, EngineKind fork, std::int64_t version) {
  // What a unique index forbids it forbids hidden too, and the first one may not be hidden at all
  // in a table without a primary key.
  return action.kind == model::ActionKind::create_index && action.index && !action.index->unique &&
         !action.index->hidden && has_hidden_indexes(fork, version);
}

Operation operation_of(const model::Index& index) {
  const std::string method = text::lower(index.method);
  // Whether the table has one already is not known here: the first one needs more.
  if (method == "fulltext") return Operation::create_first_fulltext_index;
  if (method == "spatial" || method == "rtree") return Operation::create_spatial_index;
  const bool expression = std::any_of(index.parts.begin(), index.parts.end(),
                                      [](const auto& part) { return part.column.empty(); });
  return expression ? Operation::create_expression_index : Operation::create_index;
}

std::string index_name(const Action& action) {
  std::string made = action.table;
  for (const auto& part : action.index->parts)
    made += "_" + (part.column.empty() ? "expr" : part.column);
  if (text::display_width(made) + 4 > longest_name) {
    const std::string hash = text::hash_hex(made).substr(0, 8);
    std::size_t keep = std::min(made.size(), longest_name - hash.size() - 5);
    while (keep > 0 && (static_cast<unsigned char>(made[keep]) & 0xC0U) == 0x80U) --keep;
    made = made.substr(0, keep) + "_" + hash;
  }
  return made + "_idx";
}

std::string alter_table(const Action& action, std::string_view clauses) {
  return "ALTER TABLE " + table_of(action) + " " + std::string(clauses);
}

std::string create_index(const Action& action, EngineKind fork, std::int64_t version, bool hidden) {
  const model::Index& index = *action.index;
  const std::string method = text::lower(index.method);
  std::vector<std::string> parts;
  parts.reserve(index.parts.size());
  for (const auto& part : index.parts) parts.push_back(key_part(part));
  std::string sql = "ADD ";
  if (index.unique) sql += "UNIQUE ";
  if (method == "fulltext") sql += "FULLTEXT ";
  if (method == "spatial" || method == "rtree") sql += "SPATIAL ";
  sql += "INDEX " + identifier(index.name) + " (" + text::join(parts, ", ") + ")";
  if (method == "hash") sql += " USING HASH";
  if (const auto parser = option(index, "parser"); !parser.empty())
    sql += " WITH PARSER " + identifier(parser);
  if (const auto comment = option(index, "comment"); !comment.empty())
    sql += " COMMENT " + literal(comment);
  if (hidden) sql += " " + hidden_word(fork, true);
  return alter_table(action, sql) + clause_of(operation_of(index), fork, version);
}

std::string drop_index(const Action& action, EngineKind fork, std::int64_t version) {
  return alter_table(action, "DROP INDEX " + identifier(action.index->name)) +
         clause_of(Operation::drop_index, fork, version);
}

std::string set_visibility(const Action& action, EngineKind fork, std::int64_t version,
                           bool hidden) {
  return alter_table(action, "ALTER INDEX " + identifier(action.index->name) + " " +
                                 hidden_word(fork, hidden)) +
         clause_of(Operation::set_index_visibility, fork, version);
}

std::string add_index_again(const Action& action, EngineKind fork, std::int64_t version) {
  const std::string& definition = action.index->definition;
  constexpr std::array<std::string_view, 5> beginnings = {"KEY ", "UNIQUE KEY ", "FULLTEXT KEY ",
                                                          "SPATIAL KEY ", "INDEX "};
  const bool line_of_table =
      std::any_of(beginnings.begin(), beginnings.end(),
                  [&](std::string_view word) { return definition.starts_with(word); });
  if (!line_of_table) return create_index(action, fork, version, action.index->hidden);
  return alter_table(action, "ADD " + definition) +
         clause_of(operation_of(*action.index), fork, version);
}

std::string setting_literal(std::string_view value) {
  const std::string_view trimmed = text::trim(value);
  if (text::to_double(trimmed)) return std::string(trimmed);
  constexpr std::array<std::pair<char, double>, 4> units = {
      {{'k', 1024.0}, {'m', 1048576.0}, {'g', 1073741824.0}, {'t', 1099511627776.0}}};
  std::string size = text::lower(trimmed);
  if (size.size() > 2 && size.ends_with("b")) size.pop_back();
  for (const auto& [unit, factor] : units) {
    if (size.size() < 2 || size.back() != unit) continue;
    const auto figure = text::to_double(text::trim(size.substr(0, size.size() - 1)));
    if (figure) return std::to_string(std::llround(*figure * factor));
  }
  return literal(trimmed);
}

std::string set_setting(const Action& action, EngineKind fork, std::int64_t version) {
  const std::string name = setting_name(action.setting);
  const std::string value = setting_literal(action.value);
  if (persists(fork, version))
    return (action.needs_restart ? "SET PERSIST_ONLY " : "SET PERSIST ") + name + " = " + value;
  if (action.needs_restart) {
    return "-- In the option file under [mysqld], then restart:\n-- " + action.setting + " = " +
           value;
  }
  return "SET GLOBAL " + name + " = " + value + option_file_line(action.setting, value);
}

std::string restore_at_restart(const Action& action, EngineKind fork, std::int64_t version) {
  if (action.previous.empty())
    return persists(fork, version) ? "RESET PERSIST IF EXISTS " + setting_name(action.setting) : "";
  Action before = action;
  before.value = action.previous;
  return set_setting(before, fork, version);
}

std::string restore_setting(const std::string& name, const std::string* persisted,
                            const std::string& running, EngineKind fork, std::int64_t version) {
  const std::string quoted = setting_name(name);
  const std::string now = running.empty() ? "DEFAULT" : setting_literal(running);
  const std::string set = "SET GLOBAL " + quoted + " = " + now;
  if (!persists(fork, version))
    return set + "\n-- and take it out of the option file, when it was put there.";
  if (persisted == nullptr)
    return "RESET PERSIST IF EXISTS " + quoted + std::string(separator) + set;
  const std::string before = setting_literal(*persisted);
  if (before == now) return "SET PERSIST " + quoted + " = " + before;
  return "SET PERSIST_ONLY " + quoted + " = " + before + std::string(separator) + set;
}

std::string analyze_table(const Action& action) {
  // Replicas analyse for themselves; and it must not become a transaction of theirs.
  return "ANALYZE NO_WRITE_TO_BINLOG TABLE " + table_of(action);
}

std::string update_histogram(const Action& action, EngineKind fork, const std::string& buckets) {
  const bool number = text::to_int(buckets).has_value();
  if (fork == EngineKind::mariadb) {
    return (number ? "SET STATEMENT histogram_size = " + buckets + " FOR " : std::string()) +
           analyze_table(action) + " PERSISTENT FOR COLUMNS (" + names(action.columns) +
           ") INDEXES ()";
  }
  return analyze_table(action) + " UPDATE HISTOGRAM ON " + names(action.columns) +
         (number ? " WITH " + buckets + " BUCKETS" : std::string());
}

std::string drop_histogram(const Action& action, EngineKind fork) {
  if (fork != EngineKind::mariadb)
    return analyze_table(action) + " DROP HISTOGRAM ON " + names(action.columns);
  // MariaDB has no statement for it: its manual says to delete the rows.
  std::string where(statistics_of);
  for (const std::string& part :
       {literal(action.schema), literal(action.table), literals(action.columns)})
    where.replace(where.find("{}"), 2, part);
  return "DELETE FROM mysql.column_stats WHERE " + where + std::string(separator) +
         "FLUSH NO_WRITE_TO_BINLOG TABLES " + table_of(action);
}

TableOption table_option_of(const Action& action) {
  const std::string name = text::lower(action.setting);
  const auto both = [&](Operation operation, const std::string& word) {
    const auto clause = [&](const std::string& value) {
      return word + "=" + (value.empty() ? "DEFAULT" : value);
    };
    return TableOption{operation, clause(action.value), clause(action.previous)};
  };
  if (name == "row_format") return both(Operation::set_row_format, "ROW_FORMAT");
  if (name == "key_block_size") {
    const auto size = [](const std::string& value) {
      return "KEY_BLOCK_SIZE=" + (value.empty() ? std::string("0") : value);
    };
    return {Operation::set_row_format, size(action.value), size(action.previous)};
  }
  constexpr std::array<std::string_view, 3> statistics = {"stats_persistent", "stats_auto_recalc",
                                                          "stats_sample_pages"};
  for (const auto& one : statistics) {
    if (name != one) continue;
    std::string upper(one);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    });
    return both(Operation::set_statistics_options, upper);
  }
  const bool known = !action.previous.empty();
  if (name == "character_set") {
    const std::string word = "CONVERT TO CHARACTER SET ";
    return {Operation::convert_charset, word + action.value, known ? word + action.previous : ""};
  }
  if (name == "engine") {
    return {Operation::change_column_type, "ENGINE=" + action.value,
            known ? "ENGINE=" + action.previous : ""};
  }
  return {Operation::change_column_type, action.setting + "=" + action.value,
          known ? action.setting + "=" + action.previous : ""};
}

std::vector<std::string> statements_of(std::string_view text) {
  std::vector<std::string> statements;
  std::string current;
  char quote = 0;
  const auto finish = [&] {
    const std::string trimmed(text::trim(current));
    if (!trimmed.empty()) statements.push_back(trimmed);
    current.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      current += c;
      if (c == '\\' && quote != '`' && i + 1 < text.size())
        current += text[++i];
      else if (c == quote)
        quote = 0;
      continue;
    }
    const bool line_begins = i == 0 || text[i - 1] == '\n';
    if (line_begins && text.substr(i).starts_with("-- ")) {
      i = std::min(text.find('\n', i), text.size() - 1);
      continue;
    }
    if (c == ';') {
      finish();
      continue;
    }
    if (c == '\'' || c == '"' || c == '`') quote = c;
    current += c;
  }
  finish();
  return statements;
}

}  // namespace whet::engine::mysql
