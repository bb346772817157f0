// A model of MySQL's and MariaDB's optimizer: what the index advisor asks where no server can plan
// with an index that does not exist.
//
// It predicts which plan the server would take (by the server's published formulas: sql/handler.cc,
// sql/opt_costmodel.cc, sql/sql_planner.cc) and what that plan then takes, in microseconds
// (constants.h). Plan::root.total_cost is the latter; the server's own figure is in `other` under
// "server_cost". A model is no proof: `whet optimize --apply` tries each index before it counts.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "advise/facts.h"
#include "base/result.h"
#include "model/oracle.h"
#include "model/shape.h"

namespace whet::advise::innodb {

/// Makes a statement's shape with its literals kept in Predicate::constant.
using ShapeOf = std::function<Result<model::Shape>(const std::string& statement)>;

/// Keeps a reference to the facts.
[[nodiscard]] std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts,
                                                                ShapeOf shape_of);

}  // namespace whet::advise::innodb
