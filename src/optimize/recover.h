// What earlier runs left: finished or undone at the start of the next one; and undoing on request.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "optimize/apply.h"
#include "optimize/context.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Settles every entry of this target that a run left planned, applying or reverting. The
/// executor's hold on the target makes sure that no living Whet is at it. Fails only when the
/// ledger or the server is out of reach; what could not be settled says so and stays as it is.
[[nodiscard]] Result<std::vector<Recovered>> recover(Site& site, Context& context);

/// One change that was to be undone.
struct Undone {
  std::string ledger_id;
  std::string summary;
  bool done = false;
  std::string reason;  ///< why not; empty when done

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("ledger_id", s.ledger_id), v("summary", s.summary), v("done", s.done), v("reason", s.reason);
  }
};
[[nodiscard]] std::string to_json(const std::vector<Undone>& undone, int indent = 0);

/// Takes back the entry that `id` names, or, when it is empty, all that are applied or verified on
/// this target and have something to restore, the newest first. ErrorKind::usage when the id names
/// none of this target's.
[[nodiscard]] Result<std::vector<Undone>> undo(const std::string& id, Site& site, Context& context);

}  // namespace whet::optimize
