// Hints that may help a slow read of MongoDB: other indexes of its collection, to be tried. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"
#include "model/snapshot.h"
#include "model/workload.h"
#include "optimize/hints.h"

namespace whet::optimize {

/// Indexes whose first field the command names, other than the one that its plan uses, and the
/// whole collection where the plan uses an index. Nothing for a command that has a hint, and for
/// one that MongoDB takes no hint for.
[[nodiscard]] std::vector<Hint> mongodb_hints(const model::Statement& statement,
                                              const model::Plan& plan,
                                              const model::Snapshot& snapshot, std::size_t at_most);

/// The command with an option: "hint", "maxTimeMS"; empty when it cannot be read.
[[nodiscard]] std::string with_option(std::string_view text, std::string_view name,
                                      std::string_view json);

/// The same hint for everybody, from 8.0 on, without a change of the application; empty where the
/// server has no query settings.
[[nodiscard]] std::string hint_for_all(const model::Statement& statement, const Hint& hint,
                                       const model::Server& server);

}  // namespace whet::optimize
