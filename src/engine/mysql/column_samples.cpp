// Statistics of columns that the server knows nothing of (no index begins with them, no histogram):
// from a few hundred rows, spread over the primary key, of tables that the workload names; for a
// look at the server (without CollectOptions::planner_facts) from fewer rows of fewer tables.
// Values are counted and forgotten.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/names.h"
#include "engine/mysql/sampled_rows.h"
#include "engine/mysql/sampled_statistics.h"

namespace whet::engine::mysql {

namespace {

constexpr double least_rows = 1000;       // smaller tables are read as a whole anyway
constexpr std::size_t most_tables = 300;  // the largest that the workload names
constexpr int most_rows = 400;
constexpr std::size_t fewer_tables = 50;
constexpr int fewer_rows = 100;
/// Longer values are told apart by their beginnings well enough.
constexpr int most_characters = 64;

bool known_by_index(const model::Table& table, const model::Column& column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
    return !index.parts.empty() && index.parts.front().column == column.name &&
           !index.prefix_distinct.empty();
  });
}

bool is_countable(const model::Column& column) {
  constexpr std::array kinds{"json",       "geometry",        "point",
                             "polygon",    "linestring",      "multipolygon",
                             "multipoint", "multilinestring", "geomcollection"};
  return std::find(kinds.begin(), kinds.end(), column.base_type) == kinds.end();
}

std::vector<model::Column*> unknown_columns(model::Table& table) {
  std::vector<model::Column*> out;
  for (model::Column& column : table.columns) {
    if (!column.stats && is_countable(column) && !known_by_index(table, column))
      out.push_back(&column);
  }
  return out;
}

std::string value_of(const model::Column& column) {
  const std::string name = identifier(column.name);
  return is_number(column) || text::contains(column.base_type, "date") ||
                 text::contains(column.base_type, "time")
             ? name
             : "LEFT(" + name + ", " + std::to_string(most_characters) + ")";
}

/// The tables whose names occur in the workload, the largest first.
std::vector<model::Table*> tables_of_the_workload(Collector& c) {
  std::vector<model::Table*> out;
  for (model::Table& table : c.snapshot.schema.tables) {
    if (table.kind != model::TableKind::table || table.system || table.rows() < least_rows)
      continue;
    const auto names = [&](const model::Statement& statement) {
      return !statement.own && text::contains(text::lower(statement.text), text::lower(table.name));
    };
    const auto& statements = c.snapshot.workload.statements;
    if (std::any_of(statements.begin(), statements.end(), names)) out.push_back(&table);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto* a, const auto* b) { return a->rows() > b->rows(); });
  const std::size_t most = c.options.planner_facts ? most_tables : fewer_tables;
  if (out.size() > most) out.resize(most);
  return out;
}

void sample_table(SampledRows& sampled, model::Table& table, int wanted) {
  const auto columns = unknown_columns(table);
  if (columns.empty()) return;
  std::vector<std::string> expressions;
  for (const model::Column* column : columns) expressions.push_back(value_of(*column));
  const auto& rows = sampled.of(table, expressions, wanted);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::vector<std::optional<std::string>> values;
    for (const SampledRow& row : rows) values.push_back(row[i]);
    columns[i]->stats = stats_of_sample(values, table.rows());
  }
}

}  // namespace

void collect_column_samples(Collector& c) {
  if (c.stopped()) return;
  SampledRows sampled(c.connection);
  for (model::Table* table : tables_of_the_workload(c)) {
    if (c.progress.cancelled()) return;
    c.progress.report("looking at rows of " + table->qualified(), -1);
    sample_table(sampled, *table, c.options.planner_facts ? most_rows : fewer_rows);
  }
}

}  // namespace whet::engine::mysql
