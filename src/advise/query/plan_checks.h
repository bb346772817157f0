// Checks of one execution plan. Each fires only where a node holds a good part of what the plan
// costs; with actual figures from EXPLAIN ANALYZE if there are any, else with the planner's
// estimates, and then it says so.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "model/finding.h"
#include "model/plan.h"

namespace whet::advise {

/// What is known of a plan check before it runs. All texts are shown to users.
struct PlanCheckInfo {
  std::string_view id;  ///< "plan.external_sort": stable for ever
  model::Severity severity = model::Severity::info;
  std::string_view summary;  ///< one line: what it finds
  std::string_view why;      ///< why that matters
  std::string_view guards;   ///< when it holds its tongue
  std::string_view source;   ///< where its threshold comes from
};

struct PlanFinding {
  std::size_t node = 0;  ///< index in plans::measure(plan).nodes; 0 also for the plan as a whole
  double share = 0;      ///< of the plan's time, blocks or cost that it is about, 0 to 1
  model::Finding finding;
};

/// All plan checks, sorted by id.
[[nodiscard]] std::vector<PlanCheckInfo> plan_checks();

/// What is wrong with a plan, the costliest first. `facts` may be null: then nothing is known of
/// the tables but what the plan prints, and checks that need more stay silent. With `only`, that
/// one check.
[[nodiscard]] std::vector<PlanFinding> plan_findings(const model::Plan& plan, const Facts* facts,
                                                     std::string_view only = "");

/// The same without the nodes.
[[nodiscard]] std::vector<model::Finding> check_plan(const model::Plan& plan, const Facts* facts);

}  // namespace whet::advise
