// Which node of a plan runs an InitPlan or a CTE.
#pragma once

#include <cstddef>
#include <optional>

namespace whet::plans {

struct Figures;

/// The node whose time holds that of `subplan`, an InitPlan or CTE. For a CTE it is the CTE Scan
/// that first reads it: the one with the most inclusive time, as that time holds the CTE's. For an
/// InitPlan, the first node under its declaration whose printed expressions name it and whose own
/// time can hold it; the declaring node when none does. Nothing for a CTE that nobody reads: the
/// server runs it after the tree. REQUIRES: exclusive figures without InitPlans taken off yet.
[[nodiscard]] std::optional<std::size_t> find_evaluator(const Figures& figures,
                                                        std::size_t subplan);

}  // namespace whet::plans
