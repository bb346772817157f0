// How tables of MySQL and MariaDB are kept: engine, row format, partitions, foreign keys.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mysql_facts.h"
#include "advise/schema/common.h"
#include "advise/schema/mysql_common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Constraint;
using model::ConstraintKind;
using model::Finding;
using model::Partition;
using model::Severity;
using model::Table;

void not_innodb(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : filled_tables(facts)) {
    const std::string engine = text::lower(table->storage_engine);
    if (engine != "myisam" && engine != "aria" && engine != "merge") continue;
    Finding finding = finding_of(
        Severity::medium, table_subject(*table),
        fmt::format("{} is kept by {}", table->qualified(), table->storage_engine),
        "It has no transactions and no row locks, a write locks the whole table, and a crash can "
        "damage it. Converting copies the table and blocks its writes meanwhile.");
    finding.evidence = {
        fact("storage engine", table->storage_engine, "information_schema.TABLES.ENGINE"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS"),
        size("size", static_cast<double>(table->total_bytes()),
             "information_schema.TABLES.DATA_LENGTH")};
    finding.changes.push_back(alter(*table, "schema.not_innodb",
                                    "Convert " + table->qualified() + " to InnoDB",
                                    "ENGINE = InnoDB"));
    out.push_back(std::move(finding));
  }
}

void old_row_format(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : filled_tables(facts)) {
    const std::string format = text::lower(table->row_format);
    if (table->storage_engine != "InnoDB" || (format != "redundant" && format != "compact"))
      continue;
    if (table->rows() < 1000) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("{} has the row format {}", table->qualified(), table->row_format),
        "Long values keep their first 768 bytes in the page, and index keys end at 767 bytes. "
        "DYNAMIC, "
        "the default since 5.7, keeps such values aside and allows 3,072. Rebuild when there is "
        "another reason to.");
    finding.evidence = {
        fact("row format", table->row_format, "information_schema.TABLES.ROW_FORMAT"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS")};
    finding.changes.push_back(alter(*table, "schema.old_row_format",
                                    "Rebuild " + table->qualified() + " as DYNAMIC",
                                    "ROW_FORMAT = DYNAMIC, ALGORITHM = INPLACE, LOCK = NONE"));
    out.push_back(std::move(finding));
  }
}

bool by_range(const Table& table) {
  return !table.partitions.empty() &&
         text::contains(text::lower(table.partitions.front().method), "range");
}

void last_partition(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!by_range(*table) || table->partitions.size() < 3) continue;
    const Partition& last = table->partitions.back();
    double others = 0;
    for (const Partition& one : table->partitions) others += one.rows;
    others = (others - last.rows) / static_cast<double>(table->partitions.size() - 1);
    if (text::lower(last.description) != "maxvalue" || last.rows < 10000 || last.rows < 2 * others)
      continue;
    Finding finding = finding_of(
        Severity::medium, table_subject(*table),
        fmt::format("The last partition of {} holds {} rows, the others {} on average",
                    table->qualified(), text::count(to_whole(last.rows)),
                    text::count(to_whole(others))),
        "New rows all go into the partition without an end: no one has split it for a while, and "
        "neither pruning nor dropping old partitions works on it.");
    finding.evidence = {count("rows of " + last.name, to_whole(last.rows),
                              "information_schema.PARTITIONS.TABLE_ROWS"),
                        count("rows of the others on average", to_whole(others),
                              "information_schema.PARTITIONS.TABLE_ROWS"),
                        fact("partitioned by", last.method + " (" + last.expression + ")",
                             "information_schema.PARTITIONS")};
    finding.changes.push_back(alter(
        *table, "schema.last_partition_fills", "Split the last partition of " + table->qualified(),
        "REORGANIZE PARTITION " + ticked(last.name) + " INTO (PARTITION ..., PARTITION " +
            ticked(last.name) + " VALUES LESS THAN MAXVALUE)"));
    out.push_back(std::move(finding));
  }
}

/// The date of a bound as days since the year 0, as TO_DAYS counts; nothing for any other bound.
std::optional<double> bound_days(const Partition& partition) {
  if (!text::contains(text::lower(partition.expression), "to_days(")) return std::nullopt;
  double days = 0;
  const auto& bound = partition.description;
  const auto [end, error] = std::from_chars(bound.data(), bound.data() + bound.size(), days);
  if (error != std::errc() || end != bound.data() + bound.size()) return std::nullopt;
  return days;
}

constexpr double unix_epoch_days = 719528;  // TO_DAYS('1970-01-01')

void no_partition_ahead(const Facts& facts, std::vector<Finding>& out) {
  const double today = unix_epoch_days + std::floor(facts.snapshot().collected_at / 86400);
  for (const Table* table : facts.user_tables()) {
    if (!by_range(*table) || facts.snapshot().collected_at <= 0) continue;
    const auto last = bound_days(table->partitions.back());
    // A table whose last partition ended long ago is an archive.
    if (!last || *last - today > 7 || today - *last > 60 || table->total.inserts == 0) continue;
    const double left = *last - today;
    Finding finding = finding_of(
        left <= 1 ? Severity::critical : Severity::high, table_subject(*table),
        left <= 0 ? fmt::format("{} has no partition for today's rows", table->qualified())
                  : fmt::format("{} has no partition for rows after {:.0f} days",
                                table->qualified(), left),
        "An INSERT beyond the last partition fails with error 1526. Add partitions ahead of time, "
        "by "
        "a scheduled event.");
    finding.evidence = {
        number("days until the end of the last partition", left, "information_schema.PARTITIONS"),
        fact("last partition", table->partitions.back().name, "information_schema.PARTITIONS"),
        count("rows inserted", table->total.inserts, "table_io_waits_summary_by_table")};
    finding.impact.outage_risk = left <= 1 ? 1 : 0.7;
    finding.changes.push_back(
        alter(*table, "schema.no_partition_ahead", "Add partitions to " + table->qualified(),
              "ADD PARTITION (PARTITION ... VALUES LESS THAN (TO_DAYS('...')))"));
    out.push_back(std::move(finding));
  }
}

void too_many_partitions(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::size_t many = 1000;
  for (const Table* table : facts.user_tables()) {
    if (table->partitions.size() < many) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} has {} partitions", table->qualified(), table->partitions.size()),
        "Each is a table of its own to open: statements that cannot prune open all of them, and "
        "each "
        "takes file handles and memory. The server's limit is 8,192.");
    finding.evidence = {count("partitions", static_cast<std::int64_t>(table->partitions.size()),
                              "information_schema.PARTITIONS")};
    out.push_back(std::move(finding));
  }
}

bool is_unique_key(const Table& table, const std::vector<std::string>& columns) {
  const std::set<std::string> wanted(columns.begin(), columns.end());
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
    if (!index.unique && !index.primary) return false;
    std::set<std::string> own;
    for (const auto& part : index.parts) own.insert(part.prefix_length == 0 ? part.column : "");
    return own == wanted;
  });
}

void loose_foreign_key(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Constraint& key : table->constraints) {
      const Table* parent = facts.table(key.referenced_table);
      if (key.kind != ConstraintKind::foreign_key || parent == nullptr || parent->indexes.empty() ||
          is_unique_key(*parent, key.referenced_columns))
        continue;
      Finding finding =
          finding_of(Severity::low, constraint_subject(*table, key),
                     fmt::format("{} refers to columns of {} that are not unique", key.name,
                                 parent->qualified()),
                     "InnoDB allows it, the SQL standard does not: a row may have several parents, "
                     "and which one "
                     "holds it is not defined. MySQL 8.4 refuses such keys by default "
                     "(restrict_fk_on_non_standard_key), also when a dump is restored there.");
      finding.evidence = {fact("referenced columns", text::join(key.referenced_columns, ", "),
                               "information_schema.KEY_COLUMN_USAGE"),
                          count("unique keys over just these", 0, "information_schema.STATISTICS")};
      out.push_back(std::move(finding));
    }
  }
}

/// How many tables a deleted row's cascade can pass through, from this one on.
int cascade_depth(const Facts& facts, const Table& table, std::set<std::int64_t>& seen) {
  if (!seen.insert(table.id).second) return 0;
  int deepest = 0;
  for (const Facts::Reference& reference : facts.references_to(table.id)) {
    if (text::lower(reference.constraint->on_delete) != "cascade") continue;
    deepest = std::max(deepest, 1 + cascade_depth(facts, *reference.table, seen));
  }
  return deepest;
}

void deep_cascade(const Facts& facts, std::vector<Finding>& out) {
  constexpr int deep = 3;
  for (const Table* table : facts.user_tables()) {
    std::set<std::int64_t> seen;
    const int depth = cascade_depth(facts, *table, seen);
    double rows = 0;
    for (const std::int64_t id : seen) rows += id == table->id ? 0 : facts.table(id)->rows();
    if (depth < deep || rows < 100000) continue;
    Finding finding =
        finding_of(Severity::low, table_subject(*table),
                   fmt::format("Deleting from {} cascades through {} levels of foreign keys",
                               table->qualified(), depth),
                   "One DELETE can lock and change rows of all these tables in one transaction, "
                   "which the binary "
                   "log does not show (replicas repeat the cascade) and triggers do not see. "
                   "Delete the rows of "
                   "the lower tables first, in batches.");
    finding.evidence = {
        count("levels", depth, "information_schema.REFERENTIAL_CONSTRAINTS"),
        count("tables reached", static_cast<std::int64_t>(seen.size()) - 1,
              "information_schema.REFERENTIAL_CONSTRAINTS"),
        count("rows in them", to_whole(rows), "information_schema.TABLES.TABLE_ROWS")};
    out.push_back(std::move(finding));
  }
}

const Register engines{
    {.id = "schema.not_innodb",
     .area = Area::schema,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A table of a storage engine without transactions",
     .why = "Writes lock the whole table, and a crash can damage it.",
     .guards = "the server's own tables; empty ones; engines for other purposes (MEMORY, ARCHIVE, "
               "ROCKSDB, ...)",
     .source = "MySQL manual, 18 Alternative Storage Engines; MySQLTuner, soar"},
    not_innodb};
const Register formats{{.id = "schema.old_row_format",
                        .area = Area::schema,
                        .severity = Severity::info,
                        .engines = both_forks,
                        .summary = "A table in the row format REDUNDANT or COMPACT",
                        .why = "Long values fill its pages, and index keys end at 767 bytes.",
                        .guards = "fewer than 1,000 rows",
                        .source = "MySQL manual, 17.10 InnoDB Row Formats"},
                       old_row_format};
const Register filling{
    {.id = "schema.last_partition_fills",
     .area = Area::schema,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "The partition without an end holds far more than the others",
     .why = "Nobody splits it any more: pruning and the dropping of old rows no longer work.",
     .guards = "fewer than 10,000 rows in it, or less than twice the others' average",
     .source = "MySQL manual, 26.3.1 Management of RANGE and LIST Partitions"},
    last_partition};
const Register ahead{{.id = "schema.no_partition_ahead",
                      .area = Area::schema,
                      .severity = Severity::critical,
                      .engines = both_forks,
                      .summary = "A table partitioned by date has no partition for the coming week",
                      .why = "INSERTs beyond the last partition fail.",
                      .guards = "bounds that are not TO_DAYS of a date; tables without inserts; "
                                "archives whose last partition ended two months ago",
                      .source = "MySQL manual, error 1526 ER_NO_PARTITION_FOR_GIVEN_VALUE"},
                     no_partition_ahead};
const Register partitions{
    {.id = "schema.too_many_partitions",
     .area = Area::schema,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "A table of a thousand partitions or more",
     .why = "Statements that cannot prune open every one of them.",
     .guards = "fewer than 1,000",
     .source = "MySQL manual, 26.6 Restrictions and Limitations on Partitioning"},
    too_many_partitions};
const Register loose{
    {.id = "schema.foreign_key_not_unique",
     .area = Area::schema,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "A foreign key refers to columns that are not a unique key",
     .why = "Which parent holds a row is undefined, and MySQL 8.4 refuses such keys.",
     .guards = "tables whose indexes could not be read",
     .source = "MySQL 8.4 manual, restrict_fk_on_non_standard_key"},
    loose_foreign_key};
const Register cascades{
    {.id = "schema.deep_cascade",
     .area = Area::schema,
     .severity = Severity::low,
     .engines = both_forks,
     .summary = "ON DELETE CASCADE through three levels or more",
     .why = "One DELETE locks and changes rows of many tables in one transaction.",
     .guards = "fewer than three levels, or fewer than 100,000 rows in the tables below",
     .source =
         "MySQL manual, 15.1.20.5 FOREIGN KEY Constraints (cascades are not in the binary log)"},
    deep_cascade};

}  // namespace
}  // namespace whet::advise::schema
