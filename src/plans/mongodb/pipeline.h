// Explains of pipelines: an array of stages, the first being a cursor on the collection.
#pragma once

#include "base/result.h"
#include "model/plan.h"
#include "mql/value.h"

namespace whet::plans::mongodb {

/// The last stage is the root, each reads from the one before. `database`: of the collections that
/// stages name; empty: that of the first cursor.
[[nodiscard]] Result<model::PlanNode> read_pipeline(const mql::Value& stages, model::Plan& plan,
                                                    const std::string& database = "",
                                                    int depth = 0);

}  // namespace whet::plans::mongodb
