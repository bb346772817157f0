// Partitions: tables that want them, and partitioned tables that are not kept well.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/schema/bounds.h"
#include "advise/schema/common.h"
#include "base/stats.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Index;
using model::Severity;
using model::Table;
using model::TableKind;

constexpr double day = 86400;

const Column* time_column_in_order(const Table& table) {
  for (const Column& column : table.columns) {
    const bool time = column.base_type == "timestamptz" || column.base_type == "timestamp" ||
                      column.base_type == "date";
    if (time && column.stats && column.stats->correlation &&
        std::fabs(*column.stats->correlation) > 0.9)
      return &column;
  }
  return nullptr;
}

void candidate(const Facts& facts, std::vector<model::Finding>& out) {
  const double memory = facts.memory_bytes().value_or(0);
  for (const Table* table : designed_tables(facts)) {
    const double bytes = static_cast<double>(table->heap_bytes + table->toast_bytes);
    const bool large =
        bytes >= 100 * gigabyte || (bytes >= 50 * gigabyte && memory > 0 && bytes > memory);
    if (!large || table->kind == TableKind::partitioned) continue;
    const Column* column = time_column_in_order(*table);
    if (column == nullptr) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} is {} in one piece, in the order of {}", table->qualified(),
                                text::bytes(bytes), column->name);
    finding.detail = fmt::format(
        "Partitioned by ranges of {}, old rows go by dropping a partition instead of DELETE and "
        "vacuum, each piece is vacuumed on its own, and queries on recent rows touch small "
        "indexes. "
        "The primary key must then include {}. Worth it when old rows are deleted or rarely read.",
        column->name, column->name);
    finding.evidence = {
        size("table", bytes, "pg_table_size()"),
        number("correlation of " + column->name + " with the order of rows",
               *column->stats->correlation, "pg_stats.correlation"),
        count("rows deleted", table->total.deletes, "pg_stat_all_tables.n_tup_del"),
        count("rows inserted", table->total.inserts, "pg_stat_all_tables.n_tup_ins")};
    finding.impact.bytes = bytes;
    finding.references = {manual_page("ddl-partitioning")};
    out.push_back(std::move(finding));
  }
}

void default_rows(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->default_partition || table->kind != TableKind::table || table->rows() <= 0)
      continue;
    const Table* parent = facts.table(table->parent);
    model::Finding finding;
    finding.severity = table->rows() >= 100000 ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} rows of {} fell into its default partition",
                                text::count(to_whole(table->rows())),
                                parent == nullptr ? table->qualified() : parent->qualified());
    finding.detail =
        "No partition was there for them. Adding one now scans the default partition under a "
        "strong "
        "lock, and fails while rows of its range are in it. Detach it, make the missing "
        "partitions, "
        "move the rows, attach it again.";
    finding.evidence = {count("rows", to_whole(table->rows()), "pg_stat_all_tables.n_live_tup"),
                        fact("partition", table->qualified(), "pg_partitioned_table.partdefid")};
    finding.references = {manual_page("ddl-partitioning")};
    out.push_back(std::move(finding));
  }
}

/// The ranges of a table's partitions over time.
struct Ranges {
  std::vector<Period> periods;
  bool has_default = false;
  std::int64_t newest_inserts = 0;  ///< into the partition that ends last

  [[nodiscard]] double end() const {
    double last = 0;
    for (const Period& period : periods) last = std::max(last, period.to);
    return last;
  }
  [[nodiscard]] double length() const {
    std::vector<double> lengths;
    for (const Period& period : periods) lengths.push_back(period.to - period.from);
    return stats::median(lengths);
  }
};

Ranges ranges_of(const Facts& facts, const Table& table) {
  Ranges ranges;
  double last = 0;
  for (const Table* child : facts.children(table.id)) {
    ranges.has_default |= child->default_partition;
    const auto period = parse_period(child->partition_bound);
    if (!period) continue;
    ranges.periods.push_back(*period);
    if (period->to > last) last = period->to, ranges.newest_inserts = child->total.inserts;
  }
  return ranges;
}

Severity missing_severity(double left, double length, bool has_default) {
  if (left <= 0) return has_default ? Severity::medium : Severity::high;
  return left < std::min(2 * day, 0.25 * length) ? Severity::medium : Severity::low;
}

void future_missing(const Facts& facts, std::vector<model::Finding>& out) {
  const double now = facts.snapshot().collected_at;
  for (const Table* table : facts.user_tables()) {
    if (table->kind != TableKind::partitioned || now <= 0) continue;
    const Ranges ranges = ranges_of(facts, *table);
    if (ranges.periods.size() < 2) continue;
    const double left = ranges.end() - now, length = ranges.length();
    // Ended long ago and not written any more: an archive.
    const bool archive = left < -2 * length && ranges.newest_inserts == 0;
    if (left >= length || archive) continue;
    model::Finding finding;
    finding.severity = missing_severity(left, length, ranges.has_default);
    finding.subject = table_subject(*table);
    finding.title = left > 0
                        ? fmt::format("The last partition of {} ends in {}", table->qualified(),
                                      text::duration(left))
                        : fmt::format("{} has no partition for new rows: the last one ended {} ago",
                                      table->qualified(), text::duration(-left));
    finding.detail =
        ranges.has_default
            ? "Rows of later times go to the default partition, from which they are hard to move. "
              "Make partitions ahead of time, by a job that runs often and makes several."
            : "An INSERT of a row with a later time fails. Make partitions ahead of time, by a job "
              "that runs often and makes several.";
    finding.evidence = {
        time("until the end of the last partition", left, "pg_get_expr(pg_class.relpartbound)"),
        time("length of a partition (median)", length, "pg_get_expr(pg_class.relpartbound)"),
        count("partitions", static_cast<std::int64_t>(ranges.periods.size()), "pg_inherits"),
        fact("default partition", ranges.has_default ? "yes" : "no",
             "pg_partitioned_table.partdefid")};
    if (!ranges.has_default) {
      finding.impact.outage_risk = std::clamp(1 - left / length, 0.0, 1.0);
      finding.impact.arithmetic = "1 - time left / length of a partition";
    }
    finding.references = {manual_page("ddl-partitioning")};
    out.push_back(std::move(finding));
  }
}

void too_many(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->kind != TableKind::partitioned) continue;
    const auto partitions = static_cast<std::int64_t>(facts.children(table->id).size());
    if (partitions <= 1000) continue;
    model::Finding finding;
    finding.severity = partitions > 5000 ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title =
        fmt::format("{} has {} partitions", table->qualified(), text::count(partitions));
    finding.detail =
        "A query that cannot exclude most of them while planning opens, locks and plans them all, "
        "and each session remembers what it opened. Use larger ranges, or drop old partitions.";
    finding.evidence = {count("partitions", partitions, "pg_inherits"),
                        fact("partition key", table->partition_key, "pg_get_partkeydef()")};
    finding.references = {manual_page("ddl-partitioning")};
    out.push_back(std::move(finding));
  }
}

// What makes two indexes of two partitions the same index.
std::string signature(const Index& index) {
  return index.method + " (" + key_text(index) + ")" +
         (index.includes.empty() ? "" : " INCLUDE (" + text::join(index.includes, ", ") + ")") +
         (index.predicate.empty() ? "" : " WHERE " + index.predicate) +
         (index.unique ? " UNIQUE" : "");
}

void report_indexes(const Table& parent, const std::string& index, std::size_t partitions,
                    const std::vector<std::string>& lacking, std::vector<model::Finding>& out) {
  model::Finding finding;
  finding.severity = Severity::low;
  finding.subject = table_subject(parent);
  finding.title =
      fmt::format("{} of {} partitions of {} {} the index {}", lacking.size(), partitions,
                  parent.qualified(), lacking.size() == 1 ? "lacks" : "lack", index);
  finding.detail =
      "The index was made partition by partition, and newer ones were forgotten: the same query is "
      "fast on some and slow on others. Create it on the partitioned table (ON ONLY, then attach "
      "those that exist), so that new partitions get it by themselves.";
  finding.evidence = {fact("index", index, "pg_index"),
                      fact("partitions without it", listed(lacking), "pg_index.indrelid"),
                      count("partitions", static_cast<std::int64_t>(partitions), "pg_inherits")};
  finding.references = {manual_page("ddl-partitioning")};
  out.push_back(std::move(finding));
}

using Partitions = std::vector<const Table*>;

// The partitions that hold a usable index of each signature.
std::map<std::string, Partitions> index_holders(const Partitions& partitions) {
  std::map<std::string, Partitions> holders;
  for (const Table* partition : partitions) {
    for (const Index& index : partition->indexes) {
      auto& list = holders[signature(index)];
      if (index.usable() && (list.empty() || list.back() != partition)) list.push_back(partition);
    }
  }
  return holders;
}

std::vector<std::string> names_without(const Partitions& holders, const Partitions& partitions) {
  std::vector<std::string> lacking;
  for (const Table* partition : partitions) {
    const bool skip = partition->default_partition || partition->kind != TableKind::table;
    if (!skip && std::find(holders.begin(), holders.end(), partition) == holders.end())
      lacking.push_back(partition->name);
  }
  return lacking;
}

void indexes_differ(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* parent : facts.user_tables()) {
    const Partitions& partitions = facts.children(parent->id);
    if (parent->kind != TableKind::partitioned || partitions.size() < 3) continue;
    for (const auto& [index, holders] : index_holders(partitions)) {
      // One that half of them lack may be meant for the others only.
      if (2 * holders.size() <= partitions.size()) continue;
      const auto lacking = names_without(holders, partitions);
      if (!lacking.empty()) report_indexes(*parent, index, partitions.size(), lacking, out);
    }
  }
}

const Register candidate_check{
    schema_check("schema.partition_candidate", Severity::low,
                 "A very large table whose rows lie in the order of a time",
                 "In one piece it is slow to vacuum and to clear of old rows.",
                 "under 100 GB (50 GB when larger than memory); correlation up to 0.9",
                 "PostgreSQL manual, 5.12.1: worth it when a table exceeds the memory"),
    candidate};
const Register default_check{
    schema_check("schema.default_partition_rows", Severity::medium, "Rows in a default partition",
                 "They stand in the way of the partition that they belong to.",
                 "empty default partitions; only low under 100,000 rows",
                 "PostgreSQL manual, 5.12.2.2 Partition Maintenance"),
    default_rows};
const Register future_check{
    schema_check("schema.future_partitions_missing", Severity::high,
                 "The last partition by time ends soon or has ended",
                 "Rows of later times are refused, or fall into the default partition.",
                 "a whole further period; partitions not by time; archives that nobody writes",
                 "one period ahead; pg_partman keeps four"),
    future_missing};
const Register many_check{
    schema_check("schema.too_many_partitions", Severity::medium, "More than 1000 partitions",
                 "Planning and locking cost grows with each.", "up to 1000",
                 "PostgreSQL manual, 5.12.6 Best Practices: a few thousand at most"),
    too_many};
const Register differ_check{
    schema_check("schema.partition_indexes_differ", Severity::low,
                 "An index that most partitions have and some lack",
                 "The same query is fast on some partitions and slow on others.",
                 "fewer than 3 partitions; indexes of at most half of them; the default partition",
                 "PostgreSQL manual, 5.12.2.2 Partition Maintenance"),
    indexes_differ};

}  // namespace
}  // namespace whet::advise::schema
