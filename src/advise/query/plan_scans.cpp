// Scans that read much more than they return, or read it in a costly way.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "advise/naming.h"
#include "advise/query/plan_context.h"
#include "advise/query/plan_terms.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

constexpr double many_rows = 10000;         // PG-PLAN-001, P11, P12
constexpr double small_table_pages = 1000;  // PG-PLAN-001: 8 MB is read in a moment

bool any_index_scan(const PlanNode& node) {
  return node.type == "Index Scan" || node.type == "Index Only Scan" ||
         node.type == "Index lookup" || node.type == "Index range scan";
}

/// What is removed of all that was read, 0 to 1.
double removed_part(double removed, double kept) {
  return removed + kept > 0 ? removed / (removed + kept) : 0;
}

/// What the servers of the two families print of the rows.
std::string_view removed_source(const PlanContext& plan) {
  if (!plan.mysql()) return "Rows Removed by Filter x Actual Loops";
  return plan.ran() ? "actual rows below and above the filter" : "rows x filtered";
}
std::string_view kept_source(const PlanContext& plan) {
  return plan.mysql() ? plan.ran() ? "actual rows x loops" : "rows x filtered"
                      : "Actual Rows x Actual Loops";
}

/// The same for MySQL and MariaDB, which print what is read and which part passes, too, when the
/// statement was not run. Without a histogram that part is a rule of thumb (a third, a tenth).
std::optional<Draft> selective_table_scan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const double kept = plan.rows_kept(i);
  const double removed = plan.rows_read(i) - kept;
  const double least = plan.ran() ? 10 : 4;  // MY-PLAN-001: at most a fifth passes
  if (removed < many_rows || removed < least * kept) return {};
  if ((!plan.ran() && plan.limited(i)) || only_unusable_terms(plan, i)) return {};
  Draft draft;
  draft.share = plan.share(i);
  if (!plan.ran()) draft.severity = model::Severity::medium;
  draft.title = "All of " + node.relation + " is read to find " + rows_text(kept) + " of " +
                rows_text(removed + kept) + " rows";
  draft.detail = "No index serves the condition " + expression_text(node.filter) +
                 ". An index on the columns that it compares with constants would read only the "
                 "rows that are wanted.";
  draft.evidence = {plan_count("rows removed by the filter", removed, removed_source(plan)),
                    plan_count("rows returned", kept, kept_source(plan)),
                    plan_fact("filter", expression_text(node.filter), "attached condition")};
  return draft;
}

std::optional<Draft> selective_seq_scan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!plan.full_scan(i) || node.filter.empty() || plan.share(i) < least_share) return {};
  if (plan.mysql()) return selective_table_scan(plan, i);
  const model::Table* table = plan.table(i);
  if (table != nullptr && static_cast<double>(table->pages) < small_table_pages) return {};
  double kept = plan.figure(i).rows;
  double removed = plan.removed_by_filter(i);
  if (!plan.ran()) {
    // Without a run only the table's own size says how much is read.
    if (table == nullptr) return {};
    kept = node.plan_rows;
    removed = std::max(0.0, table->rows() - kept);
  }
  if (removed < many_rows || removed < 10 * kept) return {};
  // The way that the condition is written is told by the checks of plan_predicates.cpp.
  if (only_unusable_terms(plan, i)) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "All of " + node.relation + " is read to find " + rows_text(kept) + " of " +
                rows_text(removed + kept) + " rows";
  draft.detail = "No index serves the condition " + expression_text(node.filter) +
                 ". An index on the columns that it compares with constants would read only the "
                 "rows that are wanted.";
  draft.evidence = {plan_count("rows removed by the filter", removed,
                               plan.ran() ? "Rows Removed by Filter x Actual Loops"
                                          : "Plan Rows against the table's row count"),
                    plan_count("rows returned", kept, plan.ran() ? "Actual Rows" : "Plan Rows"),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

std::optional<Draft> inefficient_index_scan(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!any_index_scan(node) && node.type != "Bitmap Heap Scan") return {};
  const double kept = plan.mysql() ? plan.rows_kept(i) : plan.figure(i).rows;
  const double removed = plan.mysql() ? plan.rows_read(i) - kept : plan.removed_by_filter(i);
  // MY-PLAN-009 is at most a tenth passing, which is 9 times.
  const double least = plan.mysql() ? 8.9 : 10;
  if (removed < many_rows || removed < least * kept || plan.share(i) < least_share) return {};
  if (plan.mysql() && (node.filter.empty() || (!plan.ran() && plan.limited(i)))) return {};
  // An ordered scan that a LIMIT stops is told by plan.limit_filters_index.
  const PlanNode* parent = plan.parent(i);
  if (parent != nullptr && parent->type == "Limit") return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "An index finds " + rows_text(removed + kept) + " rows of " + node.relation +
                ", of which the filter keeps " + rows_text(kept);
  draft.detail =
      "The index condition alone is not selective enough. Add the columns of the filter " +
      expression_text(node.filter) + " to the index" +
      std::string(plan.says(", or make it partial if they are constant.",
                            ": they are then checked before the row is fetched."));
  if (!plan.ran()) draft.severity = model::Severity::low;
  draft.evidence = {plan_count("rows removed by the filter", removed, removed_source(plan)),
                    plan_count("rows returned", kept, kept_source(plan)),
                    plan_fact("index condition",
                              expression_text(node.index_condition.empty() ? node.recheck_condition
                                                                           : node.index_condition),
                              plan.says("Index Cond", "index condition")),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

std::optional<Draft> lossy_bitmap(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Bitmap Heap Scan" || node.lossy_heap_blocks == 0) return {};
  const double rechecked = node.rows_removed_by_recheck * plan.figure(i).loops;
  if (rechecked < many_rows || plan.share(i) < least_share) return {};
  if (removed_part(rechecked, plan.figure(i).rows) <= 0.5) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "The bitmap of " + node.relation +
                " did not fit in memory: " + rows_text(rechecked) +
                " rows were read and thrown away";
  draft.detail =
      "When the bitmap exceeds work_mem it keeps pages instead of rows, and every row of these "
      "pages must be checked again. Try a larger work_mem for this query, or a more selective "
      "index.";
  draft.evidence = {
      plan_count("lossy pages", static_cast<double>(node.lossy_heap_blocks), "Lossy Heap Blocks"),
      plan_count("exact pages", static_cast<double>(node.exact_heap_blocks), "Exact Heap Blocks"),
      plan_count("rows removed by the recheck", rechecked, "Rows Removed by Index Recheck")};
  return draft;
}

std::optional<Draft> heap_fetches(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Index Only Scan" || !node.heap_fetches) return {};
  const double rows = plan.figure(i).rows + plan.removed_by_filter(i);
  // Fewer than a thousand cost nothing that could be measured.
  if (*node.heap_fetches < 1000 || *node.heap_fetches <= 0.1 * rows) return {};
  if (plan.share(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "An index-only scan of " + node.relation + " looked into the table " +
                rows_text(*node.heap_fetches) + " times for " + rows_text(rows) + " rows";
  draft.detail =
      "Pages that were changed since the last vacuum are not marked all-visible, so the rows must "
      "be looked up. VACUUM the table; if it comes back, lower autovacuum_vacuum_scale_factor and "
      "autovacuum_vacuum_insert_scale_factor of this table.";
  draft.evidence = {plan_count("heap fetches", *node.heap_fetches, "Heap Fetches"),
                    plan_count("rows", rows, "Actual Rows x Actual Loops")};
  if (const model::Table* table = plan.table(i)) {
    model::Change change;
    change.id = "vacuum/" + table->qualified();
    change.summary = "Vacuum " + sql_name(*table);
    change.reason = "Its pages are not marked all-visible, which index-only scans need.";
    change.action.kind = model::ActionKind::vacuum_table;
    change.action.schema = table->schema;
    change.action.table = table->name;
    change.risk = model::Risk::low;
    change.locks = "SHARE UPDATE EXCLUSIVE: reads and writes go on";
    draft.changes.push_back(std::move(change));
  }
  return draft;
}

std::optional<Draft> slow_reads(const PlanContext& plan, std::size_t i) {
  const plans::NodeFigures& figure = plan.figure(i);
  if (!plan.figures().timed || plan.share(i) < least_share) return {};
  // Read times are summed over the processes, the node's time is not.
  const double read_ms = figure.own.read_ms / figure.processes;
  const auto read = static_cast<double>(figure.own.shared_read + figure.own.local_read);
  if (read_ms < 10 || read < 1 || read_ms <= 0.5 * figure.exclusive_ms) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = plan.label(i) + " waits for the disk: " + text::duration(read_ms / 1000) + " for " +
                rows_text(read) + " blocks";
  draft.detail =
      "More than half of the node's time is reading blocks that were not in " +
      std::string(plan.says("shared_buffers", "the buffer pool")) +
      ". If it is as slow when repeated, the data does not fit in memory: read fewer blocks (a "
      "better or covering index, narrower rows), or give the cache more memory.";
  draft.evidence = {
      plan_ms("reading", read_ms,
              plan.says("I/O Read Time, without the children's", "pages_read_time_ms")),
      plan_ms("the node's own time", figure.exclusive_ms,
              plan.says("Actual Total Time", "r_table_time_ms + r_other_time_ms")),
      plan_count("blocks read", read, plan.says("Shared Read Blocks", "pages_read_count")),
      plan_count("blocks in the cache", static_cast<double>(figure.own.shared_hit),
                 plan.says("Shared Hit Blocks", "pages_accessed - pages_read_count"))};
  return draft;
}

std::optional<Draft> scattered_rows(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const plans::NodeFigures& figure = plan.figure(i);
  // Lookups of single rows (many loops) naturally take some blocks for each row.
  if (node.type != "Index Scan" || figure.loops > figure.processes || figure.rows < 1000) return {};
  const double blocks = figure.exclusive_blocks;
  if (plan.removed_by_filter(i) > figure.rows || plan.share(i) < least_share) return {};
  if (blocks <= 5 * figure.rows) return {};  // P16
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "An index range of " + node.relation + " touches " +
                text::number(blocks / figure.rows) + " blocks for each row";
  draft.detail =
      "The rows of the range are spread over the table, or the table or index is bloated. A "
      "covering index (INCLUDE), CLUSTER on this index, or a rebuild of what is bloated reads "
      "fewer blocks.";
  draft.evidence = {plan_count("blocks", blocks, "Shared Hit Blocks + Shared Read Blocks"),
                    plan_count("rows", figure.rows, "Actual Rows"),
                    plan_fact("index", node.index, "Index Name")};
  return draft;
}

std::optional<Draft> index_searches(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!node.index_searches || plan.figure(i).loops <= 0) return {};
  // A bitmap index scan's cost shows partly in the heap scan above it.
  const double held = plan.share_below(i);
  const double searches = *node.index_searches / plan.figure(i).loops;
  if (searches < 100 || *node.index_searches < 1000 || held < least_share) return {};
  Draft draft;
  draft.share = held;
  draft.title =
      "One scan of index " + node.index + " searches it " + rows_text(searches) + " times";
  draft.detail =
      "The condition is a long list of values, or skips over the leading column (PostgreSQL 18's "
      "skip scan). An index that begins with the column that is compared for equality needs one "
      "search.";
  draft.evidence = {
      plan_count("searches", *node.index_searches, "Index Searches"),
      plan_count("loops", plan.figure(i).loops, "Actual Loops"),
      plan_fact("index condition", expression_text(node.index_condition), "Index Cond")};
  return draft;
}

std::optional<Draft> foreign_filter(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Foreign Scan" || plan.share(i) < least_share) return {};
  const double removed = plan.removed_by_filter(i);
  if (removed < 1000 || removed_part(removed, plan.figure(i).rows) <= 0.9) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "A foreign table sent " + rows_text(removed + plan.figure(i).rows) +
                " rows, of which the filter here keeps " + rows_text(plan.figure(i).rows);
  draft.detail =
      "The condition " + expression_text(node.filter) +
      " is not sent to the other server. Use only built-in immutable functions and operators in "
      "it, declare the extension that it needs in the server's option 'extensions', or make the "
      "parameter types equal.";
  draft.evidence = {plan_count("rows removed here", removed, "Rows Removed by Filter"),
                    plan_fact("filter", expression_text(node.filter), "Filter")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> scan_plan_checks() {
  using model::Severity;
  return {
      {{"plan.selective_seq_scan", Severity::high, "A whole table is read for a few of its rows",
        "An index would read only the rows that are wanted.",
        "fewer than 10,000 rows thrown away, more than a tenth kept (a fifth by MySQL's "
        "estimates), "
        "tables under 1,000 pages, what a LIMIT may stop, under 10 % of the plan; from estimates "
        "only when the table's size is known",
        "pgMustard, pev2: rows removed by filter; checks list MY-PLAN-001"},
       selective_seq_scan},
      {{"plan.inefficient_index_scan", Severity::medium,
        "An index scan throws most of its rows away",
        "Each row that the filter removes was fetched from the table first.",
        "fewer than 10,000 rows thrown away, more than a tenth kept, under 10 % of the plan; "
        "PostgreSQL not without ANALYZE",
        "pgMustard, index efficiency; checks list MY-PLAN-009"},
       inefficient_index_scan},
      {{"plan.lossy_bitmap", Severity::medium, "A bitmap did not fit in memory",
        "A lossy bitmap makes the scan check every row of its pages.",
        "less than half of the rows or fewer than 10,000 removed by the recheck, under 10 % of "
        "the plan",
        "pgMustard; measured: 218 ms to 148 ms with more work_mem"},
       lossy_bitmap},
      {{"plan.heap_fetches", Severity::medium, "An index-only scan has to look into the table",
        "Without the visibility map an index-only scan is an ordinary index scan.",
        "fewer than 1,000 fetches or 10 % of the rows, under 10 % of the plan",
        "pgMustard, heap fetches; measured: 27.8 ms to 7.2 ms after VACUUM"},
       heap_fetches},
      {{"plan.slow_reads", Severity::low, "A node mostly waits for the disk",
        "Reading what is not cached is a hundred times slower than reading what is.",
        "under 10 ms of reading or half of the node's time, under 10 % of the plan; not without "
        "track_io_timing, nor of MySQL (MariaDB prints it)",
        "pgMustard, cache performance; checks list MY-PLAN-017"},
       slow_reads},
      {{"plan.scattered_rows", Severity::low, "An index range touches many blocks for each row",
        "Rows that lie apart cost a block each, and bloat makes it worse.",
        "fewer than 1,000 rows, five blocks for each row or less, repeated lookups, under 10 % of "
        "the plan",
        "queries study P16"},
       scattered_rows},
      {{"plan.index_searches", Severity::low, "One index scan searches the index many times",
        "Each search descends the whole tree.",
        "fewer than 100 searches for each loop or 1,000 in all, under 10 % of the plan; PostgreSQL "
        "18 and newer only",
        "PostgreSQL 18 manual, Index Searches"},
       index_searches},
      {{"plan.foreign_filter", Severity::medium, "A foreign table sends rows that are not wanted",
        "Rows travel over the network to be thrown away here.",
        "fewer than 1,000 rows or 90 % removed, under 10 % of the plan; not without ANALYZE",
        "PostgreSQL manual, postgres_fdw, remote query optimization"},
       foreign_filter},
  };
}

}  // namespace whet::advise
