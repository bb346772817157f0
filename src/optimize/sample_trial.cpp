#include "optimize/sample_trial.h"

#include <utility>

#include "base/text.h"

namespace whet::optimize {
namespace {

using engine::Laboratory;
using ledger::State;

Status journal(const std::string& id, State state, const std::string& reason, Context& context) {
  return context.ledger.advance(id, {state, context.clock.now(), reason, ""});
}

model::Change scratch_change(const std::string& scratch) {
  model::Change change;
  change.id = "trial.sample/" + scratch;
  change.summary = "Scratch database " + scratch + " for a trial";
  change.reason = "New indexes are tried there on a sample of the data; it is removed afterwards.";
  change.action.kind = model::ActionKind::manual;
  change.action.schema = scratch;
  change.action.statement = "db.getSiblingDB(\"" + scratch + "\").dropDatabase()";
  change.risk = model::Risk::low;
  return change;
}

/// Scratch databases of runs that did not come to their end.
Status remove_leftovers(Laboratory& laboratory, const std::string& identity, Context& context) {
  const auto open = WHET_TRY(
      context.ledger.entries({.identity = identity, .states = {State::planned, State::applying}}));
  for (const ledger::Entry& entry : open) {
    if (!entry.change.action.schema.starts_with(engine::scratch_prefix)) continue;
    if (entry.state() == State::applying)
      WHET_TRY_VOID(laboratory.remove(entry.change.action.schema));
    WHET_TRY_VOID(journal(entry.id, State::failed,
                          "The run was interrupted. The scratch database was removed.", context));
  }
  return {};
}

/// Gone, and the ledger says so; else the entry stays `applying`, and the next run does it.
Status finish(Laboratory& laboratory, const std::string& scratch, const std::string& id,
              Context& context) {
  WHET_TRY_VOID(laboratory.remove(scratch));
  WHET_TRY_VOID(journal(id, State::applied, "The trial is over.", context));
  WHET_TRY_VOID(journal(id, State::reverting, "", context));
  return journal(id, State::reverted, "The scratch database was removed.", context);
}

}  // namespace

Status try_on_sample(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot,
                     const Samples& samples, const SampleOptions& options, Context& context) {
  const double now = context.clock.now();
  const std::string scratch =
      std::string(engine::scratch_prefix) +
      text::hash_hex(context.engine.target() + std::to_string(now)).substr(0, 12);
  const auto laboratory = WHET_TRY(
      context.engine.laboratory({.url = options.url, .scratch = scratch}, context.progress));
  const std::string identity = WHET_TRY(laboratory->identity());
  WHET_TRY_VOID(remove_leftovers(*laboratory, identity, context));
  const std::string id =
      WHET_TRY(context.ledger.plan(laboratory->target(), identity, scratch_change(scratch), now));
  WHET_TRY_VOID(journal(id, State::applying, "", context));
  Status tried = try_indexes(changes, snapshot, samples, *laboratory, context.progress);
  const Status finished = finish(*laboratory, scratch, id, context);
  if (!tried) return tried;
  return finished;
}

}  // namespace whet::optimize
