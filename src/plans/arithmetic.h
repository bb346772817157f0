// What each node of a plan took by itself. Servers print inclusive figures for one loop and, under
// a Gather, averages over the participants; this turns them into totals that add up.
//
// The rules (PostgreSQL):
// - Time of a node = time of a loop x loops. Under a Gather the loops are those of all
//   participants, so the wall-clock time is that sum divided by the participants that ran the node;
//   where each worker's figures were printed (VERBOSE), it is the slowest participant's. How many
//   took part is what ran (loops of the Gather's child: workers launched, and the leader when it
//   did), never what was planned.
// - Exclusive time = inclusive time - that of the children. An InitPlan and a CTE hang in the tree
//   where they were declared but run inside the node that first asks for them: their time is taken
//   once from that node. Never-executed nodes count nothing.
// - Small negatives are noise of the clock and become 0; `clamped_ms` says how much.
// - Blocks are sums over loops and participants already.
// - Costs: a child's part of its parent's cost is the child's total cost times the rescans that the
//   plan expects, and never more than the parent has left (a LIMIT stops its child early, a Memoize
//   or Materialize makes rescans cheap).
//
// MySQL and MariaDB (plans/mysql/parse.h): times are averages of a loop and inclusive, as above;
// subqueries hang where they run. Costs: those of subqueries that run for each row are added where
// the server leaves them out; where it prints none (MariaDB before 11) rows read stand for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/plan.h"

namespace whet::plans {

struct NodeFigures {
  const model::PlanNode* node = nullptr;
  std::optional<std::size_t> parent;  ///< index in Figures::nodes
  std::size_t depth = 0;
  std::vector<std::size_t> children;
  bool ran = false;      ///< it has actual figures and ran at least once
  double processes = 1;  ///< how many ran it side by side
  double loops = 0;      ///< of all participants
  double rows = 0;       ///< that it returned, in all loops of all participants
  double plan_rows = 0;  ///< the estimate for as many loops as it ran (for one if it did not)
  double inclusive_ms = 0, exclusive_ms = 0;  ///< wall clock; 0 when times are unknown
  double inclusive_cost = 0, exclusive_cost = 0;
  double inclusive_blocks = 0, exclusive_blocks = 0;  ///< read or hit, temporary ones included
  model::PlanBuffers own;                             ///< exclusive counters and I/O times
  /// Rows of a loop / estimated rows of a loop, both at least 1 (PostgreSQL up to 17 rounds them).
  /// 1 when it did not run. Above 1: more came than was expected.
  double estimate_ratio = 1;

  /// How far off the estimate is in either direction, at least 1.
  [[nodiscard]] double estimate_factor() const {
    return estimate_ratio >= 1 ? estimate_ratio : 1 / estimate_ratio;
  }
};

/// Keeps pointers into the plan that it was made from.
struct Figures {
  std::vector<NodeFigures> nodes;  ///< depth first, the root at 0
  double total_ms = 0;             ///< the root's inclusive time
  double total_cost = 0;
  double total_blocks = 0;
  bool ran = false;    ///< the plan has actual figures
  bool timed = false;  ///< and times
  double clamped_ms = 0;

  /// The node's part of the whole, 0 to 1, by itself: of time, else of blocks, else of cost. With
  /// times, the part of the blocks counts too if it is larger.
  [[nodiscard]] double share(std::size_t node) const;
  /// The same of the node with all below it.
  [[nodiscard]] double inclusive_share(std::size_t node) const;
};

/// O(nodes). The plan must outlive the result.
[[nodiscard]] Figures measure(const model::Plan& plan);

}  // namespace whet::plans
