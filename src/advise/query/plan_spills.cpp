// Work that did not fit in memory and went to temporary files.
#include <algorithm>
#include <cstdint>

#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

constexpr double block_kb = 8;

std::string work_mem_now(const PlanContext& plan) {
  const auto set = plan.plan().settings.find("work_mem");
  if (set != plan.plan().settings.end()) return set->second;
  const model::Setting* setting =
      plan.facts() == nullptr ? nullptr : plan.facts()->server().setting("work_mem");
  return setting == nullptr ? "" : setting->value;
}

void add_work_mem(const PlanContext& plan, Draft& draft) {
  const std::string now = work_mem_now(plan);
  if (!now.empty()) draft.evidence.push_back(plan_fact("work_mem", now, "Settings"));
}

std::optional<Draft> external_sort(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Sort" && node.type != "Incremental Sort") return std::nullopt;
  std::int64_t kb = node.sort_space_type == "Disk" ? node.sort_space_kb : 0;
  int processes = kb > 0 ? 1 : 0;
  std::int64_t most = kb;
  for (const model::PlanWorker& worker : node.workers) {
    if (worker.sort_space_type != "Disk") continue;
    kb += worker.sort_space_kb;
    most = std::max(most, worker.sort_space_kb);
    ++processes;
  }
  if (kb == 0 || plan.share(i) < least_share) return std::nullopt;
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "A sort of " + rows_text(plan.figure(i).rows) +
                " rows went to disk: " + text::bytes(static_cast<double>(kb) * 1024);
  draft.detail =
      "The sort needed more than work_mem. In memory the same rows take about 2.5 times what they "
      "take on disk: try SET work_mem to " +
      text::bytes(static_cast<double>(most) * 1024 * 2.5) +
      " for this query or role (not for the whole server), or an index in the order of the sort "
      "key.";
  draft.evidence = {
      plan_kilobytes("on disk", static_cast<double>(kb), "Sort Space Used"),
      plan_count("processes that spilled", processes, "Sort Space Type"),
      plan_fact("sort key", text::shorten(text::join(node.sort_keys, ", "), 80), "Sort Key")};
  add_work_mem(plan, draft);
  return draft;
}

std::optional<Draft> hash_batches(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Hash" || node.hash_batches <= 1) return std::nullopt;
  // Writing the batches is the Hash's, reading them back the join's.
  const auto join = plan.figure(i).parent;
  const double held = plan.share(i) + (join ? plan.share(*join) : 0);
  if (held < least_share) return std::nullopt;
  const bool grew =
      node.original_hash_batches > 0 && node.hash_batches > node.original_hash_batches;
  Draft draft;
  draft.share = std::min(held, 1.0);
  draft.title =
      "A hash join works in " + text::count(node.hash_batches) + " batches through temporary files";
  draft.detail =
      grew ? "The planner expected " + text::count(node.original_hash_batches) +
                 " batches: its row estimate is wrong or one key is very frequent. More "
                 "memory does not help with one frequent key; correct the estimate first."
           : "The hash table does not fit in work_mem x hash_mem_multiplier. Try a larger "
             "work_mem for this query, and measure: with more memory the planner may "
             "choose another plan that is not better.";
  draft.evidence = {
      plan_count("batches", static_cast<double>(node.hash_batches), "Hash Batches"),
      plan_count("batches planned", static_cast<double>(node.original_hash_batches),
                 "Original Hash Batches"),
      plan_kilobytes("peak memory", static_cast<double>(node.peak_memory_kb), "Peak Memory Usage"),
      plan_count("rows hashed", plan.figure(i).rows, "Actual Rows")};
  add_work_mem(plan, draft);
  return draft;
}

std::optional<Draft> hash_aggregate_spill(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Aggregate" || plan.share(i) < least_share) return std::nullopt;
  std::int64_t kb = node.disk_kb;
  for (const model::PlanWorker& worker : node.workers) kb += worker.disk_kb;
  if (kb == 0 && node.hash_batches <= 1) return std::nullopt;
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "Grouping went to disk: " + text::bytes(static_cast<double>(kb) * 1024) + " in " +
                text::count(node.hash_batches) + " batches";
  draft.detail =
      "The groups did not fit in work_mem x hash_mem_multiplier. A larger work_mem for this query, "
      "an index that delivers the rows in group order, or a better estimate of the number of "
      "groups (n_distinct) helps.";
  draft.evidence = {plan_kilobytes("on disk", static_cast<double>(kb), "Disk Usage"),
                    plan_count("groups", plan.figure(i).rows, "Actual Rows"),
                    plan_count("groups estimated", node.plan_rows, "Plan Rows")};
  add_work_mem(plan, draft);
  return draft;
}

bool keeps_rows(const PlanNode& node) {
  for (const std::string_view type : {"CTE Scan", "Materialize", "WindowAgg", "Function Scan",
                                      "Recursive Union", "Table Function Scan"}) {
    if (node.type == type) return true;
  }
  return false;
}

std::optional<Draft> temporary_files(const PlanContext& plan, std::size_t i) {
  const model::PlanBuffers& own = plan.figure(i).own;
  const double kb = block_kb * static_cast<double>(own.temp_read + own.temp_written);
  // Less than a megabyte is not worth a word.
  if (!keeps_rows(plan.node(i)) || kb < 1024 || plan.share(i) < least_share) return std::nullopt;
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "Rows kept by " + plan.label(i) +
                " went to temporary files: " + text::bytes(kb * 1024) + " written and read";
  draft.detail =
      "The node keeps its rows to read them again, and they do not fit in work_mem. Keep fewer or "
      "narrower rows (filter and project inside the CTE or subquery), or let a CTE that is used "
      "once be inlined with NOT MATERIALIZED.";
  draft.evidence = {
      plan_kilobytes("read", block_kb * static_cast<double>(own.temp_read), "Temp Read Blocks"),
      plan_kilobytes("written", block_kb * static_cast<double>(own.temp_written),
                     "Temp Written Blocks")};
  add_work_mem(plan, draft);
  return draft;
}

}  // namespace

std::vector<PlanCheck> spill_plan_checks() {
  using model::Severity;
  return {
      {{"plan.external_sort", Severity::medium, "A sort did not fit in memory",
        "A sort on disk reads and writes its rows several times.",
        "sorts with less than 10 % of the plan's own time; not without ANALYZE",
        "pgMustard, operation on disk; 2.5 times: measured for numbers and short texts"},
       external_sort},
      {{"plan.hash_batches", Severity::medium, "A hash join did not fit in memory",
        "Each batch but the first is written to disk and read back.",
        "hash and join together under 10 % of the plan's own time; not without ANALYZE",
        "PostgreSQL manual, hash_mem_multiplier"},
       hash_batches},
      {{"plan.hash_aggregate_spill", Severity::medium, "Grouping by hash did not fit in memory",
        "Groups that do not fit are written to disk and aggregated again.",
        "under 10 % of the plan's own time; not without ANALYZE",
        "PostgreSQL 13 release notes, hash aggregation on disk"},
       hash_aggregate_spill},
      {{"plan.temp_files", Severity::low, "Rows that were kept for later went to disk",
        "CTEs, window functions and materialised inputs write what exceeds work_mem.",
        "under 1 MB or 10 % of the plan's own time; not without ANALYZE and BUFFERS",
        "explain.depesz, 10 % of exclusive time"},
       temporary_files},
  };
}

}  // namespace whet::advise
