// The rest of a column's values, behind the most common ones.
#pragma once

#include <vector>

#include "advise/sizes/keys.h"

namespace whet::advise {

/// What ANALYZE saw of a column.
struct Sample {
  double table_rows = 0;
  double fraction = 1;   ///< of the rows: those that it looked at
  double rows = 0;       ///< of the table's, not NULL
  double share = 0;      ///< of the table's rows: those of none of the most common values
  double common = 0;     ///< how many most common values there are
  double distinct = 0;   ///< different values, as the statistics have it
  double blocks = 1;     ///< share of the table's pages that it read from
  double page_rows = 1;  ///< rows on a page
  bool in_runs = false;  ///< equal values are next to each other in the table
};

/// The values of which the statistics know only how many there are.
///
/// ANALYZE's estimator (Duj1) is right for values that all occur equally often, and too low when
/// chance decides (by 15 % at five rows a value). Which holds is not known, so the number of values
/// is the mean (geometric) of `distinct` and the one for which the estimator, of rows that fall on
/// values by chance, would have said `distinct`. Where a full list of most common values falls like
/// a power of its rank, the rest goes on falling like that.
///
/// ANALYZE reads as many pages as it wants rows. In a larger table whose equal values are in runs,
/// it sees the values of those pages only, each more often than chance would have it.
[[nodiscard]] std::vector<KeyClass> rest_classes(const std::vector<double>& common,
                                                 const Sample& sample);

/// Every class's keys times one factor, so that about `wanted` occur in `entries` entries.
void scale_to(std::vector<KeyClass>& classes, double entries, double wanted);

}  // namespace whet::advise
