// Plans of MySQL and MariaDB, in whichever format, as the tree that all engines share.
//
// The types are the names of MySQL's TREE: "Table scan", "Index scan", "Index range scan", "Index
// lookup", "Single-row index lookup", "Constant row", "Full-text index search", "Index skip scan",
// "Index merge", "Nested loop inner join" (left join, semijoin, antijoin), "Hash join", "Block
// nested loop join", "Batched key access join", "Filter", "Sort", "Group aggregate", "Aggregate",
// "Aggregate using temporary table", "Window aggregate", "Materialize", "Temporary table", "Union",
// "Intersect", "Except", "Remove duplicates", "Stream results", "Projection", "Limit", "Insert",
// "Update", "Delete", "Rows fetched before execution", "Zero rows". An unknown one stands as the
// server calls it.
//
// A scan has: `index_condition` what it is looked up by or the ranges, `recheck_condition` what is
// checked in the index (index condition pushdown), `filter` what is checked in the row, `plan_rows`
// and `rows` what passes it in one loop, `filtered` how much of what is read that is.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace whet::plans::mysql {

/// Does the text look like a plan of MySQL or MariaDB?
[[nodiscard]] bool looks_like_plan(std::string_view text);

/// The plan in the text: EXPLAIN FORMAT=JSON in version 1 or 2, FORMAT=TREE, EXPLAIN ANALYZE in
/// both, MariaDB's EXPLAIN and ANALYZE FORMAT=JSON. Rows of SHOW WARNINGS that stand behind it are
/// read, too. Nothing of the query's own text is kept.
/// ErrorKind::invalid, in a sentence, when there is none.
[[nodiscard]] Result<model::Plan> parse(std::string_view text);

}  // namespace whet::plans::mysql
