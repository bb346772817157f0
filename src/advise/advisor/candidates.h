// What the planner is asked about: the workload's statements and the indexes that matter for them.
// Only for this folder.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "advise/advisor/advisor.h"
#include "advise/proposals/proposals.h"
#include "advise/upkeep/upkeep.h"
#include "model/oracle.h"

namespace whet::advise {

/// A statement that indexes might make faster.
struct Asked {
  const WorkItem* item = nullptr;
  std::set<const model::Table*> tables;  ///< that it reads or writes
  std::vector<std::size_t> proposed;     ///< positions of the indexes proposed for it
};

struct AskedIndex {
  const model::Table* table = nullptr;
  model::SwitchedIndex what;
  std::vector<std::string> unknown_expressions;
  Upkeep upkeep;            ///< an hour
  double cost_per_row = 0;  ///< of one row that enters it
  std::string keep;         ///< of an existing one: why it may not be dropped; empty: it may
};

struct Questions {
  std::vector<Asked> statements;  ///< the dearest first
  std::vector<AskedIndex> indexes;
  std::vector<SkippedStatement> skipped;
};

[[nodiscard]] Questions questions(const Facts& facts, const std::vector<WorkItem>& items,
                                  const AdvisorOptions& options);

}  // namespace whet::advise
