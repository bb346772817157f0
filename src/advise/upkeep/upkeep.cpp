#include "advise/upkeep/upkeep.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "advise/sizes/others.h"
#include "advise/sizes/predicate.h"
#include "base/text.h"
#include "base/whole.h"
#include "sql/tokens.h"

namespace whet::advise {

namespace {

// Calibrated with bench/upkeep/run:
constexpr double entry_tuples = 40;    // cpu_tuple_costs of one entry
constexpr double summary_tuples = 30;  // ... of a look at a BRIN summary
constexpr double text_operators = 10;  // of a comparison of texts
constexpr double far_page = 1.5;       // a cached page that the processor has not
// Not calibrated:
constexpr double processor_cache_pages = 1000;  // 8 MB
constexpr double descent_page_operators = 50;   // selfuncs.c: DEFAULT_PAGE_CPU_MULTIPLIER
constexpr double page_bytes = 8192;

double setting(const Facts& facts, std::string_view name, double otherwise) {
  return facts.server().number(name).value_or(otherwise);
}

double operator_cost(const Facts& facts) { return setting(facts, "cpu_operator_cost", 0.0025); }

/// Rows come in the order of the key: only the last leaf is written. Those that updates move come
/// from all over the table.
double locality(const model::Table& table, const model::Index& index, Arrival arrival) {
  if (arrival == Arrival::updated) return 0;
  const model::Column* first =
      index.parts.empty() ? nullptr : table.column(index.parts.front().column);
  if (first == nullptr || !first->stats || index.method == "hash") return 0;
  const double correlation = std::abs(first->stats->correlation.value_or(0));
  return correlation > 0.95 ? correlation : 0;
}

/// Of index pages that were wanted, those that had to be read.
double missing_share(const model::Table& table) {
  const auto read = static_cast<double>(table.total.index_blocks_read);
  const auto hit = static_cast<double>(table.total.index_blocks_hit);
  return read + hit > 1000 ? read / (read + hit) : 0;
}

/// Pages that are changed for the first time since a checkpoint, for each entry.
double first_changes(const Facts& facts, double leaves, double rows_per_hour) {
  const double between = setting(facts, "checkpoint_timeout", 300) / 3600;
  const double entries = std::max(rows_per_hour * between, 1.0);
  return leaves * -std::expm1(-entries / leaves) / entries;
}

double descent(const Facts& facts, const model::Table& table, const model::Index& index,
               const IndexSize& size) {
  const double entries = std::max(size.entries, 2.0);
  if (index.method == "hash") return descent_page_operators * operator_cost(facts);
  const model::Column* first = table.column(index.parts.front().column);
  const bool texts = first == nullptr || first->length <= 0;
  double operators = std::ceil(std::log2(entries)) * (texts ? text_operators : 1) +
                     descent_page_operators * (std::max(size.height, 0) + 1);
  // Every entry of a page is asked what it would cost to widen it.
  if (index.method == "gist" || index.method == "spgist")
    operators += std::max(1.0, std::log(entries) / std::log(100)) * 100;
  return operators * operator_cost(facts);
}

/// Where the entry goes: the page itself.
double leaf_cost(const Facts& facts, const model::Table& table, const model::Index& index,
                 const IndexSize& size, double rows_per_hour, Arrival arrival) {
  const double pages = std::max(size.pages - 1, 1.0);
  const double apart = 1 - locality(table, index, arrival);
  const double missing = missing_share(table);
  const double cached = far_page * pages / (pages + processor_cache_pages);
  const double page = setting(facts, "seq_page_cost", 1);
  const bool images = facts.server().text("full_page_writes") != "off";
  const double leaves = std::max(1.0, pages * apart);
  const double checkpoints = first_changes(facts, leaves, rows_per_hour) * page * (images ? 2 : 1);
  return apart * (missing * setting(facts, "random_page_cost", 4) + (1 - missing) * cached) +
         checkpoints;
}

double one_entry(const Facts& facts, const model::Table& table, const model::Index& index,
                 const IndexSize& size, double rows_per_hour, Arrival arrival) {
  // A unique index looks at the old version in the table to see that it is dead.
  const double check = index.unique && arrival == Arrival::updated ? far_page : 0;
  const double work = entry_tuples * setting(facts, "cpu_tuple_cost", 0.01);
  const double page = setting(facts, "seq_page_cost", 1);
  const double bytes = std::max(size.pages - 1, 1.0) * page_bytes / std::max(size.entries, 1.0);
  const double wal = (bytes + 50) / page_bytes * page;
  const double split = 2 * page * std::min(1.0, 2 * bytes / page_bytes);
  // A row that goes to the right edge finds its leaf without a descent (nbtinsert.c, fast path).
  return work + check + wal + split +
         (1 - locality(table, index, arrival)) * descent(facts, table, index, size) +
         leaf_cost(facts, table, index, size, rows_per_hour, arrival);
}

bool summarizing(const model::Index& index) { return index.method == "brin"; }

/// Columns that an update must leave alone to be heap-only, in lower case.
std::set<std::string> columns_of(const model::Table& table, const model::Index& index) {
  std::set<std::string> columns;
  const auto add_all_in = [&](std::string_view expression) {
    for (const sql::Token& token : sql::tokens(expression)) {
      std::string name = text::replace_all(std::string(token.text), "\"", "");
      if (table.column(name) != nullptr || table.column(text::lower(name)) != nullptr)
        columns.insert(text::lower(name));
    }
  };
  for (const model::IndexPart& part : index.parts) {
    if (!part.column.empty()) columns.insert(text::lower(part.column));
    add_all_in(part.expression);
  }
  for (const std::string& name : index.includes) columns.insert(text::lower(name));
  add_all_in(index.predicate);
  return columns;
}

bool touches(const UpdateKind& kind, const std::set<std::string>& columns) {
  return std::any_of(kind.columns.begin(), kind.columns.end(),
                     [&](const std::string& name) { return columns.contains(name); });
}

bool is_same(const model::Index& a, const model::Index& b) {
  return &a == &b || (a.id != 0 && a.id == b.id);
}

/// Updates an hour that are heap-only without this index and not with it.
double lost_updates(const Facts& facts, const TableWrites& writes, const model::Table& table,
                    const model::Index& index, bool exists) {
  if (summarizing(index) && facts.server().major() >= 16) return 0;
  const std::set<std::string> mine = columns_of(table, index);
  std::set<std::string> others;
  for (const model::Index& other : table.indexes) {
    if (is_same(other, index) || other.not_ready) continue;
    if (summarizing(other) && facts.server().major() >= 16) continue;
    others.merge(columns_of(table, other));
  }
  double free = 0, mine_only = 0, blocked = 0;
  for (const UpdateKind& kind : writes.kinds) {
    if (touches(kind, others))
      blocked += kind.rows;
    else
      (touches(kind, mine) ? mine_only : free) += kind.rows;
  }
  const double eligible = free + mine_only;
  if (mine_only <= 0) return 0;
  if (!writes.heap_only_known) return mine_only;
  // Counters know how many were heap-only with the indexes that there are.
  if (!exists) return writes.hot_updates * mine_only / eligible;
  return (writes.updates - writes.hot_updates) * mine_only / (mine_only + blocked);
}

/// What makes rows enter the index.
struct Entries {
  double inserts = 0, updates = 0, lost = 0, dead = 0;  ///< rows an hour
};

Entries entries_of(const Facts& facts, const TableWrites& writes, const model::Table& table,
                   const model::Index& index, double share) {
  const bool exists = std::any_of(table.indexes.begin(), table.indexes.end(),
                                  [&](const auto& other) { return is_same(other, index); });
  Entries out;
  out.inserts = writes.inserts * share;
  out.lost = lost_updates(facts, writes, table, index, exists);
  double moved = writes.updates - writes.hot_updates;
  if (!writes.heap_only_known)
    moved = out.lost;
  else if (!exists)
    moved += out.lost;
  out.updates = std::max(0.0, moved) * share;
  out.dead = out.updates + writes.deletes * share;
  return out;
}

double vacuum_cost(const Facts& facts, const model::Table& table, const IndexSize& size,
                   double dead) {
  const double rows = std::max(table.row_estimate.value_or(table.rows()), 1.0);
  const double runs = dead / (setting(facts, "autovacuum_vacuum_threshold", 50) +
                              setting(facts, "autovacuum_vacuum_scale_factor", 0.2) * rows);
  return runs * size.pages * setting(facts, "seq_page_cost", 1) +
         dead * setting(facts, "cpu_index_tuple_cost", 0.005);
}

/// Of the table's other indexes, for an update that is heap-only no longer.
double others_cost(const Facts& facts, const model::Table& table, const model::Index& index,
                   double rows_per_hour) {
  double sum = 0;
  for (const model::Index& other : table.indexes) {
    if (is_same(other, index) || other.not_ready) continue;
    const IndexSize size = index_size(table, other);
    const double share =
        table.row_estimate.value_or(0) > 0 ? std::min(1.0, size.entries / *table.row_estimate) : 1;
    sum += share * entry_cost(facts, table, other, size, rows_per_hour, Arrival::updated);
  }
  return sum;
}

std::string per_hour(double rows) { return text::count(to_whole(std::round(rows))); }

Upkeep of_leaf(const Facts& facts, const Writes& all, const model::Table& table,
               const model::Index& index, const IndexSize& size) {
  const TableWrites writes = all.of(table);
  const double share = predicate_effect(table, index.predicate).share;
  const double known = index.row_estimate > 0 && table.row_estimate.value_or(0) > 0
                           ? std::min(1.0, index.row_estimate / *table.row_estimate)
                           : share;
  const Entries entries =
      entries_of(facts, writes, table, index, index.predicate.empty() ? 1 : known);
  const double rows = entries.inserts + entries.updates;
  const double inserted = entry_cost(facts, table, index, size, rows, Arrival::inserted);
  const double updated = entry_cost(facts, table, index, size, rows, Arrival::updated);
  const double vacuum = vacuum_cost(facts, table, size, entries.dead);
  Upkeep out;
  out.cost = entries.inserts * inserted + entries.updates * updated + vacuum;
  out.arithmetic = "an hour: " + per_hour(entries.inserts) + " rows inserted x " +
                   text::number(inserted) + " + " + per_hour(entries.updates) + " updated x " +
                   text::number(updated);
  if (entries.lost > 0) {
    const double others = others_cost(facts, table, index, entries.lost);
    out.cost += entries.lost * others;
    out.arithmetic += " + " + per_hour(entries.lost) + " updates no longer heap-only x " +
                      text::number(others) + " in the other indexes";
  } else if (writes.hot_updates > 0 && writes.kinds.empty()) {
    out.arithmetic += " (which columns the updates assign is not known)";
  }
  if (vacuum > 0) out.arithmetic += " + vacuum " + text::number(vacuum);
  return out;
}

void add_leaves(const Facts& facts, const Writes& writes, const model::Table& table,
                const model::Index& index, std::vector<Upkeep>& out, int depth) {
  constexpr int deepest = 32;
  const auto& children = facts.children(table.id);
  if (table.kind != model::TableKind::partitioned || children.empty() || depth > deepest) {
    out.push_back(of_leaf(facts, writes, table, index, index_size(table, index)));
    return;
  }
  for (const model::Table* child : children)
    add_leaves(facts, writes, *child, index, out, depth + 1);
}

}  // namespace

double entry_cost(const Facts& facts, const model::Table& table, const model::Index& index,
                  const IndexSize& size, double rows_per_hour, Arrival arrival) {
  if (index.parts.empty()) return 0;
  if (summarizing(index)) return summary_tuples * setting(facts, "cpu_tuple_cost", 0.01);
  const double one = one_entry(facts, table, index, size, rows_per_hour, arrival);
  if (index.method != "gin") return one;
  const auto fast = index.options.find("fastupdate");
  const bool in_bulk = fast == index.options.end() || fast->second != "off";
  return one * gin_elements(table, index) / (in_bulk ? 3 : 1);
}

Upkeep upkeep(const Facts& facts, const Writes& writes, const model::Table& table,
              const model::Index& index, const IndexSize& size) {
  if (table.kind != model::TableKind::partitioned || facts.children(table.id).empty())
    return of_leaf(facts, writes, table, index, size);
  std::vector<Upkeep> leaves;
  add_leaves(facts, writes, table, index, leaves, 0);
  Upkeep sum;
  for (const Upkeep& one : leaves) sum.cost += one.cost;
  sum.arithmetic = "the sum over " + text::plural(static_cast<std::int64_t>(leaves.size()),
                                                  "partition", "partitions");
  return sum;
}

}  // namespace whet::advise
