// EXPLAIN FORMAT=TREE and EXPLAIN ANALYZE. Internal to plans/mysql.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace whet::plans::mysql {

/// Does a line of the text begin with "-> "?
[[nodiscard]] bool looks_like_tree(std::string_view text);

/// The first tree in the text. ErrorKind::invalid when there is none.
[[nodiscard]] Result<model::Plan> parse_tree(std::string_view text);

/// The server has no tree for this statement, and says so in the place of one.
[[nodiscard]] Error no_tree();

/// "(cost=0.25 rows=1)", "(actual time=0.1..0.2 rows=3 loops=1)" and "(never executed)" at the end
/// of the operation are taken off it and set. False when there were none.
bool take_figures(model::PlanNode& node, std::string_view& operation);

/// Trees deeper than this are no plans; the tree is walked recursively everywhere.
inline constexpr std::size_t max_depth = 200;

}  // namespace whet::plans::mysql
