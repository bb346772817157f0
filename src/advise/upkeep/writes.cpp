#include "advise/upkeep/writes.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "advise/index/texts.h"
#include "base/text.h"
#include "sql/tokens.h"

namespace whet::advise {

namespace {

bool among(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The table's bare name in lower case behind INSERT INTO, REPLACE INTO, UPDATE or DELETE FROM,
/// with MySQL's modifiers between; "" for others.
std::string written_table(std::string_view statement) {
  std::vector<std::string> words;
  // MySQL's quotes are read as the others.
  const std::string head = text::replace_all(std::string(statement.substr(0, 400)), "`", "\"");
  for (const sql::Token& token : sql::tokens(head)) {
    if (token.kind == sql::TokenKind::space) continue;
    words.push_back(text::lower(text::replace_all(std::string(token.text), "\"", "")));
    if (words.size() == 8) break;
  }
  if (words.empty() || !among(words[0], {"insert", "replace", "update", "delete"})) return "";
  std::size_t at = 1;
  while (at + 1 < words.size() && among(words[at], {"into", "from", "only", "ignore", "quick",
                                                    "low_priority", "high_priority", "delayed"}))
    ++at;
  if (at >= words.size()) return "";
  return at + 2 < words.size() && words[at + 1] == "." ? words[at + 2] : words[at];
}

double rows_per_hour(const Facts& facts, const model::Statement& statement) {
  if (statement.total.calls <= 0) return 0;
  // MySQL counts what was sent (nothing, of a write) and what was changed apart.
  const std::int64_t rows = std::max(statement.total.rows, statement.total.rows_affected);
  return facts.calls_per_hour(statement) * static_cast<double>(rows) /
         static_cast<double>(statement.total.calls);
}

// Counters that were never reset go back to when the database was made and loaded: with an age that
// is not known, they say nothing of an hour. Then the statements do, if they were counted.
bool counters_have_an_age(const Facts& facts) {
  const model::Database* database = facts.server().current_database();
  const bool reset = database != nullptr && database->stats_age_seconds.has_value();
  return reset || facts.snapshot().workload.source.empty();
}

}  // namespace

Writes::Writes(const Facts& facts) : facts_(facts) {
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    const bool writes = statement.kind == model::StatementKind::insert ||
                        statement.kind == model::StatementKind::update ||
                        statement.kind == model::StatementKind::remove;
    if (!writes || statement.own) continue;
    if (std::string name = written_table(statement.text); !name.empty())
      by_name_[std::move(name)].push_back(&statement);
  }
}

void Writes::add_statements(const model::Table& table, TableWrites& out) const {
  const auto found = by_name_.find(text::lower(table.name));
  if (found == by_name_.end()) return;
  for (const model::Statement* statement : found->second) {
    const double rows = rows_per_hour(facts_, *statement);
    if (statement->kind == model::StatementKind::insert) out.inserts += rows;
    if (statement->kind == model::StatementKind::remove) out.deletes += rows;
    if (statement->kind != model::StatementKind::update) continue;
    out.updates += rows;
    const auto columns = assigned_columns(*statement, table);
    if (!columns.empty()) out.kinds.push_back({{columns.begin(), columns.end()}, rows});
  }
}

TableWrites Writes::of(const model::Table& table) const {
  constexpr int deepest = 32;
  TableWrites out;
  const model::Table* level = &table;
  for (int depth = 0; level != nullptr && depth < deepest; ++depth) {
    add_statements(*level, out);
    level = level->parent != 0 ? facts_.table(level->parent) : nullptr;
  }
  const model::TableCounters& counters = table.total;
  const bool any = counters.inserts + counters.updates + counters.deletes > 0;
  out.counted = any && counters_have_an_age(facts_);
  out.heap_only_known = counters.updates > 0;
  if (!out.counted) {
    if (out.heap_only_known)
      out.hot_updates = out.updates * static_cast<double>(counters.hot_updates) /
                        static_cast<double>(counters.updates);
    return out;
  }
  const double per_hour = 3600 / std::max(facts_.history_seconds(), 1.0);
  out.inserts = static_cast<double>(counters.inserts) * per_hour;
  out.updates = static_cast<double>(counters.updates) * per_hour;
  out.hot_updates = static_cast<double>(counters.hot_updates) * per_hour;
  out.deletes = static_cast<double>(counters.deletes) * per_hour;
  return out;
}

}  // namespace whet::advise
