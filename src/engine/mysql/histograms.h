// Histograms of MySQL and MariaDB made into the model's statistics of a column. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/schema.h"

namespace whet::engine::mysql {

struct HistogramRequest {
  bool keep_values = false;         ///< buckets with the values in them: only when asked for
  double now = 0;                   ///< seconds since 1970
  std::vector<std::string> labels;  ///< of an enum column, whose values are numbers there
};

/// COLUMN_STATISTICS.HISTOGRAM. ErrorKind::invalid for what is no histogram.
[[nodiscard]] Result<model::ColumnStats> mysql_histogram(std::string_view json,
                                                         const HistogramRequest& request);

/// A row of mysql.column_stats, the histogram through DECODE_HISTOGRAM().
struct MariadbStats {
  std::string minimum, maximum;
  double nulls = 0;              ///< fraction
  double average_length = 0;     ///< bytes
  double average_frequency = 0;  ///< rows of each different value; 0: unknown
  std::string kind;              ///< SINGLE_PREC_HB, DOUBLE_PREC_HB, JSON_HB; empty: none
  std::string decoded;
  double rows = 0;       ///< mysql.table_stats.cardinality
  bool numeric = false;  ///< the column's type: positions in the histogram can be made values
};
/// A histogram that cannot be read is left out; the rest of the row counts all the same.
[[nodiscard]] model::ColumnStats mariadb_statistics(const MariadbStats& stats, bool keep_values);

}  // namespace whet::engine::mysql
