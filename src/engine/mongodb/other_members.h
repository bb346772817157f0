// Reads that are run on other members of the target's set than the target, to compare them. One
// connection for each member, opened when it is first asked, with the target's credentials.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

class OtherMembers {
 public:
  /// Runs the read on read.on_member. A member that cannot be reached, or goes away, is
  /// ErrorKind::refused: the target is still there, so the run goes on. It is not asked again.
  [[nodiscard]] Result<Measurement> measure(const Connection& target, const Replayable& read,
                                            double timeout_seconds, Progress& progress);

  /// What the target cost, and the others.
  [[nodiscard]] model::CollectionCost cost_with(model::CollectionCost target) const;

 private:
  std::map<std::string, std::optional<Connection>> connections_;  ///< nothing: it went away
  model::CollectionCost lost_;                                    ///< of those that went away
};

}  // namespace whet::engine::mongodb
