// What MySQL's TREE and JSON version 2 call an operation. Internal to plans/mysql.
#pragma once

#include <string_view>

#include "model/plan.h"

namespace whet::plans::mysql {

/// Fills the node from "Covering index lookup on l using member_id (member_id = m.id)" and its
/// like: type, access, names, conditions, keys. The names of types are those of TREE, without
/// "Covering". An operation that is not known becomes the type as it stands.
///
/// A Select heading ("Select #2 (subquery in condition; dependent)") gives a node without a type
/// that settle() folds into what is below it.
void read_operation(model::PlanNode& node, std::string_view operation);

}  // namespace whet::plans::mysql
