// InnoDB's persistent statistics made into the model's. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"

namespace whet::engine::mysql {

/// mysql.innodb_index_stats of one index of one partition (or of the whole table).
struct IndexStats {
  std::vector<double> distinct;  ///< n_diff_pfx01, 02, ...
  double leaf_pages = 0, pages = 0;
};

/// Adds one row: stat_name and stat_value.
void add_stat(IndexStats& stats, std::string_view name, double value);

/// The partitions' statistics as those of the table. Different values: the sum where a partition's
/// values are nearly all different (keys), the most of any partition where they repeat; each
/// figure at least as large as the one before.
[[nodiscard]] IndexStats combined(const std::vector<IndexStats>& partitions, double rows);

}  // namespace whet::engine::mysql
