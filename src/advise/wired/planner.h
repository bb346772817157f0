// A model of MongoDB's planner: what the index advisor asks, since no server of MongoDB plans with
// an index that does not exist.
//
// It makes the plans that the server would try (bounds.h, plans.h), lets them run the server's
// trial in numbers, and tells what the winner takes, in microseconds (constants.h). A model is no
// proof: `whet optimize --apply` tries each index before it counts.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "advise/facts.h"
#include "advise/wired/constants.h"
#include "base/result.h"
#include "model/oracle.h"
#include "mql/command.h"

namespace whet::advise::wired {

/// The command of a statement, with literals where somebody has them.
using CommandOf = std::function<Result<mql::Command>(const std::string& statement)>;

/// Keeps a reference to the facts.
[[nodiscard]] std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts,
                                                                CommandOf command_of);

}  // namespace whet::advise::wired
