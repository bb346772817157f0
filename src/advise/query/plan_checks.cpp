#include "advise/query/plan_checks.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "advise/query/plan_context.h"

namespace whet::advise {
namespace {

std::vector<PlanCheck> all_plan_checks() {
  std::vector<PlanCheck> all;
  for (const auto family :
       {spill_plan_checks, scan_plan_checks, join_plan_checks, estimate_plan_checks,
        predicate_plan_checks, order_plan_checks, whole_plan_checks, mysql_access_plan_checks,
        mysql_join_plan_checks, mongodb_access_plan_checks, mongodb_stage_plan_checks}) {
    const auto checks = family();
    all.insert(all.end(), checks.begin(), checks.end());
  }
  std::sort(all.begin(), all.end(),
            [](const PlanCheck& a, const PlanCheck& b) { return a.info.id < b.info.id; });
  return all;
}

model::Subject subject_of(const PlanContext& plan, std::size_t node) {
  if (const model::Table* table = plan.table(node)) return table_subject(*table);
  const model::PlanNode& one = plan.node(node);
  if (one.relation.empty()) return named(model::SubjectKind::statement, "plan");
  return {model::SubjectKind::table, one.schema, "", one.relation};
}

PlanFinding finished(const PlanContext& plan, std::size_t node, const PlanCheckInfo& info,
                     Draft draft) {
  PlanFinding out;
  out.node = node;
  out.share = draft.share;
  model::Finding& finding = out.finding;
  finding.id = info.id;
  finding.severity = std::min(draft.severity.value_or(info.severity), info.severity);
  finding.subject = subject_of(plan, node);
  finding.title = std::move(draft.title);
  finding.detail = std::move(draft.detail);
  if (!plan.ran() && plan.mongodb()) {
    finding.detail += " (From the plan alone: the query was not run.)";
  } else if (!plan.ran()) {
    finding.detail += " (From the planner's estimates: the query was not run.)";
  }
  finding.evidence = std::move(draft.evidence);
  finding.evidence.push_back(plan_fact("where", plan.path(node), "the tree"));
  finding.evidence.push_back(
      share("share " + plan.share_name(), draft.share, "EXPLAIN, computed from the tree"));
  finding.changes = std::move(draft.changes);
  return out;
}

}  // namespace

std::vector<PlanCheckInfo> plan_checks() {
  std::vector<PlanCheckInfo> infos;
  for (const PlanCheck& check : all_plan_checks()) infos.push_back(check.info);
  return infos;
}

std::vector<PlanFinding> plan_findings(const model::Plan& plan, const Facts* facts,
                                       std::string_view only) {
  const PlanContext context(plan, facts);
  std::vector<PlanFinding> found;
  for (const PlanCheck& check : all_plan_checks()) {
    if (check.mongodb != context.mongodb()) continue;
    if (!only.empty() && check.info.id != only) continue;
    for (std::size_t node = 0; node < context.size(); ++node) {
      if (auto draft = check.look(context, node)) {
        found.push_back(finished(context, node, check.info, std::move(*draft)));
      }
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const PlanFinding& a, const PlanFinding& b) {
    return std::tuple(-static_cast<int>(a.finding.severity), -a.share) <
           std::tuple(-static_cast<int>(b.finding.severity), -b.share);
  });
  return found;
}

std::vector<model::Finding> check_plan(const model::Plan& plan, const Facts* facts) {
  std::vector<model::Finding> findings;
  for (PlanFinding& one : plan_findings(plan, facts)) findings.push_back(std::move(one.finding));
  return findings;
}

}  // namespace whet::advise
