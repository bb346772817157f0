// Hypothetical indexes as statements, and the indexes of a plan.
#pragma once

#include <set>
#include <string>

#include "model/oracle.h"
#include "model/plan.h"

namespace whet::engine::postgres {

/// The CREATE INDEX of an index that does not exist, without CONCURRENTLY.
[[nodiscard]] std::string create_index_text(const model::HypotheticalIndex& wanted);

/// The names of all indexes in a plan.
[[nodiscard]] std::set<std::string> index_names(const model::Plan& plan);

}  // namespace whet::engine::postgres
