// Primary keys of MySQL and MariaDB tables: missing, used up, random, wide.
#include <algorithm>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mysql_facts.h"
#include "advise/schema/common.h"
#include "advise/schema/mysql_common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

/// InnoDB takes the first unique key over NOT NULL columns as the clustered index.
bool has_clustering_key(const Table& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
    if (index.primary) return true;
    return index.unique && !index.parts.empty() &&
           std::all_of(index.parts.begin(), index.parts.end(), [&](const auto& part) {
             const Column* column = part.column.empty() ? nullptr : table.column(part.column);
             return column != nullptr && column->not_null && part.prefix_length == 0;
           });
  });
}

void no_primary_key(const Facts& facts, std::vector<Finding>& out) {
  const auto& replication = facts.snapshot().replication;
  const bool clustered = replication.members.size() > 1;
  for (const Table* table : filled_tables(facts)) {
    if (has_clustering_key(*table)) continue;
    const std::int64_t changes = table->total.updates + table->total.deletes;
    Finding finding = finding_of(
        clustered ? Severity::high : Severity::medium, table_subject(*table),
        fmt::format("{} has no primary key ({} rows)", table->qualified(),
                    text::count(to_whole(table->rows()))),
        "InnoDB clusters it by a hidden row number, which no query can use and all such tables "
        "take "
        "from one counter. With row-based replication a replica looks for each changed row by "
        "reading the table; group replication and Galera refuse or risk such tables.");
    finding.evidence = {
        count("primary keys", 0, "information_schema.STATISTICS"),
        count("unique keys over NOT NULL columns", 0, "information_schema.STATISTICS"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS"),
        count("rows updated or deleted", changes, "table_io_waits_summary_by_table")};
    const bool taken = table->column("id") != nullptr;
    finding.changes.push_back(
        alter(*table, "schema.no_primary_key", "Add a primary key to " + table->qualified(),
              fmt::format("ADD COLUMN {} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST",
                          ticked(taken ? "row_id" : "id"))));
    out.push_back(std::move(finding));
  }
}

void key_exhaustion(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->next_auto_increment) continue;
    const auto column = std::find_if(table->columns.begin(), table->columns.end(),
                                     [](const Column& c) { return c.auto_increment; });
    if (column == table->columns.end()) continue;
    const double limit = mysql_integer_limit(*column);
    const double used = limit > 0 ? (*table->next_auto_increment - 1) / limit : 0;
    if (used < 0.5) continue;
    Finding finding = finding_of(
        used >= 0.95   ? Severity::critical
        : used >= 0.80 ? Severity::high
                       : Severity::medium,
        column_subject(*table, column->name),
        fmt::format("{}.{} ({}) has used {:.1f} % of its numbers", table->qualified(), column->name,
                    column->type, used * 100),
        "After the last number every INSERT fails with a duplicate key (error 1062 or 167). Widen "
        "the column before that, and the columns that refer to it. MySQL copies the table for this "
        "and blocks writes meanwhile: for a large table use gh-ost or pt-online-schema-change.");
    finding.evidence = {number("next number", *table->next_auto_increment,
                               "information_schema.TABLES.AUTO_INCREMENT"),
                        number("largest number that the column holds", limit,
                               "information_schema.COLUMNS.COLUMN_TYPE"),
                        share("used", used, "(next number - 1) / largest")};
    finding.impact.outage_risk = std::min(1.0, used);
    finding.changes.push_back(
        alter(*table, "schema.int_key_exhaustion",
              "Widen " + finding.subject.text() + " to BIGINT UNSIGNED",
              "MODIFY " + ticked(column->name) + " BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"));
    out.push_back(std::move(finding));
  }
}

bool is_character(const Column& column) {
  return column.base_type == "char" || column.base_type == "varchar";
}

/// 36 characters, by declaration or by the values themselves.
bool is_uuid_text(const Column& column) {
  if (!is_character(column)) return false;
  if (text::contains(column.type, "(36)")) return true;
  const bool fits =
      column.stats && column.stats->average_width >= 35.5 && column.stats->average_width <= 37.5;
  return fits && text::contains(text::lower(column.name), "uuid");
}

std::int64_t secondary_indexes(const Table& table) {
  return std::count_if(table.indexes.begin(), table.indexes.end(),
                       [](const Index& index) { return !index.primary; });
}

void random_key(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : filled_tables(facts)) {
    const Index* key = primary_key(*table);
    if (key == nullptr || key->parts.empty() || table->rows() < 10000) continue;
    const Column* column = table->column(key->parts.front().column);
    if (column == nullptr || !is_uuid_text(*column) || table->storage_engine != "InnoDB") continue;
    const std::int64_t others = secondary_indexes(*table);
    Finding finding = finding_of(
        table->rows() >= 1e6 ? Severity::medium : Severity::low,
        column_subject(*table, column->name),
        fmt::format("{} is clustered by a UUID kept as text ({})", table->qualified(),
                    column->type),
        "Rows lie in the order of the primary key, so random values spread the inserts over all "
        "pages, split them, and keep the whole table hot; and each entry of each secondary index "
        "carries the key's 36 bytes. BINARY(16) with UUID_TO_BIN(uuid, 1) (MariaDB: the UUID type) "
        "takes 16 bytes and puts the time first; or use an AUTO_INCREMENT key beside a unique "
        "UUID.");
    finding.evidence = {
        fact("type of the key", column->type, "information_schema.COLUMNS"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS"),
        count("secondary indexes that carry it", others, "information_schema.STATISTICS")};
    finding.impact.bytes = table->rows() * 20 * static_cast<double>(others + 1);
    finding.impact.arithmetic = "20 bytes for each row in the table and in each secondary index";
    finding.changes.push_back(alter(
        *table, "schema.random_primary_key",
        "Keep the UUIDs of " + table->qualified() + " as 16 bytes",
        "MODIFY " + ticked(column->name) +
            " BINARY(16) NOT NULL /* after the values were converted: UUID_TO_BIN(uuid, 1) */"));
    out.push_back(std::move(finding));
  }
}

double width_of(const Table& table, const std::string& name) {
  const Column* column = table.column(name);
  if (column == nullptr) return 0;
  if (column->stats && column->stats->average_width > 0) return column->stats->average_width;
  return column->length > 0 ? static_cast<double>(column->length) : 0;
}

constexpr double wide_bytes = 32;

void wide_key(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : filled_tables(facts)) {
    const Index* key = primary_key(*table);
    if (key == nullptr || table->rows() < 100000 || table->storage_engine != "InnoDB") continue;
    const std::int64_t others = secondary_indexes(*table);
    double width = 0;
    for (const auto& part : key->parts) width += width_of(*table, part.column);
    const Column* first = table->column(key->parts.empty() ? "" : key->parts.front().column);
    if (width <= wide_bytes || others < 2 || (first != nullptr && is_uuid_text(*first))) continue;
    const double extra = (width - 8) * table->rows() * static_cast<double>(others);
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("Each entry of {} secondary indexes of {} carries a key of {:.0f} bytes",
                    others, table->qualified(), width),
        "InnoDB finds a row from a secondary index by the primary key, so a wide key is repeated "
        "in "
        "each of them. A surrogate AUTO_INCREMENT key with the present one as a unique key makes "
        "them smaller.");
    finding.evidence = {
        number("bytes of the primary key", width, "average width of its columns"),
        count("secondary indexes", others, "information_schema.STATISTICS"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS")};
    finding.impact.bytes = extra;
    finding.impact.arithmetic = fmt::format("({:.0f} - 8) bytes x rows x indexes", width);
    out.push_back(std::move(finding));
  }
}

const Register missing{
    {.id = "schema.no_primary_key",
     .area = Area::schema,
     .severity = Severity::high,
     .engines = both_forks,
     .summary = "A table without a primary key or any other key that cannot be null",
     .why = "InnoDB clusters it by a hidden number; replicas look for changed rows by reading all.",
     .guards = "a unique key whose columns are all NOT NULL; empty tables",
     .source = "MySQL manual, 17.6.2.1 Clustered and Secondary Indexes; 20.3.1 Group Replication "
               "Requirements"},
    no_primary_key};
const Register exhaustion{
    {.id = "schema.int_key_exhaustion",
     .area = Area::schema,
     .severity = Severity::critical,
     .engines = both_forks,
     .summary = "An AUTO_INCREMENT column nears the last number of its type",
     .why = "When the numbers run out every INSERT fails, and the repair copies the table.",
     .guards = "below 50 % used",
     .source = "sys.schema_auto_increment_columns; MySQLTuner warns at 80 %"},
    key_exhaustion};
const Register random{
    {.id = "schema.random_primary_key",
     .area = Area::schema,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A table is clustered by UUIDs kept as text",
     .why = "Random inserts touch every page; each secondary index repeats 36 bytes for each row.",
     .guards = "fewer than 10,000 rows; storage engines without a clustered index; BINARY(16) and "
               "UUID types",
     .source = "MySQL manual, 14.24 UUID_TO_BIN; MySQLTuner, 'CHAR primary keys'"},
    random_key};
const Register wide{
    {.id = "schema.wide_primary_key",
     .area = Area::schema,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "A wide primary key with several secondary indexes",
     .why = "Every entry of every secondary index carries the primary key.",
     .guards = "32 bytes or less, fewer than two secondary indexes, fewer than "
               "100,000 rows; UUIDs (schema.random_primary_key tells of them)",
     .source = "MySQL manual, 17.6.2.1: 'it is advantageous to have a short primary key'"},
    wide_key};

}  // namespace
}  // namespace whet::advise::schema
