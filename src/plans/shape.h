// The shape of a plan: what it does and in which order, without a figure. Two plans of one query
// with different shapes are a changed plan.
#pragma once

#include <string>

#include "model/plan.h"

namespace whet::plans {

/// 16 hexadecimal digits, equal for equal node kinds, relations, indexes, join types and join
/// order. Neither figures, conditions, worker numbers nor what is executed count.
[[nodiscard]] std::string shape_hash(const model::Plan& plan);

/// The shape in one line, as people compare it: "Hash Join(Seq Scan orders, Hash(Seq Scan t))".
[[nodiscard]] std::string shape_text(const model::Plan& plan);

}  // namespace whet::plans
