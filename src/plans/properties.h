// The properties of a plan node under the names that PostgreSQL's EXPLAIN (FORMAT JSON) gives them.
// The text parser reduces its lines to the same names, so both formats fill a node in one way.
#pragma once

#include <string>
#include <string_view>

#include "model/plan.h"

namespace whet::plans {

/// Sets the member that `name` stands for; `value` is the figure or text as printed, lists are
/// separated by commas outside brackets and quotes. A property without a member goes to `other`. A
/// figure that is no number leaves the node as it was.
void set_property(model::PlanNode& node, std::string_view name, std::string_view value);

/// Appends one element of a list property; the same as set_property for all others.
void add_to_property(model::PlanNode& node, std::string_view name, std::string_view value);

/// Sets a buffer or I/O time counter; false when `name` is none.
bool set_buffer_property(model::PlanBuffers& buffers, std::string_view name,
                         std::string_view value);

/// The value of a property as text; empty when it is unset or unknown. Lists are joined with ", ".
[[nodiscard]] std::string property(const model::PlanNode& node, std::string_view name);

/// The elements of "a, f(b, c), 'x,y'": split at commas outside brackets and quotes.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace whet::plans
