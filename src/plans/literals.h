// Plans without the values that they were made for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/plan.h"

namespace whet::plans {

/// An expression that a plan prints, with each constant replaced by $n, counting on from `last`,
/// which is left at the highest used. Type modifiers and numbers of subplans stay. An unclosed
/// string counts up to the end.
[[nodiscard]] std::string without_literals(std::string_view expression, std::int64_t& last);

/// Does that to every expression in the plan, properties without a member included. The numbers
/// count on from the highest $n in the plan.
void remove_literals(model::Plan& plan);

}  // namespace whet::plans
