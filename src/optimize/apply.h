// One change through the ledger: done, or taken back, so that a crash at any point leaves an entry
// that says how far it came.
#pragma once

#include <string>

#include "base/result.h"
#include "optimize/context.h"
#include "optimize/outcome.h"

namespace whet::optimize {

/// Where changes go: one target, its executor, its name in the ledger.
struct Site {
  engine::Executor& executor;
  std::string target;
  std::string identity;
};

/// Does one proposed change and sets its fate (applied, refused, failed, interrupted), reason and
/// ledger id. The Error is for what must end the run: the ledger cannot be written, or the server
/// is lost. REQUIRES: one.fate == Fate::proposed.
[[nodiscard]] Status carry_out(ChangeOutcome& one, Site& site, Context& context);

/// The first half of carry_out: prepares the change, journals it as planned, checks it, and
/// journals it as applying. False when its fate is settled already (refused).
[[nodiscard]] Result<bool> begin_change(ChangeOutcome& one, Site& site, Context& context);

/// After a failed attempt at a change that was begun: what the target holds decides what the ledger
/// says and which fate it is.
[[nodiscard]] Status settle_failure(ChangeOutcome& one, const Error& error, Site& site,
                                    Context& context);

/// Takes an applied or verified change back. After a failure the entry is applied again, with the
/// reason, when the change is still whole; else it stays reverting, for the next run.
[[nodiscard]] Status take_back(const std::string& ledger_id, const model::Change& change,
                               const std::string& reason, const std::string& measurements,
                               Site& site, Context& context);

}  // namespace whet::optimize
