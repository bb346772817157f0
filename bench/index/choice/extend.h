// Extend (Schlosser, Kossmann and Boissier, ICDE 2019): the best gain per byte, one more column at
// a time, over all column orders up to a width, with as many planner calls as that takes.
#pragma once

#include "setting.h"

namespace whet::bench {

/// All orders of the columns that a statement needs together, up to a width: in place of the
/// proposals, or besides.
advise::Questions all_orders(const advise::Facts& facts, advise::Questions questions,
                             std::size_t width, bool besides);

/// The set that it ends with, over the indexes of `setting`.
Result<Bits> extend(Setting& setting, double budget);

}  // namespace whet::bench
