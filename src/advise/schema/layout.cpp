// How rows are laid out: padding, random keys, wide tables, compression.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "advise/schema/common.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::ConstraintKind;
using model::Severity;
using model::Table;

constexpr double many_rows = 1e7;

double round_up(double offset, double alignment) {
  return std::ceil(offset / alignment) * alignment;
}

// Values of up to 126 bytes have a header of one byte and are not aligned.
double alignment_of(const Column& column) {
  const bool short_value = column.length < 0 && column.storage != "plain" && column.stats &&
                           column.stats->average_width <= 127;
  return short_value ? 1 : static_cast<double>(std::max<std::int64_t>(1, column.alignment));
}

/// Bytes of an average row's data in the given order; nothing when a width is not known.
std::optional<double> row_bytes(const std::vector<const Column*>& columns) {
  double at = 0;
  for (const Column* column : columns) {
    if (column->length < 0 && !column->stats) return std::nullopt;
    const double width =
        column->length < 0 ? column->stats->average_width : static_cast<double>(column->length);
    at = round_up(at, alignment_of(*column)) + width;
  }
  return round_up(at, 8);
}

// Widest alignment first, what has no fixed length last: no gap can arise between the fixed ones.
std::vector<const Column*> best_order(std::vector<const Column*> columns) {
  std::stable_sort(columns.begin(), columns.end(), [](const Column* a, const Column* b) {
    if ((a->length < 0) != (b->length < 0)) return b->length < 0;
    return alignment_of(*a) > alignment_of(*b);
  });
  return columns;
}

void padding(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const double rows = all_rows(facts, *table);
    if (rows < many_rows) continue;
    std::vector<const Column*> columns;
    for (const Column& column : table->columns) columns.push_back(&column);
    const std::vector<const Column*> better = best_order(columns);
    const auto now = row_bytes(columns), then = row_bytes(better);
    if (!now || !then || *now - *then < 8) continue;
    std::vector<std::string> names;
    for (const Column* column : better) names.push_back(column->name);
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.impact.bytes = (*now - *then) * rows;
    finding.impact.arithmetic = fmt::format("{} bytes a row x {} rows", text::number(*now - *then),
                                            text::count(to_whole(rows)));
    finding.title = fmt::format("{} wastes about {} on gaps between its columns ({} bytes a row)",
                                table->qualified(), text::bytes(finding.impact.bytes),
                                text::number(*now - *then));
    finding.detail =
        "Columns of 8 bytes begin at multiples of 8, so a small one before them leaves a gap. "
        "Order "
        "them by size when the table is rebuilt anyway; it is not worth a rebuild of its own.";
    finding.evidence = {number("bytes of an average row now", *now,
                               "pg_attribute.attlen, attalign; pg_stats.avg_width"),
                        number("in the better order", *then, "the same, sorted by alignment"),
                        count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"),
                        fact("better order", listed(names, 30), "pg_attribute.attalign")};
    finding.references = {manual_page("storage-page-layout")};
    out.push_back(std::move(finding));
  }
}

const Column* uuid_key(const Table& table) {
  for (const model::Constraint& constraint : table.constraints) {
    if (constraint.kind != ConstraintKind::primary_key || constraint.columns.size() != 1) continue;
    const Column* column = table.column(constraint.columns[0]);
    const bool random = column != nullptr && column->base_type == "uuid" &&
                        (text::contains(column->default_expression, "gen_random_uuid(") ||
                         text::contains(column->default_expression, "uuid_generate_v4(") ||
                         text::contains(column->default_expression, "uuidv4("));
    if (random) return column;
  }
  return nullptr;
}

void random_key(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const Column* column = uuid_key(*table);
    const double rows = all_rows(facts, *table);
    if (column == nullptr || rows < 1e6 || table->total.inserts < 100000) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = column_subject(*table, column->name);
    finding.title = fmt::format("The key of {} is a random UUID ({} rows)", table->qualified(),
                                text::count(to_whole(rows)));
    finding.detail =
        "New rows land all over the key's index: each insert touches another page, which is read "
        "from disk once the index is larger than memory, and logged in full after each checkpoint. "
        "UUIDs of version 7 begin with the time, so that neighbours in time are neighbours in the "
        "index: uuidv7() from PostgreSQL 18 on, or made by the program. Old keys may stay.";
    finding.evidence = {
        fact("default", column->default_expression, "pg_attrdef"),
        count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"),
        count("rows inserted", table->total.inserts, "pg_stat_all_tables.n_tup_ins"),
        size("its indexes", static_cast<double>(table->index_bytes), "pg_indexes_size()")};
    if (facts.server().major() >= 18) {
      finding.changes = {manual("schema.random_uuid_key/" + finding.subject.text(),
                                "Make new keys of " + table->qualified() + " follow the time",
                                fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT uuidv7();",
                                            sql_name(*table), sql_name(column->name)))};
    }
    finding.references = {manual_page("functions-uuid")};
    out.push_back(std::move(finding));
  }
}

void wide(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const auto columns = static_cast<std::int64_t>(table->columns.size());
    if (columns <= 200) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} has {} columns", table->qualified(), columns);
    finding.detail =
        "Reading the last column walks over all before it, each update writes the whole row anew, "
        "and a table can have at most 1600 columns, dropped ones included. Move what is rarely "
        "used "
        "or often NULL to a table of its own, or to jsonb.";
    finding.evidence = {count("columns", columns, "pg_attribute")};
    finding.references = {manual_page("limits")};
    out.push_back(std::move(finding));
  }
}

void all_nullable(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const auto& columns = table->columns;
    const bool any_required = std::any_of(columns.begin(), columns.end(),
                                          [](const Column& column) { return column.not_null; });
    if (any_required || columns.size() < 2 || all_rows(facts, *table) <= 0) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("Every one of the {} columns of {} may be NULL", columns.size(),
                                table->qualified());
    finding.detail =
        "A row of nothing but NULLs is a valid row here. Declare NOT NULL what must be there; the "
        "planner and readers of the schema gain by it.";
    finding.evidence = {count("columns", static_cast<std::int64_t>(columns.size()), "pg_attribute"),
                        count("of those NOT NULL", 0, "pg_attribute.attnotnull")};
    out.push_back(std::move(finding));
  }
}

void no_columns(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    if (!table->columns.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} has no columns", table->qualified());
    finding.detail = "It can hold no data. Drop it, or give it the columns it was meant to have.";
    finding.evidence = {count("columns", 0, "pg_attribute")};
    out.push_back(std::move(finding));
  }
}

bool compresses_with_pglz(const Facts& facts, const Column& column) {
  if (column.length >= 0 || (column.storage != "extended" && column.storage != "main"))
    return false;
  const std::string method = column.compression.empty()
                                 ? facts.server().text("default_toast_compression")
                                 : column.compression;
  return method == "pglz";
}

void compression(const Facts& facts, std::vector<model::Finding>& out) {
  if (facts.server().major() < 14) return;
  for (const Table* table : designed_tables(facts)) {
    if (static_cast<double>(table->toast_bytes) < gigabyte) continue;
    std::vector<std::string> names, parts;
    for (const Column& column : table->columns) {
      // Short values are never compressed.
      if (!compresses_with_pglz(facts, column) || !column.stats ||
          column.stats->average_width < 200)
        continue;
      names.push_back(column.name);
      parts.push_back("ALTER COLUMN " + sql_name(column.name) + " SET COMPRESSION lz4");
    }
    if (names.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title =
        fmt::format("{} of {} out of line, compressed with pglz",
                    text::bytes(static_cast<double>(table->toast_bytes)), table->qualified());
    finding.detail =
        "lz4 compresses and unpacks several times faster at about the same size. It holds for new "
        "values; old ones stay as they are and can be read. The server must have been built with "
        "it.";
    finding.evidence = {
        size("out-of-line storage", static_cast<double>(table->toast_bytes),
             "pg_table_size() of the TOAST table"),
        fact("columns", listed(names), "pg_attribute.attcompression"),
        fact("default_toast_compression", facts.server().text("default_toast_compression"),
             "pg_settings.setting")};
    finding.changes = {
        manual("schema.toast_compression/" + table->qualified(),
               "Compress new values of " + table->qualified() + " with lz4",
               "ALTER TABLE " + sql_name(*table) + " " + text::join(parts, ", ") + ";")};
    finding.references = {manual_page("sql-altertable")};
    out.push_back(std::move(finding));
  }
}

const Register padding_check{
    schema_check("schema.column_padding", Severity::info, "Gaps between columns of a large table",
                 "Space on disk and in memory that holds nothing.",
                 "under 10 million rows; less than 8 bytes a row; columns without statistics",
                 "PostgreSQL manual, 73.6 Database Page Layout (alignment)"),
    padding};
const Register random_check{
    schema_check("schema.random_uuid_key", Severity::low,
                 "A large table whose key is a random UUID",
                 "Inserts touch pages all over the index.",
                 "under a million rows or 100,000 inserts; keys that programs make",
                 "RFC 9562, 6.13 (UUIDs as database keys)"),
    random_key};
const Register wide_check{schema_check("schema.wide_table", Severity::low, "More than 200 columns",
                                       "Every update writes them all.", "up to 200 columns",
                                       "PostgreSQL manual, appendix K: 1600 at most"),
                          wide};
const Register nullable_check{
    schema_check("schema.all_nullable", Severity::info, "A table in which every column may be NULL",
                 "Nothing says what a row must have.", "empty tables; tables of one column",
                 "information only"),
    all_nullable};
const Register empty_check{
    schema_check("schema.no_columns", Severity::info, "A table without columns",
                 "It can hold no data.", "partitions", "information only"),
    no_columns};
const Register compression_check{
    schema_check("schema.toast_compression", Severity::info,
                 "Large out-of-line values compressed with pglz (14+)",
                 "lz4 is several times faster.",
                 "under 1 GB out of line; short values; columns that are not compressed",
                 "PostgreSQL 14 release notes; pages over 1 GB are worth the change"),
    compression};

}  // namespace
}  // namespace whet::advise::schema
