// Sizes and upkeep of indexes, by the rules of the snapshot's server. Only for this folder.
#pragma once

#include "advise/facts.h"
#include "advise/upkeep/upkeep.h"
#include "advise/upkeep/writes.h"
#include "model/oracle.h"

namespace whet::advise {

struct IndexPrice {
  model::IndexDimensions dimensions;
  Upkeep upkeep;            ///< an hour
  double cost_per_row = 0;  ///< of one row that enters it
};

/// `writes`: null when writes are not charged.
[[nodiscard]] IndexPrice price_of(const Facts& facts, const Writes* writes,
                                  const model::Table& table, const model::Index& index);

/// What reading all of a table costs, in the unit of the planner that is asked.
[[nodiscard]] double scan_cost(const Facts& facts, const model::Table& table);

/// How long the index would take to build.
[[nodiscard]] double build_seconds(const Facts& facts, const model::Table& table, double entries);

}  // namespace whet::advise
