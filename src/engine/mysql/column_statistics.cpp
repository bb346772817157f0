// Statistics of columns: MySQL's histograms, MariaDB's engine-independent statistics.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/histograms.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

model::Column* find_column(Collector& c, std::string_view schema, std::string_view table,
                           std::string_view name) {
  auto* found = c.table(schema, table);
  if (found == nullptr) return nullptr;
  const std::string wanted = text::lower(name);
  for (auto& column : found->columns) {
    if (text::lower(column.name) == wanted) return &column;
  }
  return nullptr;
}

bool keep_values(const Collector& c) { return c.options.with_samples || c.options.planner_facts; }

/// The most common values themselves are for snapshots with samples only.
void finish(const Collector& c, model::ColumnStats& stats) {
  if (!c.options.with_samples) return;
  std::vector<std::pair<double, std::string>> common;
  double before = 0;
  for (const auto& bucket : stats.histogram) {
    if (bucket.distinct == 1) common.emplace_back(bucket.cumulative - before, bucket.low);
    before = bucket.cumulative;
  }
  std::stable_sort(common.begin(), common.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [frequency, value] : common) stats.samples.push_back(std::move(value));
}

void collect_histograms(Collector& c) {
  c.stream("histograms",
           "SELECT SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, HISTOGRAM FROM "
           "information_schema.COLUMN_STATISTICS",
           [&](const Rows& rows) {
             Row row(rows, 0);
             const std::string_view schema = row.view(), table = row.view();
             auto* column = find_column(c, schema, table, row.view());
             if (column == nullptr) return;
             HistogramRequest request;
             request.keep_values = keep_values(c);
             request.now = c.now;
             if (column->base_type == "enum") request.labels = labels_of(column->type);
             if (auto stats = mysql_histogram(row.view(), request)) {
               column->stats = std::move(stats).value();
               finish(c, *column->stats);
             }
           });
}

bool is_numeric(std::string_view base_type) {
  return text::contains(base_type, "int") || base_type == "decimal" || base_type == "double" ||
         base_type == "float" || base_type == "year" || base_type == "bit";
}

void collect_engine_independent(Collector& c) {
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), table = row.view();
    auto* column = find_column(c, schema, table, row.view());
    if (column == nullptr) return;
    MariadbStats stats;
    stats.nulls = row.number();
    stats.average_length = row.number();
    stats.average_frequency = row.number();
    stats.kind = row.text();
    stats.decoded = row.text();
    stats.rows = row.number();
    stats.minimum = row.text();
    stats.maximum = row.text();
    stats.numeric = is_numeric(column->base_type);
    column->stats = mariadb_statistics(stats, keep_values(c));
    finish(c, *column->stats);
  };
  // Smallest and largest values are left on the server unless values are wanted.
  const std::string values = keep_values(c) ? "s.min_value, s.max_value" : "NULL, NULL";
  c.stream("statistics of columns",
           "SELECT s.db_name, s.table_name, s.column_name, s.nulls_ratio, s.avg_length, "
           "s.avg_frequency, s.hist_type, DECODE_HISTOGRAM(s.hist_type, s.histogram), "
           "t.cardinality, " +
               values +
               " FROM mysql.column_stats s LEFT JOIN mysql.table_stats t "
               "ON t.db_name = s.db_name AND t.table_name = s.table_name",
           keep,
           c.grant("SELECT ON mysql.column_stats") + " " + c.grant("SELECT ON mysql.table_stats"));
}

}  // namespace

void collect_column_statistics(Collector& c) {
  if (c.has(Feature::column_statistics)) collect_histograms(c);
  if (c.has(Feature::engine_independent)) collect_engine_independent(c);
}

}  // namespace whet::engine::mysql
