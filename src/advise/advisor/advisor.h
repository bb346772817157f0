// The index advisor: from a workload to the set of indexes that should exist, by asking a planner.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "advise/advisor/advice.h"
#include "advise/facts.h"
#include "base/progress.h"
#include "base/result.h"
#include "model/oracle.h"

namespace whet::advise {

/// A statement to make faster.
struct WorkItem {
  std::string id;
  std::string text;           ///< $n parameters allowed
  double calls = 1;           ///< per hour, or in whatever unit all of the workload has
  std::string database = {};  ///< MySQL: of names without one
  double measured_us = 0;  ///< of a call, by the server's counters, lock waits left out; 0: unknown
  bool of_database = false;  ///< MongoDB: the same text is another statement in another database

  /// As the planner is asked about it: its text, where that says enough.
  [[nodiscard]] std::string asked() const { return of_database ? database + ": " + text : text; }
};

/// How sizes and the planner's word are taken.
enum class Sizes : std::uint8_t {
  real,    ///< as built indexes have them
  hypopg,  ///< as HypoPG says, and the planner is believed in all: for comparison with other tools
};

struct AdvisorOptions {
  std::optional<double> budget_bytes;  ///< of all new indexes together
  std::size_t per_table = 0;           ///< new indexes on one table at most; 0: no limit
  double max_seconds = 0;              ///< 0: until it is done
  double min_gain = 0.001;  ///< part of the workload's cost that an index must save at least
  /// The same for an index as large as all tables together, and for smaller ones in proportion.
  double min_gain_for_all_tables = 0.1;
  /// Charge each index what the server's writes pay for it. Only when WorkItem::calls are per hour.
  bool charge_upkeep = true;
  double max_regression = 0.1;  ///< of one statement, when an existing index goes
  Sizes sizes = Sizes::real;
  std::function<double()> clock;  ///< seconds that never jump
};

/// The statements of the snapshot that are planned: SELECT, INSERT, UPDATE, DELETE and MERGE of
/// this database, not Whet's own and not nested in others.
[[nodiscard]] std::vector<WorkItem> workload_items(const Facts& facts);

/// Asks `planner` about the workload. Statements that cannot be read or planned are in
/// IndexAdvice::skipped; existing indexes are dropped only with evidence, which a planner that can
/// hide them must confirm. Errors: the planner is out of reach, or the user stops it.
[[nodiscard]] Result<IndexAdvice> advise_indexes(const Facts& facts,
                                                 const std::vector<WorkItem>& items,
                                                 model::IndexSwitch& planner,
                                                 const AdvisorOptions& options, Progress& progress);

}  // namespace whet::advise
