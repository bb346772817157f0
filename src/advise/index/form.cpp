// Indexes whose form does not fit what they index.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/common.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Column;
using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

Finding start(const Table& table, const Index& index) {
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.evidence = {
      size("size", static_cast<double>(index.size_bytes), "pg_relation_size"),
      count("scans of the index", index.total.scans, "pg_stat_user_indexes.idx_scan"),
      fact("key", key_text(index), "pg_index")};
  return finding;
}

model::Change suggestion(const Table& table, const Index& index, std::string_view summary,
                         const std::string& statement) {
  return manual("reshape/" + table.schema + "." + index.name, summary, statement);
}

std::string on_table(const Table& table) {
  return "CREATE INDEX CONCURRENTLY ON " + sql_name(table.schema, table.name) + " ";
}

using Judge = void (*)(const Facts&, const Table&, const Index&, std::vector<Finding>&);

// Indexes that a check of form may talk about: usable, once for all partitions.
void each_index(const Facts& facts, Judge judge, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.usable() && index.parent == 0 && index.extension.empty() && !index.parts.empty())
        judge(facts, *table, index, out);
    }
  }
}

// ---- few values -----------------------------------------------------------------------------

void judge_low_cardinality(const Facts& facts, const Table& table, const Index& index,
                           std::vector<Finding>& out) {
  if (index.method != "btree" || index.parts.size() != 1 || index.unique ||
      !index.includes.empty() || !index.predicate.empty())
    return;
  const Column* column = table.column(index.parts[0].column);
  if (column == nullptr || !column->stats || rows_of(facts, table) < 10000) return;
  const double distinct = column->stats->distinct;
  if (distinct <= 0 || distinct > 2 || !only_supported_by(index, table).empty()) return;
  double largest = column->stats->null_fraction;
  for (const double frequency : column->stats->common_frequencies)
    largest = std::max(largest, frequency);
  const bool skewed = largest >= 0.95;
  if (skewed && static_cast<double>(index.size_bytes) < 10 * megabyte) return;
  Finding finding = start(table, index);
  finding.severity = index.total.scans == 0 && !skewed ? Severity::low : Severity::info;
  finding.title = index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) +
                  ") indexes " + column->name + ", which has " +
                  text::plural(to_whole(distinct), "value", "values");
  finding.detail =
      skewed ? "Nearly all rows have the same value; only searches for the rare one can gain. A "
               "partial index on what those searches sort or filter by would be a small part of "
               "this one, and most writes would not touch it."
             : "Each value stands for so many rows that reading the whole table is as fast. Such a "
               "column belongs behind others in a composite index, or in a partial index's "
               "condition.";
  finding.evidence.push_back(number("distinct values", distinct, "pg_stats.n_distinct"));
  finding.evidence.push_back(
      share("rows with the most frequent value or NULL", largest, "pg_stats.most_common_freqs"));
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
  finding.changes = {
      skewed
          ? suggestion(table, index, "Use a partial index instead of " + index.name,
                       on_table(table) + "(<columns that the queries filter or sort by>) WHERE " +
                           sql_name(column->name) + " = <the rare value>;")
          : suggestion(table, index, "Drop " + index.name + " unless a query needs it",
                       "DROP INDEX CONCURRENTLY " + sql_name(table.schema, index.name) + ";")};
  out.push_back(std::move(finding));
}

// ---- containers -----------------------------------------------------------------------------

bool is_container(const Column& column) {
  return column.type_kind == "array" || column.base_type == "jsonb" ||
         column.base_type == "tsvector" || column.base_type == "hstore" ||
         text::starts_with_nocase(column.base_type, "_");
}

void judge_container(const Facts& facts, const Table& table, const Index& index,
                     std::vector<Finding>& out) {
  if (index.method != "btree" || index.unique || index.total.scans > 0) return;
  const Column* column = table.column(index.parts[0].column);
  if (column == nullptr || !is_container(*column) || rows_of(facts, table) < 1000) return;
  if (use_of(facts, table, index).scans > 0) return;
  Finding finding = start(table, index);
  finding.severity = Severity::low;
  finding.title =
      index.name + " is a B-tree on " + column->name + " (" + column->type + ") and was never used";
  finding.detail =
      "A B-tree compares whole values: it cannot find what a value contains (@>, ?, &&, @@). GIN "
      "can.";
  finding.evidence.push_back(fact("type", column->type, "pg_attribute.atttypid"));
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
  finding.changes = {suggestion(table, index, "Use a GIN index on " + column->name,
                                "CREATE INDEX CONCURRENTLY ON " +
                                    sql_name(table.schema, table.name) + " USING gin (" +
                                    sql_name(column->name) + ");")};
  out.push_back(std::move(finding));
}

// ---- wide keys ------------------------------------------------------------------------------

void judge_wide(const Facts& /*facts*/, const Table& table, const Index& index,
                std::vector<Finding>& out) {
  if (index.method != "btree" || static_cast<double>(index.size_bytes) < 10 * megabyte) return;
  double width = 0;
  for (const model::IndexPart& part : index.parts) {
    const Column* column = table.column(part.column);
    if (column != nullptr && column->stats) width += column->stats->average_width;
  }
  if (width < 256) return;
  Finding finding = start(table, index);
  const auto bytes = static_cast<double>(index.size_bytes);
  finding.severity = bytes >= 1024 * megabyte ? Severity::low : Severity::info;
  finding.title = index.name + " (" + text::bytes(bytes) + ") has keys of " + text::number(width) +
                  " bytes on average";
  finding.detail =
      "Fewer than thirty such keys fit on a page, so the tree is deep and large, and a value over "
      "2704 bytes is refused. If the queries only test for equality, index a hash of the value "
      "(USING hash, or md5(column)) and compare that.";
  finding.evidence.push_back(number("average key width in bytes", width, "pg_stats.avg_width"));
  finding.impact.bytes = bytes;
  finding.impact.arithmetic = "the whole index: " + text::bytes(bytes);
  finding.changes = {
      suggestion(table, index, "Index a hash of the value instead, if only equality is needed",
                 "CREATE INDEX CONCURRENTLY ON " + sql_name(table.schema, table.name) +
                     " USING hash (" + sql_name(index.parts[0].column) + ");")};
  out.push_back(std::move(finding));
}

// ---- needless predicates --------------------------------------------------------------------

void judge_predicate(const Facts& /*facts*/, const Table& table, const Index& index,
                     std::vector<Finding>& out) {
  if (index.predicate.empty()) return;
  const Column* column = table.column(not_null_column(index.predicate));
  if (column == nullptr || !column->not_null) return;
  Finding finding = start(table, index);
  finding.severity = Severity::info;
  finding.title = index.name + " leaves out rows where " + column->name +
                  " is NULL, but the column is NOT NULL";
  finding.detail =
      "The condition leaves nothing out. It only keeps the index from queries that do not imply "
      "it, and from being the target of ON CONFLICT or of comparisons with other indexes.";
  finding.evidence.push_back(fact("predicate", index.predicate, "pg_index.indpred"));
  finding.evidence.push_back(fact("NOT NULL", "yes", "pg_attribute.attnotnull"));
  finding.changes = {suggestion(table, index, "Make " + index.name + " anew without its condition",
                                on_table(table) + "(" + sql_key(index) + ");")};
  out.push_back(std::move(finding));
}

// ---- block range indexes --------------------------------------------------------------------

void judge_brin(const Facts& facts, const Table& table, const Index& index,
                std::vector<Finding>& out) {
  if (index.method != "btree" || index.unique || index.parts.size() != 1 ||
      !index.predicate.empty() || table.is_partition)
    return;
  const IndexUse use = use_of(facts, table, index);
  const double heap = data_bytes_of(facts, table);
  const Column* column = table.column(index.parts[0].column);
  if (use.size_bytes < gigabyte || heap < 10 * gigabyte || column == nullptr || !column->stats ||
      std::abs(column->stats->correlation.value_or(0)) < 0.95)
    return;
  const bool ordered_type = text::starts_with_nocase(column->base_type, "timestamp") ||
                            column->base_type == "date" || column->base_type == "int8" ||
                            column->base_type == "int4";
  const std::int64_t changed = table.total.updates + table.total.deletes;
  const bool append_only = table.total.inserts > 0 && changed * 100 <= table.total.inserts;
  // A scan that fetches few rows wants the exact position; BRIN reads 128 pages at least.
  const bool ranges = use.scans > 0 && index.total.entries_read >= use.scans * 1000;
  if (!ordered_type || !append_only || !ranges) return;
  Finding finding = start(table, index);
  finding.severity = Severity::low;
  // A range of 128 pages takes about 32 bytes: tuple header, item pointer and two values.
  const double expected = heap / (128.0 * 8192) * 32;
  finding.title = index.name + " (" + text::bytes(use.size_bytes) +
                  ") could be a block range index of about " + text::bytes(expected);
  finding.detail =
      "Rows lie on disk in the order of " + column->name +
      ", they are hardly ever changed, and the scans read long ranges. BRIN keeps the least and "
      "greatest value of every 128 pages: a thousandth of the size and of the upkeep. Measure the "
      "range queries with it before dropping the B-tree.";
  finding.evidence.push_back(
      number("correlation", column->stats->correlation.value_or(0), "pg_stats.correlation"));
  finding.evidence.push_back(size("table size", heap, "pg_relation_size"));
  finding.evidence.push_back(
      number("entries read in a scan",
             static_cast<double>(index.total.entries_read) / static_cast<double>(use.scans),
             "pg_stat_user_indexes.idx_tup_read / idx_scan"));
  finding.evidence.push_back(
      count("rows changed", changed, "pg_stat_user_tables.n_tup_upd, n_tup_del"));
  finding.impact.bytes = use.size_bytes - expected;
  finding.impact.arithmetic = text::bytes(use.size_bytes) + " less 32 bytes for every 128 pages";
  finding.changes = {suggestion(table, index, "Try a BRIN index on " + column->name,
                                "CREATE INDEX CONCURRENTLY ON " +
                                    sql_name(table.schema, table.name) + " USING brin (" +
                                    sql_name(column->name) + ");")};
  out.push_back(std::move(finding));
}

void low_cardinality(const Facts& f, std::vector<Finding>& out) {
  each_index(f, judge_low_cardinality, out);
}
void container(const Facts& f, std::vector<Finding>& out) { each_index(f, judge_container, out); }
void wide_key(const Facts& f, std::vector<Finding>& out) { each_index(f, judge_wide, out); }
void needless_predicate(const Facts& f, std::vector<Finding>& out) {
  each_index(f, judge_predicate, out);
}
void brin(const Facts& f, std::vector<Finding>& out) { each_index(f, judge_brin, out); }

const Register cardinality_check{
    {.id = "index.low_cardinality_leading",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "An index on a single column with at most two values",
     .why = "A value that stands for a large part of the table is found as fast without an index.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards = "10,000 rows; never composite, partial, unique or foreign key indexes; a rare value "
               "is only mentioned from 10 MB on",
     .source = "pg-index-health (boolean leading columns)"},
    low_cardinality};
const Register container_check{
    {.id = "index.btree_on_container",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "An unused B-tree on an array, jsonb, hstore or tsvector column",
     .why = "It can only compare whole values; containment needs GIN.",
     .guards = "silent when it was scanned at all, and for unique indexes",
     .source = "pg-index-health; PostgreSQL manual, 'GIN Indexes'"},
    container};
const Register wide_check{
    {.id = "index.wide_key",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "An index has keys of 256 bytes and more",
     .why = "The tree is deep and takes much cache; a hash of the value would be 4 to 32 bytes.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards = "10 MB and more",
     .source = "256: an eighth of the longest B-tree key (a third of a page)"},
    wide_key};
const Register predicate_check{
    {.id = "index.needless_not_null_predicate",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "A partial index leaves out the NULLs of a NOT NULL column",
     .why = "The condition does nothing but keep queries from using the index.",
     .guards = "none: the schema itself says so",
     .source = "pg-index-health"},
    needless_predicate};
const Register brin_check{
    {.id = "index.brin_candidate",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "A large B-tree on naturally ordered rows, read in long ranges",
     .why = "BRIN would take a thousandth of the disk and cache.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards = "correlation of 0.95, table of 10 GB, index of 1 GB, hardly any updates or deletes, "
               "1,000 entries read in a scan",
     .source = "PostgreSQL manual, 'BRIN Indexes'"},
    brin};

}  // namespace
}  // namespace whet::advise
