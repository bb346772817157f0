// The values at one path: how many different ones, how often the commonest come, how they are
// spread, and what strings look like. Pure; used by sample_statistics.
#pragma once

#include <vector>

#include "engine/mongodb/sample_paths.h"
#include "engine/mongodb/sample_statistics.h"
#include "model/schema.h"

namespace whet::engine::mongodb {

/// Most of the strings among the values are of that form.
struct StringLooks {
  bool date = false, number = false, id = false;
};
[[nodiscard]] StringLooks looks_of(const std::vector<PathValues::Leaf>& leaves);

/// Distinct values, frequencies, correlation with the order of the documents, and, where asked for,
/// histogram and samples.
void add_value_statistics(model::ColumnStats& stats, const PathValues& values, double documents,
                          const SampleRequest& request);

/// Later documents have higher values, as counters and times of creation have.
[[nodiscard]] bool rises(const model::ColumnStats& stats);

}  // namespace whet::engine::mongodb
