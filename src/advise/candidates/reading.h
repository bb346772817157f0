// How a statement reads a table today.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "advise/facts.h"
#include "model/plan.h"
#include "model/shape.h"

namespace whet::advise {

/// One place where a table is read.
struct Reading {
  const model::PlanNode* node = nullptr;  ///< nullptr: no plan; told by the counters
  bool full_scan = false;
  std::string index;      ///< that it goes through; empty: none
  std::string condition;  ///< what that index is asked for; empty: it is walked from end to end
  bool sorted = false;    ///< its rows are sorted afterwards
  /// Rows of the other side of the join that it is in: how often an index would be asked. Absent:
  /// it is in no join.
  std::optional<double> probes;
  std::set<std::string> other_aliases;  ///< of the relations on that other side
  std::string text;                     ///< for the evidence: "Seq Scan on orders o (cost 10,234)"
  std::string source;                   ///< where that comes from
};

/// The nodes of a plan by the table that they read; built once for a statement.
class Readings {
 public:
  /// Keeps references to both.
  Readings(const Facts& facts, const model::Statement& statement);

  /// The most expensive reading of the relation in the plan; without a plan, a full scan when the
  /// counters of table and statement agree that there is one; else nothing.
  [[nodiscard]] std::optional<Reading> of(const model::ShapeRelation& relation,
                                          const model::Table& table) const;

 private:
  struct Found {
    Reading reading;
    double cost = 0;
  };
  void visit(const model::PlanNode& node, const Reading& above);

  const Facts& facts_;
  const model::Statement& statement_;
  std::vector<Found> found_;
};

}  // namespace whet::advise
