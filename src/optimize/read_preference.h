// Reads of a MongoDB replica set that a secondary could answer: tried by running them on the
// primary and on a secondary in turns.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "optimize/context.h"
#include "optimize/measure.h"
#include "optimize/outcome.h"
#include "optimize/remedies.h"

namespace whet::optimize {

/// The secondary that reads may go to: sound, visible, up to date, and with clearly less to do than
/// the primary, the idlest first. nullptr: there is none, or the target is not the primary of a
/// set. Pure.
[[nodiscard]] const model::GroupMember* idle_secondary(const model::Snapshot& snapshot);

/// For the most expensive reads that go to the primary: told with its figures where a secondary
/// answers as fast or faster with the same rows (the application asks for it, a person decides);
/// unhelpful where it is slower or answers with other rows. Fails only when stopped or when the
/// server is lost.
[[nodiscard]] Result<std::vector<ChangeOutcome>> try_read_preference(
    const engine::Collected& collected, const MeasureOptions& measure, const RemedyOptions& options,
    Context& context);

}  // namespace whet::optimize
