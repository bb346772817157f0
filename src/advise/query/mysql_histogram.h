// Columns of which MySQL's and MariaDB's optimizers know nothing. Internal to advise/query.
#pragma once

#include "advise/query/plan_context.h"
#include "model/change.h"

namespace whet::advise {

/// The first column that the filter of a scan compares with a constant, and of which the server
/// knows nothing: neither an index begins with it nor is there a histogram. nullptr when there is
/// none, or the table is not known.
[[nodiscard]] const model::Column* column_without_statistics(const PlanContext& plan,
                                                             std::size_t scan);

[[nodiscard]] model::Change make_histogram(const model::Table& table, const model::Column& column);

}  // namespace whet::advise
