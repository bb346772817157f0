// What the checks of MongoDB's plans ask of a node. Internal to advise/query.
#pragma once

#include <cstdint>
#include <string>

#include "advise/query/plan_context.h"

namespace whet::advise {

/// As of MG-PLAN-001: below, nobody notices.
inline constexpr double many_documents = 10000;

[[nodiscard]] double keys_of(const model::PlanNode& node);
[[nodiscard]] double documents_of(const model::PlanNode& node);
/// Keys and documents that the node and all below it looked at.
[[nodiscard]] double examined_below(const model::PlanNode& node);
/// The node's part of the plan's time, keys and documents, whichever is most; 1 of what did not
/// run.
[[nodiscard]] double part_of(const PlanContext& plan, std::size_t i);
/// A figure that only MongoDB's plans have, 0 when it is not there.
[[nodiscard]] std::int64_t noted(const model::PlanNode& node, const char* name);
/// Documents of the collection that a scan reads, as far as is known.
[[nodiscard]] double documents_there(const PlanContext& plan, std::size_t i);

}  // namespace whet::advise
