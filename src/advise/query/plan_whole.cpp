// The plan as a whole: planning, JIT, workers, triggers, settings.
#include <algorithm>
#include <cstdint>
#include <string>

#include "advise/query/plan_context.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;

double execution_ms(const PlanContext& plan) {
  return plan.plan().execution_ms.value_or(plan.figures().total_ms);
}

std::optional<Draft> jit_time(const PlanContext& plan, std::size_t i) {
  const double jit = plan.plan().jit_ms.value_or(0);
  const double all = execution_ms(plan);
  // Below 20 ms nobody notices.
  if (i != 0 || jit < 20 || jit <= 0.2 * all) return {};
  Draft draft;
  draft.share = std::min(jit / all, 1.0);
  draft.title = "Compiling the query (JIT) takes " + text::duration(jit / 1000) + " of " +
                text::duration(all / 1000);
  draft.detail =
      "JIT pays for queries of many seconds. Raise jit_above_cost, or set jit = off for roles with "
      "short queries.";
  draft.evidence = {
      plan_ms("JIT", jit, "JIT Timing Total"), plan_ms("execution", all, "Execution Time"),
      plan_count("functions", static_cast<double>(plan.plan().jit_functions), "JIT Functions")};
  return draft;
}

std::optional<Draft> planning_time(const PlanContext& plan, std::size_t i) {
  const double planning = plan.plan().planning_ms.value_or(0);
  const double all = execution_ms(plan);
  if (i != 0 || !plan.figures().timed || planning <= 10 || planning <= all) return {};
  Draft draft;
  draft.share = planning / (planning + all);
  draft.title = "Planning takes longer than executing: " + text::duration(planning / 1000) +
                " against " + text::duration(all / 1000);
  draft.detail =
      "Prepare the statement once and execute it often; with very many partitions or joins, fewer "
      "of them (or a lower join_collapse_limit) shorten planning. The first plan of a session is "
      "slower as catalogs are read: repeat before acting.";
  draft.evidence = {plan_ms("planning", planning, "Planning Time"),
                    plan_ms("execution", all, "Execution Time")};
  return draft;
}

std::optional<Draft> workers_not_launched(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Gather" && node.type != "Gather Merge") return {};
  if (!node.workers_launched || *node.workers_launched >= node.workers_planned) return {};
  if (plan.share_below(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share_below(i);
  draft.title = text::count(*node.workers_launched) + " of " + text::count(node.workers_planned) +
                " planned parallel workers were there";
  draft.detail =
      "The others were busy elsewhere or are not allowed: see max_parallel_workers and "
      "max_worker_processes. The plan was made for all of them, so it is slower than planned.";
  draft.evidence = {
      plan_count("workers launched", static_cast<double>(*node.workers_launched),
                 "Workers Launched"),
      plan_count("workers planned", static_cast<double>(node.workers_planned), "Workers Planned")};
  return draft;
}

std::optional<Draft> trigger_time(const PlanContext& plan, std::size_t i) {
  if (i != 0) return {};
  const auto& triggers = plan.plan().triggers;
  const auto slowest =
      std::max_element(triggers.begin(), triggers.end(),
                       [](const auto& a, const auto& b) { return a.total_ms < b.total_ms; });
  const double all = execution_ms(plan);
  if (slowest == triggers.end() || slowest->total_ms < 10 || slowest->total_ms <= 0.2 * all) {
    return {};
  }
  const bool key =
      !slowest->constraint.empty() || slowest->name.substr(0, 17) == "RI_ConstraintTrig";
  const std::string name = slowest->constraint.empty() ? slowest->name : slowest->constraint;
  Draft draft;
  draft.share = std::min(slowest->total_ms / all, 1.0);
  draft.title = (key ? "Checking the constraint " : "The trigger ") + name + " takes " +
                text::duration(slowest->total_ms / 1000) + " of " + text::duration(all / 1000);
  draft.detail = key ? "When a referenced row is deleted or its key changes, the referencing table "
                       "is searched. Index the referencing columns of this foreign key."
                     : "See what the trigger's function does for each row; a statement-level "
                       "trigger with a transition table does it once.";
  draft.evidence = {plan_ms("trigger", slowest->total_ms, "Triggers, Time"),
                    plan_count("calls", slowest->calls, "Triggers, Calls"),
                    plan_ms("execution", all, "Execution Time")};
  return draft;
}

/// Before PostgreSQL 18 a disabled kind of node cost 1e10 more.
bool is_disabled(const PlanContext& plan, std::size_t i) {
  constexpr double penalty = 1e10;
  if (plan.node(i).disabled) return true;
  if (plan.node(i).total_cost < penalty) return false;
  const auto& children = plan.figure(i).children;
  return std::none_of(children.begin(), children.end(),
                      [&](std::size_t child) { return plan.node(child).total_cost >= penalty; });
}

std::optional<Draft> disabled_node(const PlanContext& plan, std::size_t i) {
  if (!is_disabled(plan, i) || plan.share(i) < least_share) return {};
  std::string switched;
  for (const auto& [name, value] : plan.plan().settings) {
    if (name.substr(0, 7) != "enable_" || value != "off") continue;
    switched += (switched.empty() ? "" : ", ") + name;
  }
  Draft draft;
  draft.share = plan.share(i);
  draft.title = plan.label(i) + " is switched off, yet there was no other way";
  draft.detail =
      "An enable_ setting forbids this kind of node and the planner found no other plan. Costs of "
      "such a plan mean little; switch it on again unless this is an experiment.";
  draft.evidence = {plan_fact("disabled", "true", "Disabled, or Total Cost from 1e10 on")};
  if (!switched.empty()) draft.evidence.push_back(plan_fact("switched off", switched, "Settings"));
  return draft;
}

std::optional<Draft> wide_rows(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "Sort" && node.type != "Hash" && node.type != "Materialize") return {};
  const double bytes = plan.rows(i) * node.plan_width;
  if (node.plan_width < 1024 || plan.rows(i) < 10000 || plan.share(i) < least_share) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = plan.label(i) + " carries " + text::number(node.plan_width) + " bytes in each of " +
                rows_text(plan.rows(i)) + " rows: " + text::bytes(bytes);
  draft.detail =
      "Select only the columns that are needed, or sort and join the keys first and fetch the wide "
      "columns of the few rows that remain.";
  draft.evidence = {plan_count("bytes in a row, estimated", node.plan_width, "Plan Width"),
                    plan_count("rows", plan.rows(i), plan.ran() ? "Actual Rows" : "Plan Rows")};
  return draft;
}

std::optional<Draft> waited_for_lock(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const plans::NodeFigures& figure = plan.figure(i);
  if ((node.type != "LockRows" && node.type != "ModifyTable") || !node.buffers) return {};
  double own_ms = figure.exclusive_ms;
  for (const model::PlanTrigger& trigger : plan.plan().triggers) own_ms -= trigger.total_ms;
  // Less than one block in 10 ms while the node had little else to do: it slept.
  if (own_ms < 500 || figure.exclusive_blocks > own_ms / 10 || plan.share(i) < 0.5) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = plan.label(i) + " took " + text::duration(own_ms / 1000) + " and touched " +
                rows_text(figure.exclusive_blocks) + " blocks: it waited, most likely for a lock";
  draft.detail =
      "A better plan does not help. See who held the row or table (log_lock_waits, "
      "pg_blocking_pids), and keep transactions short.";
  draft.evidence = {plan_ms("the node's own time", own_ms, "Actual Total Time, triggers taken off"),
                    plan_count("blocks", figure.exclusive_blocks, "Buffers")};
  return draft;
}

std::optional<Draft> writes_while_reading(const PlanContext& plan, std::size_t i) {
  const plans::NodeFigures& figure = plan.figure(i);
  const PlanNode& node = plan.node(i);
  const bool reads =
      node.type == "Seq Scan" || node.type == "Index Scan" || node.type == "Bitmap Heap Scan";
  const auto dirtied = static_cast<double>(figure.own.shared_dirtied);
  if (!reads || plan.below(i, "ModifyTable") || plan.share(i) < least_share) return {};
  if (dirtied < 1000 || dirtied <= 0.5 * figure.exclusive_blocks) return {};
  Draft draft;
  draft.share = plan.share(i);
  draft.title = "Reading " + node.relation + " changed " + rows_text(dirtied) + " blocks";
  draft.detail =
      "The first reader after a large load marks the rows as committed and dirties the pages. "
      "VACUUM after loading does it beforehand; the next run is faster anyway.";
  draft.evidence = {
      plan_count("blocks changed", dirtied, "Shared Dirtied Blocks"),
      plan_count("blocks read", figure.exclusive_blocks, "Shared Hit Blocks + Shared Read Blocks")};
  return draft;
}

}  // namespace

std::vector<PlanCheck> whole_plan_checks() {
  using model::Severity;
  return {
      {{"plan.jit_time", Severity::medium, "Compiling takes a large part of the execution",
        "JIT is meant for long queries, but is switched on by estimated cost.",
        "under 20 ms or 20 % of the execution", "checks list PG-PLAN-012"},
       jit_time},
      {{"plan.planning_time", Severity::low, "Planning takes longer than executing",
        "Planning is repeated for each execution that is not prepared.",
        "planning up to 10 ms, or shorter than the execution", "checks list PG-PLAN-013"},
       planning_time},
      {{"plan.workers_not_launched", Severity::low, "Fewer parallel workers ran than were planned",
        "The plan was chosen for more processes than it got.", "under 10 % of the plan",
        "queries study P19"},
       workers_not_launched},
      {{"plan.trigger_time", Severity::high, "A trigger takes much of the time",
        "Foreign keys without an index search the whole referencing table for each row.",
        "under 10 ms or 20 % of the execution", "checks list PG-PLAN-014"},
       trigger_time},
      {{"plan.disabled_node", Severity::low, "The plan uses what a setting forbids",
        "With its kind switched off, a node is used only when nothing else is possible.",
        "under 10 % of the plan", "PostgreSQL 18 release notes, disabled nodes"},
       disabled_node},
      {{"plan.wide_rows", Severity::low, "Wide rows are sorted or hashed",
        "Columns that are carried along fill memory and temporary files.",
        "rows under 1 kB, fewer than 10,000 rows, under 10 % of the plan",
        "checks list PG-PLAN-025"},
       wide_rows},
      {{"plan.waited_for_lock", Severity::medium, "A write waited rather than worked",
        "Waiting for a lock looks like a slow plan.",
        "under 500 ms or half of the plan; not without ANALYZE and BUFFERS", "queries study P36"},
       waited_for_lock},
      {{"plan.writes_while_reading", Severity::info, "A query that reads changes many blocks",
        "The first reader after a load pays for marking the rows.",
        "under 1,000 blocks or half of those read, under 10 % of the plan",
        "checks list PG-PLAN-033"},
       writes_while_reading},
  };
}

}  // namespace whet::advise
