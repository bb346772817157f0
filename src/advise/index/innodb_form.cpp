// How indexes of MySQL and MariaDB are made: keys that hardly tell rows apart, keys that are too
// wide, too many of them.
#include <algorithm>
#include <cmath>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/index/innodb_redundant.h"
#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {

namespace {

using model::Column;
using model::Finding;
using model::Index;
using model::IndexPart;
using model::Severity;
using model::Table;

constexpr double few_values = 8;
constexpr double enough_rows = 10000;

/// A value that few rows have is worth an index even when there are few values.
bool has_rare_value(const Table& table, const Index& index) {
  const Column* column = table.column(index.parts.front().column);
  if (column == nullptr || !column->stats) return false;
  const auto& common = column->stats->common_frequencies;
  return std::any_of(common.begin(), common.end(), [](double f) { return f > 0 && f < 0.05; });
}

void low_cardinality(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->rows() < enough_rows) continue;
    for (const Index& index : table->indexes) {
      if (index.unique || index.hidden || index.parts.size() != 1 || index.prefix_distinct.empty())
        continue;
      if (!index.method.empty() && index.method != "btree") continue;
      const double distinct = index.prefix_distinct.front();
      if (distinct <= 0 || distinct > few_values || has_rare_value(*table, index)) continue;
      if (uses_of(index) == 0) continue;  // index.unused speaks of those
      if (!innodb_needed_by(*table, index, referring_keys(facts, *table)).empty()) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = index.name + " holds only " +
                      text::plural(to_whole(distinct), "different value", "different values") +
                      " in " + text::count(to_whole(table->rows())) + " rows";
      finding.detail =
          "A search by it finds a large part of the table, row by row through the primary key: "
          "reading all of the table is usually quicker. It helps only when one value is rare and "
          "that one is asked for, or at the beginning of a longer key.";
      finding.evidence = {
          number("different values", distinct, "mysql.innodb_index_stats, n_diff_pfx01"),
          count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS"),
          count("rows for each value", to_whole(table->rows() / distinct), "rows / values"),
          count("reads through it", uses_of(index), "table_io_waits_summary_by_index_usage")};
      finding.impact.bytes = static_cast<double>(index.size_bytes);
      out.push_back(std::move(finding));
    }
  }
}

constexpr std::size_t many_indexes = 10;

void too_many(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto secondary = static_cast<std::size_t>(std::count_if(
        table->indexes.begin(), table->indexes.end(), [](const Index& i) { return !i.primary; }));
    const std::int64_t writes = table->total.inserts + table->total.updates + table->total.deletes;
    if (secondary <= many_indexes || table->rows() < enough_rows || writes < 1000) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = table->qualified() + " has " + std::to_string(secondary) + " secondary indexes";
    finding.detail =
        "Each inserted row makes an entry in every one of them. Indexes that share their first "
        "columns can often be merged: whet index says which should stay.";
    finding.evidence = {count("secondary indexes", static_cast<std::int64_t>(secondary),
                              "information_schema.STATISTICS"),
                        count("rows written", writes, "table_io_waits_summary_by_table"),
                        size("secondary indexes in all", static_cast<double>(table->index_bytes),
                             "information_schema.TABLES.INDEX_LENGTH"),
                        size("data", static_cast<double>(table->heap_bytes),
                             "information_schema.TABLES.DATA_LENGTH")};
    out.push_back(std::move(finding));
  }
}

void larger_than_data(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const double index = static_cast<double>(table->index_bytes);
    const double data = static_cast<double>(table->heap_bytes);
    if (index < 1024 * megabyte || index < 1.5 * data) continue;
    Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = "The secondary indexes of " + table->qualified() + " (" + text::bytes(index) +
                    ") are larger than its data (" + text::bytes(data) + ")";
    finding.detail =
        "They compete with the data for the buffer pool. A wide primary key makes each of them "
        "wide; look at redundant and unused ones first.";
    finding.evidence = {size("secondary indexes", index, "information_schema.TABLES.INDEX_LENGTH"),
                        size("data", data, "information_schema.TABLES.DATA_LENGTH"),
                        fact("primary key", text::join(primary_columns(*table), ", "),
                             "information_schema.STATISTICS")};
    out.push_back(std::move(finding));
  }
}

/// Bytes of an average value, of a text column in its character set's usual width.
double width_of(const Table& table, const IndexPart& part) {
  const Column* column = table.column(part.column);
  if (column == nullptr) return 0;
  if (column->stats && column->stats->average_width > 0) return column->stats->average_width;
  return column->length > 0 ? static_cast<double>(column->length) : 0;
}

/// The declared bytes of a key: what MySQL allocates for it in memory and writes at most.
double declared_width(const Table& table, const Index& index) {
  double sum = 0;
  for (const IndexPart& part : index.parts) {
    const Column* column = table.column(part.column);
    if (column == nullptr) continue;
    const double bytes_each = column->character_set == "utf8mb4"   ? 4
                              : column->character_set == "utf8mb3" ? 3
                                                                   : 1;
    sum += part.prefix_length > 0
               ? static_cast<double>(part.prefix_length) * bytes_each
               : std::max(width_of(table, part), static_cast<double>(column->length));
  }
  return sum;
}

constexpr double wide_key_bytes = 1024;

void wide_key(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->rows() < enough_rows) continue;
    for (const Index& index : table->indexes) {
      if (index.primary || index.unique || index.hidden) continue;
      if (!index.method.empty() && index.method != "btree") continue;
      const double width = declared_width(*table, index);
      const double mean =
          table->rows() > 0 ? static_cast<double>(index.size_bytes) / table->rows() : 0;
      // The declared width costs memory for sorts only; entries are as long as their values.
      if (width < wide_key_bytes || mean < 128) continue;
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title = "Each entry of " + index.name + " takes " +
                      text::count(to_whole(std::round(mean))) + " bytes";
      finding.detail =
          "Long text in a key makes few entries fit a page. A prefix (column(20)) tells nearly as "
          "many values apart; for equality alone an index on a hash of the text is far smaller.";
      finding.evidence = {
          number("bytes for each row", mean, "mysql.innodb_index_stats, size / rows"),
          number("declared bytes of the key", width,
                 "information_schema.COLUMNS.CHARACTER_OCTET_LENGTH"),
          size("size", static_cast<double>(index.size_bytes), "mysql.innodb_index_stats, size")};
      finding.impact.bytes = static_cast<double>(index.size_bytes) / 2;
      finding.impact.arithmetic = "about half of the index";
      out.push_back(std::move(finding));
    }
  }
}

const Register low{{.id = "index.low_cardinality_leading",
                    .area = Area::index,
                    .severity = Severity::low,
                    .engines = both_forks,
                    .summary = "An index on a column with a handful of values",
                    .why = "Each search by it reads much of the table in random order; each write "
                           "keeps it up to date.",
                    .guards = "longer keys, foreign keys, indexes that nobody reads "
                              "(index.unused), fewer than 10,000 rows, a value that less "
                              "than 5 % of the rows have (by a histogram)",
                    .source = "MySQLTuner and soar warn of low selectivity; 8 values: a twelfth of "
                              "the table for each search"},
                   low_cardinality};
const Register many{{.id = "index.too_many",
                     .area = Area::index,
                     .severity = Severity::low,
                     .engines = both_forks,
                     .summary = "More than ten secondary indexes on a table that is written",
                     .why = "Each insert writes an entry into every one of them.",
                     .guards = "fewer than 10,000 rows, fewer than 1,000 rows written",
                     .source = "PMM's advisor and soar: 10"},
                    too_many};
const Register larger{
    {.id = "index.larger_than_data",
     .area = Area::index,
     .severity = Severity::info,
     .engines = both_forks,
     .summary = "The secondary indexes are much larger than the table's data",
     .why = "They take the buffer pool from the data that they point at.",
     .guards = "less than 1 GB of indexes, or less than one and a half times the data",
     .source = "PMM's advisor (index larger than data, above 1 GB)"},
    larger_than_data};
const Register wide{
    {.id = "index.wide_key",
     .area = Area::index,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "An index whose entries hold long text",
     .why = "Few entries fit a page: the index is large and slow to read and write.",
     .guards = "unique keys, fewer than 10,000 rows, entries below 128 bytes on average",
     .source = "MySQL manual, 10.3.5 Column Indexes (prefixes)"},
    wide_key};

}  // namespace
}  // namespace whet::advise
