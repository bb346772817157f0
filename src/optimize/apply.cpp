#include "optimize/apply.h"

#include <utility>

namespace whet::optimize {
namespace {

using engine::ChangeState;
using ledger::State;

Status journal(const std::string& id, State state, const std::string& reason, Context& context) {
  return context.ledger.advance(id, {state, context.clock.now(), reason, ""});
}

}  // namespace

Status settle_failure(ChangeOutcome& one, const Error& error, Site& site, Context& context) {
  one.fate = error.kind == ErrorKind::interrupted ? Fate::interrupted : Fate::failed;
  one.reason = error.text();
  const auto state = site.executor.inspect(one.change);
  // Unknown or broken: the entry stays `applying`, and the next run finds out and finishes it.
  if (!state)
    return state.error().kind == ErrorKind::unreachable ? Status(state.error()) : Status();
  if (*state == ChangeState::partial) return {};
  if (*state == ChangeState::present) {
    one.fate = Fate::applied;
    one.reason = "Done, though the server's answer was lost: " + error.message;
    return journal(one.ledger_id, State::applied, one.reason, context);
  }
  WHET_TRY_VOID(journal(one.ledger_id, State::failed, error.text(), context));
  if (error.kind == ErrorKind::unreachable) one.reason += " Nothing of it is left.";
  return {};
}

Result<bool> begin_change(ChangeOutcome& one, Site& site, Context& context) {
  auto prepared = site.executor.prepare(one.change);
  if (!prepared) {
    if (prepared.error().kind == ErrorKind::unreachable) return std::move(prepared).error();
    one.fate = Fate::refused;
    one.reason = prepared.error().text();
    return false;
  }
  one.change = std::move(prepared).value();
  one.ledger_id =
      WHET_TRY(context.ledger.plan(site.target, site.identity, one.change, context.clock.now()));
  const Status checked = site.executor.check(one.change);
  if (!checked) {
    const Error& error = checked.error();
    one.fate = Fate::refused;
    one.reason = error.text();
    WHET_TRY_VOID(journal(one.ledger_id, State::failed, error.text(), context));
    if (error.kind == ErrorKind::unreachable) return error;
    return false;
  }
  WHET_TRY_VOID(journal(one.ledger_id, State::applying, "", context));
  return true;
}

Status carry_out(ChangeOutcome& one, Site& site, Context& context) {
  if (!WHET_TRY(begin_change(one, site, context))) return {};
  const double started = context.clock.monotonic();
  const Status done = site.executor.apply(one.change, context.progress);
  one.elapsed_seconds = context.clock.monotonic() - started;
  if (!done) return settle_failure(one, done.error(), site, context);
  one.fate = Fate::applied;
  return journal(one.ledger_id, State::applied, "", context);
}

Status take_back(const std::string& ledger_id, const model::Change& change,
                 const std::string& reason, const std::string& measurements, Site& site,
                 Context& context) {
  if (change.action.inverse.empty()) {
    return Error{ErrorKind::refused, "'" + change.summary + "' cannot be taken back.",
                 "It only brought the target up to date; there is nothing to restore.", ""};
  }
  WHET_TRY_VOID(context.ledger.advance(
      ledger_id, {State::reverting, context.clock.now(), reason, measurements}));
  Status reverted = site.executor.revert(change, context.progress);
  if (reverted) return journal(ledger_id, State::reverted, reason, context);
  const auto state = site.executor.inspect(change);
  if (state && *state == ChangeState::absent)
    return journal(ledger_id, State::reverted, reason, context);
  if (state && *state == ChangeState::present) {
    WHET_TRY_VOID(journal(ledger_id, State::applied,
                          "It could not be taken back: " + reverted.error().text(), context));
  }
  return reverted;
}

}  // namespace whet::optimize
