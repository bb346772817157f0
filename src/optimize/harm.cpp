#include "optimize/harm.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

using ledger::State;

std::string measurements_of(const model::Change& change,
                            const std::vector<StatementOutcome>& statements) {
  std::vector<std::string> parts;
  for (const StatementOutcome& one : statements) {
    if (std::find(one.changes.begin(), one.changes.end(), change.id) != one.changes.end())
      parts.push_back(to_json(one));
  }
  return parts.empty() ? std::string() : "[" + text::join(parts, ",") + "]";
}

/// Takes one change back and sets its fate; false when it could not be.
Result<bool> take_one_back(ChangeOutcome& one, const std::string& reason,
                           const std::vector<StatementOutcome>& statements, Site& site,
                           Context& context) {
  const Status taken = take_back(one.ledger_id, one.change, reason,
                                 measurements_of(one.change, statements), site, context);
  if (taken) {
    one.fate = Fate::reverted;
    one.reason = reason;
    return true;
  }
  if (taken.error().kind == ErrorKind::unreachable) return taken.error();
  one.reason = reason + " It could not be taken back: " + taken.error().text();
  return false;
}

std::string slower_by(const StatementOutcome& statement) {
  return fmt::format("'{}' became slower: {} before, {} after (ratio {}, 95 % interval {} to {})",
                     text::shorten(text::squeeze(statement.text), 60),
                     text::duration(statement.before.median_ms / 1000),
                     text::duration(statement.after.median_ms / 1000),
                     text::number(*statement.ratio), text::number(statement.ratio_low),
                     text::number(statement.ratio_high));
}

/// The first statement that became slower and was not looked at yet.
const StatementOutcome* next_harmed(const std::vector<StatementOutcome>& statements,
                                    const std::set<std::string>& looked_at) {
  for (const StatementOutcome& one : statements) {
    if (one.verdict == Verdict::slower && !looked_at.contains(one.statement_id)) return &one;
  }
  return nullptr;
}

/// Measures one item again; the others keep their figures.
Status measure_again(const std::string& statement_id, Evidence& evidence,
                     const MeasureOptions& options, Context& context) {
  for (std::size_t i = 0; i < evidence.items.size(); ++i) {
    if (evidence.items[i].statement_id != statement_id) continue;
    auto again = WHET_TRY(measure({evidence.items[i]}, options, context));
    evidence.after[i] = std::move(again.front());
  }
  return {};
}

}  // namespace

Result<bool> take_back_harm(std::vector<ChangeOutcome>& changes, Evidence& evidence,
                            const model::Snapshot& snapshot, const MeasureOptions& options,
                            Site& site, Context& context) {
  bool any = false;
  std::set<std::string> looked_at;
  std::set<std::pair<std::string, std::size_t>> tried;
  while (true) {
    const auto statements =
        compare_all(evidence.items, evidence.before, evidence.after, changes, snapshot);
    const StatementOutcome* harmed = next_harmed(statements, looked_at);
    if (harmed == nullptr) return any;
    std::optional<std::size_t> suspect;
    for (const std::size_t one : suspects(*harmed, changes)) {
      if (!suspect && tried.emplace(harmed->statement_id, one).second) suspect = one;
    }
    if (!suspect) {
      looked_at.insert(harmed->statement_id);  // no change of ours explains it
      continue;
    }
    context.progress.report("Taking back: " + changes[*suspect].change.summary, -1);
    if (WHET_TRY(take_one_back(changes[*suspect], slower_by(*harmed) + ".", statements, site,
                               context))) {
      any = true;
      WHET_TRY_VOID(measure_again(harmed->statement_id, evidence, options, context));
    }
  }
}

Result<bool> settle_changes(std::vector<ChangeOutcome>& changes,
                            const std::vector<StatementOutcome>& statements,
                            const model::Snapshot& snapshot, Site& site, Context& context) {
  bool any = false;
  for (ChangeOutcome& one : changes) {
    if (one.fate != Fate::applied || one.ledger_id.empty()) continue;
    const Judgement judgement = judge(one, changes, statements, snapshot);
    if (judgement.fate == Fate::reverted) {
      any = WHET_TRY(take_one_back(one, judgement.reason, statements, site, context)) || any;
      continue;
    }
    if (one.reason.empty()) one.reason = judgement.reason;
    if (judgement.fate != Fate::verified) continue;
    one.fate = Fate::verified;
    one.reason = judgement.reason;
    WHET_TRY_VOID(context.ledger.advance(one.ledger_id,
                                         {State::verified, context.clock.now(), judgement.reason,
                                          measurements_of(one.change, statements)}));
  }
  return any;
}

}  // namespace whet::optimize
