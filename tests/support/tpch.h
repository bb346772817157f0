// The planner statistics of a real TPC-H database (../shared/data/tpch-stats) as a snapshot.
#pragma once

#include <map>
#include <string>

#include "model/snapshot.h"

namespace whet::testing {

/// WHET_SHARED_DATA, or the folder beside the repository. Fails the test when it is not there.
[[nodiscard]] std::string shared_data();

/// Tables, statistics and settings, with `planner`.
[[nodiscard]] model::Snapshot tpch_snapshot();

/// The 22 queries by their number ("01").
[[nodiscard]] std::map<std::string, std::string> tpch_queries();

/// The total costs that the real server gave, from base-costs.jsonl or hypothetical-costs.jsonl.
[[nodiscard]] std::map<std::string, double> tpch_costs(const std::string& file);

}  // namespace whet::testing
