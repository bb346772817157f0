// What a plan check may look at, and how it says what it found. Internal to advise/query.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/build.h"
#include "advise/query/plan_checks.h"
#include "plans/arithmetic.h"
#include "plans/expression.h"

namespace whet::advise {

/// A check must be about at least this part of the plan's time, blocks or cost.
/// Source: explain.depesz colours nodes from 10 % of exclusive time on.
inline constexpr double least_share = 0.10;

class PlanContext {
 public:
  PlanContext(const model::Plan& plan, const Facts* facts);

  [[nodiscard]] const model::Plan& plan() const { return plan_; }
  [[nodiscard]] const plans::Figures& figures() const { return figures_; }
  [[nodiscard]] const Facts* facts() const { return facts_; }
  [[nodiscard]] bool ran() const { return figures_.ran; }

  [[nodiscard]] std::size_t size() const { return figures_.nodes.size(); }
  [[nodiscard]] const plans::NodeFigures& figure(std::size_t i) const { return figures_.nodes[i]; }
  [[nodiscard]] const model::PlanNode& node(std::size_t i) const { return *figures_.nodes[i].node; }
  /// The parent's node; nullptr at the root.
  [[nodiscard]] const model::PlanNode* parent(std::size_t i) const;
  [[nodiscard]] bool is(std::size_t i, std::string_view type) const { return node(i).type == type; }
  /// A node of that kind somewhere above.
  [[nodiscard]] bool below(std::size_t i, std::string_view type) const;
  /// The index of the nth child that is neither InitPlan nor SubPlan.
  [[nodiscard]] std::optional<std::size_t> input(std::size_t i, std::size_t nth = 0) const;

  /// A plan of MySQL or MariaDB.
  [[nodiscard]] bool mysql() const { return mysql_; }
  /// A plan of MongoDB.
  [[nodiscard]] bool mongodb() const { return !plan_.framework.empty(); }
  /// The text for the plan's engine.
  [[nodiscard]] std::string_view says(std::string_view postgresql, std::string_view mysql) const {
    return mysql_ ? mysql : postgresql;
  }
  /// A scan of a whole table ("Seq Scan", "Table scan"), not of something made for the query.
  [[nodiscard]] bool full_scan(std::size_t i) const;
  [[nodiscard]] bool nested_loop(std::size_t i) const;
  /// How often the node runs: as it did, else as planned.
  [[nodiscard]] double runs(std::size_t i) const;
  /// Rows that a scan of MySQL or MariaDB reads in all runs, and those of them that pass its
  /// filter: as it was, else as planned.
  [[nodiscard]] double rows_read(std::size_t i) const;
  [[nodiscard]] double rows_kept(std::size_t i) const;
  /// A LIMIT above may stop it before it has read all.
  [[nodiscard]] bool limited(std::size_t i) const;

  [[nodiscard]] double share(std::size_t i) const { return figures_.share(i); }
  [[nodiscard]] double share_below(std::size_t i) const { return figures_.inclusive_share(i); }

  /// Actual rows of all loops where it ran, else the estimate.
  [[nodiscard]] double rows(std::size_t i) const;
  [[nodiscard]] double removed_by_filter(std::size_t i) const;

  /// The table that a scan reads; nullptr when unknown.
  [[nodiscard]] const model::Table* table(std::size_t i) const;
  /// "Seq Scan on orders o", "Sort", "Index Scan on t using i".
  [[nodiscard]] std::string label(std::size_t i) const;
  /// "Limit > Sort > Seq Scan on orders".
  [[nodiscard]] std::string path(std::size_t i) const;
  /// "of the plan's time", "blocks", "estimated cost".
  [[nodiscard]] std::string share_name() const;

 private:
  const model::Plan& plan_;
  plans::Figures figures_;
  const Facts* facts_;
  bool mysql_ = false;
};

/// What a check says of a node; the rest (id, subject, where, share) is filled in for it.
struct Draft {
  std::string title;
  std::string detail;  ///< why and what to do
  std::vector<model::Evidence> evidence;
  double share = 0;
  std::optional<model::Severity> severity;  ///< only when lower than the check's
  std::vector<model::Change> changes;
};

struct PlanCheck {
  PlanCheckInfo info;
  /// Looks at one node. Checks of the plan as a whole answer for node 0 only.
  std::optional<Draft> (*look)(const PlanContext& plan, std::size_t node) = nullptr;
  bool mongodb = false;  ///< of MongoDB's plans; else of those of SQL
};

// The families, each in its own file.
[[nodiscard]] std::vector<PlanCheck> spill_plan_checks();
[[nodiscard]] std::vector<PlanCheck> scan_plan_checks();
[[nodiscard]] std::vector<PlanCheck> join_plan_checks();
[[nodiscard]] std::vector<PlanCheck> estimate_plan_checks();
[[nodiscard]] std::vector<PlanCheck> predicate_plan_checks();
[[nodiscard]] std::vector<PlanCheck> order_plan_checks();
[[nodiscard]] std::vector<PlanCheck> whole_plan_checks();
[[nodiscard]] std::vector<PlanCheck> mysql_access_plan_checks();
[[nodiscard]] std::vector<PlanCheck> mysql_join_plan_checks();
[[nodiscard]] std::vector<PlanCheck> mongodb_access_plan_checks();
[[nodiscard]] std::vector<PlanCheck> mongodb_stage_plan_checks();

// Evidence whose source is a property of the plan.
[[nodiscard]] model::Evidence plan_fact(std::string_view name, std::string_view value,
                                        std::string_view property);
[[nodiscard]] model::Evidence plan_count(std::string_view name, double value,
                                         std::string_view property);
[[nodiscard]] model::Evidence plan_kilobytes(std::string_view name, double kb,
                                             std::string_view property);
[[nodiscard]] model::Evidence plan_ms(std::string_view name, double ms, std::string_view property);

/// "1,234", rounded.
[[nodiscard]] std::string rows_text(double rows);
/// An expression of the plan, at most 80 wide.
[[nodiscard]] std::string expression_text(std::string_view expression);

}  // namespace whet::advise
