// What all formats of MySQL's plans need after they were read. Internal to plans/mysql.
#pragma once

#include <vector>

#include "model/plan.h"

namespace whet::plans::mysql {

/// Rows that a scan reads in one loop before its filter, as estimated.
[[nodiscard]] double rows_read(const model::PlanNode& node);

/// Turns a tree as it was printed into one that the rest of plans understands:
/// - headings ("Select #2", "Hash") are folded into what is below them;
/// - a Filter right above a scan becomes the scan's filter, with rows removed and `filtered`, as in
///   the other formats;
/// - a node without figures of its own has those of its input (TREE leaves them out of Hash, Sort,
///   Limit);
/// - inputs have their place (Outer, Inner), an index merge the names of its indexes.
void settle(model::PlanNode& root);

/// Hangs subqueries of the select list where they run: under the node that computes the rows. When
/// there is none in the tree (the rows are computed while they are sent), under a new root,
/// "Projection", whose time is that of all.
void attach_projection(model::PlanNode& root, std::vector<model::PlanNode> subqueries);

}  // namespace whet::plans::mysql
