#include "optimize/recover.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/fields_json.h"

namespace whet::optimize {
namespace {

using engine::ChangeState;
using ledger::Entry;
using ledger::State;

std::string name_of_state(ChangeState state) {
  switch (state) {
    case ChangeState::absent:
      return "absent";
    case ChangeState::present:
      return "present";
    case ChangeState::partial:
      return "partial";
  }
  return "";
}

class Recovery {
 public:
  Recovery(Site& site, Context& context) : site_(site), context_(context) {}

  Result<Recovered> settle(const Entry& entry) {
    Recovered one{entry.id, entry.change.summary, "", ""};
    if (entry.state() == State::planned) {
      one.done = "It had not begun; nothing was changed.";
      WHET_TRY_VOID(journal(entry, State::failed, "The run ended before it began."));
      return one;
    }
    Status settled = entry.state() == State::applying ? settle_applying(entry, one)
                                                      : settle_reverting(entry, one);
    if (settled) return one;
    const Error& error = settled.error();
    if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted ||
        error.kind == ErrorKind::usage)
      return error;
    one.done = "It could not be settled: " + error.text();
    return one;
  }

 private:
  Status journal(const Entry& entry, State state, const std::string& reason) {
    return context_.ledger.advance(entry.id, {state, context_.clock.now(), reason, ""});
  }

  Status settle_applying(const Entry& entry, Recovered& one) {
    ChangeState state = WHET_TRY(site_.executor.inspect(entry.change));
    one.found = name_of_state(state);
    const bool broken = state == ChangeState::partial;
    if (broken) {
      WHET_TRY_VOID(site_.executor.clean(entry.change));
      state = WHET_TRY(site_.executor.inspect(entry.change));
    }
    if (state == ChangeState::partial) {
      one.done = "What it left could not be removed yet; the next run tries again.";
      return {};
    }
    if (state == ChangeState::present) {
      one.done = broken ? "The interrupted change was finished; it was not measured."
                        : "It had been done completely; it was not measured.";
      return journal(entry, State::applied, one.done);
    }
    one.done = broken ? "What it left was removed; the target is as before."
                      : "Nothing of it is left; the target is as before.";
    return journal(entry, State::failed, "The run was interrupted. " + one.done);
  }

  Status settle_reverting(const Entry& entry, Recovered& one) {
    one.found = name_of_state(WHET_TRY(site_.executor.inspect(entry.change)));
    WHET_TRY_VOID(site_.executor.revert(entry.change, context_.progress));
    one.done = "Taking it back was finished; the target is as before the change.";
    return journal(entry, State::reverted, one.done);
  }

  Site& site_;
  Context& context_;
};

Result<std::vector<Entry>> to_undo(const std::string& id, const Site& site,
                                   const Context& context) {
  const std::vector<State> in_force = {State::applied, State::verified};
  if (id.empty()) {
    auto entries =
        WHET_TRY(context.ledger.entries({.identity = site.identity, .states = in_force}));
    std::erase_if(entries, [](const Entry& entry) { return entry.change.action.inverse.empty(); });
    std::reverse(entries.begin(), entries.end());
    return entries;
  }
  Entry entry = WHET_TRY(context.ledger.find(id));
  if (entry.identity != site.identity) {
    return Error{ErrorKind::usage,
                 "Entry " + entry.id + " belongs to another target, " + entry.target + ".",
                 "Give that target's URL.", ""};
  }
  if (std::find(in_force.begin(), in_force.end(), entry.state()) == in_force.end()) {
    return Error{ErrorKind::usage,
                 "Entry " + entry.id + " is " + std::string(name_of(entry.state())) +
                     ": there is nothing to undo.",
                 "", ""};
  }
  return std::vector<Entry>{std::move(entry)};
}

}  // namespace

std::string to_json(const std::vector<Undone>& undone, int indent) {
  return fields_json::to_text(undone, indent);
}

Result<std::vector<Recovered>> recover(Site& site, Context& context) {
  const auto entries = WHET_TRY(context.ledger.entries(
      {.identity = site.identity, .states = {State::planned, State::applying, State::reverting}}));
  std::vector<Recovered> settled;
  Recovery recovery(site, context);
  // The newest first, as it is with undoing.
  for (const Entry& entry : entries | std::views::reverse)
    settled.push_back(WHET_TRY(recovery.settle(entry)));
  return settled;
}

Result<std::vector<Undone>> undo(const std::string& id, Site& site, Context& context) {
  std::vector<Undone> undone;
  for (const Entry& entry : WHET_TRY(to_undo(id, site, context))) {
    if (context.progress.cancelled()) break;
    const Status taken = take_back(entry.id, entry.change, "Undone on request.", "", site, context);
    if (!taken && taken.error().kind == ErrorKind::unreachable) return taken.error();
    undone.push_back({entry.id, entry.change.summary, taken.ok(),
                      taken.ok() ? std::string() : taken.error().text()});
  }
  return undone;
}

}  // namespace whet::optimize
