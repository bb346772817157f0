// Indexes that keep updates from being heap-only.
#pragma once

#include <string>
#include <vector>

#include "advise/facts.h"
#include "advise/index/texts.h"

namespace whet::advise {

struct HotBlocker {
  const model::Index* index = nullptr;
  std::string column;  ///< of its key, assigned by the workload's updates
};

/// The hardly used indexes of the table on columns that the workload's updates assign; empty when
/// most of its updates are heap-only, or they are few.
[[nodiscard]] std::vector<HotBlocker> hot_blockers(const Facts& facts, const model::Table& table,
                                                   const UpdatedColumns& updated);

}  // namespace whet::advise
