// What the measured statements say about a change: was it worth it, and which one did harm?
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "optimize/trial.h"
#include "optimize/verify.h"

namespace whet::optimize {
namespace {

using model::Action;
using model::ActionKind;

bool concerned(const StatementOutcome& statement, const model::Change& change) {
  return std::find(statement.changes.begin(), statement.changes.end(), change.id) !=
         statement.changes.end();
}

/// The lower, the likelier; negative: it cannot be.
int suspicion(const StatementOutcome& statement, const Action& action) {
  const bool new_plan = statement.before.plan_shape != statement.after.plan_shape;
  const std::string index = action.index ? action.index->name : "";
  switch (action.kind) {
    case ActionKind::create_index:
    case ActionKind::show_index:
      return uses_index(statement.after.plan_shape, index) ? 0 : -1;
    case ActionKind::drop_index:
    case ActionKind::hide_index:
      return uses_index(statement.before.plan_shape, index) ? 1 : -1;
    case ActionKind::create_statistics:
    case ActionKind::set_column_option:
    case ActionKind::drop_statistics:
    case ActionKind::update_histogram:
    case ActionKind::drop_histogram:
      return new_plan ? 2 : -1;
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return affects_reads(action) ? 3 : -1;
    default:
      return -1;
  }
}

/// The figures of the statements that a change concerns.
struct Tally {
  int measured = 0, faster = 0, slower = 0, users = 0, faster_users = 0;
  int unexplained = 0;  // faster without any index that is new in their plans
  const StatementOutcome* best = nullptr;
};

Tally tally_of(const model::Change& change, const std::vector<StatementOutcome>& statements,
               const std::vector<std::string>& new_indexes) {
  Tally tally;
  // Only of a new index do plans show whether it is what helped.
  const bool builds = change.action.kind == ActionKind::create_index && change.action.index;
  const std::string index = builds ? change.action.index->name : "";
  for (const StatementOutcome& one : statements) {
    if (!concerned(one, change) || one.verdict == Verdict::unmeasured) continue;
    ++tally.measured;
    const bool faster = one.verdict == Verdict::faster;
    const bool uses = uses_index(one.after.plan_shape, index);
    tally.faster += faster ? 1 : 0;
    tally.slower += one.verdict == Verdict::slower ? 1 : 0;
    tally.users += uses ? 1 : 0;
    tally.faster_users += faster && uses ? 1 : 0;
    const bool explained =
        std::any_of(new_indexes.begin(), new_indexes.end(),
                    [&](const auto& name) { return uses_index(one.after.plan_shape, name); });
    tally.unexplained += faster && !explained ? 1 : 0;
    if (faster && (builds ? uses : !explained) &&
        (tally.best == nullptr || *one.ratio < *tally.best->ratio))
      tally.best = &one;
  }
  return tally;
}

std::string gain(const Tally& tally, int faster) {
  return fmt::format("{} measured {} faster; the best took {} before and {} after.", faster,
                     faster == 1 ? "read is" : "reads are",
                     text::duration(tally.best->before.median_ms / 1000),
                     text::duration(tally.best->after.median_ms / 1000));
}

/// Kinds that can make a read faster or slower.
bool reads_can_show(const Action& action) {
  switch (action.kind) {
    case ActionKind::validate_constraint:
    case ActionKind::update_extension:
    case ActionKind::set_table_option:
    case ActionKind::set_index_option:
    case ActionKind::set_database_option:
    case ActionKind::manual:
      return false;
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return affects_reads(action);
    default:
      return true;
  }
}

bool only_writes(const model::Change& change, const model::Snapshot& snapshot) {
  for (const model::Statement& statement : snapshot.workload.statements) {
    if (statement.kind == model::StatementKind::select &&
        std::find(change.affected.begin(), change.affected.end(), statement.id) !=
            change.affected.end())
      return false;
  }
  return true;
}

Judgement judge_new_index(const model::Change& change, const Tally& tally,
                          const std::vector<StatementOutcome>& statements,
                          const model::Snapshot& snapshot) {
  if (tally.faster_users > 0) return {Fate::verified, gain(tally, tally.faster_users)};
  if (tally.users > 0) return {Fate::applied, "Plans use it, but no measured read became faster."};
  if (serves_foreign_key(change, snapshot))
    return {Fate::applied,
            "Not measured: it serves the checks of a foreign key, which no read shows."};
  if (only_writes(change, snapshot))
    return {Fate::applied,
            "Not measured: it is for statements that write, which are not replayed."};
  const bool measured = std::any_of(statements.begin(), statements.end(), [&](const auto& one) {
    return one.verdict != Verdict::unmeasured &&
           std::find(change.affected.begin(), change.affected.end(), one.statement_id) !=
               change.affected.end();
  });
  if (measured) return {Fate::reverted, "No measured read uses it, and none became faster by it."};
  return {Fate::applied, "Not measured: the statements that should gain could not be replayed."};
}

}  // namespace

std::vector<std::size_t> suspects(const StatementOutcome& statement,
                                  const std::vector<ChangeOutcome>& changes) {
  std::vector<std::pair<int, std::size_t>> found;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const ChangeOutcome& one = changes[i];
    if ((one.fate != Fate::applied && one.fate != Fate::verified) ||
        one.change.action.inverse.empty() ||
        !(affects_reads(one.change.action) || concerned(statement, one.change)))
      continue;
    const int rank = suspicion(statement, one.change.action);
    if (rank >= 0) found.emplace_back(rank, i);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::size_t> order;
  order.reserve(found.size());
  for (const auto& one : found) order.push_back(one.second);
  return order;
}

Judgement judge(const ChangeOutcome& change, const std::vector<ChangeOutcome>& changes,
                const std::vector<StatementOutcome>& statements, const model::Snapshot& snapshot) {
  std::vector<std::string> new_indexes;
  for (const ChangeOutcome& one : changes) {
    if ((one.fate == Fate::applied || one.fate == Fate::verified) && one.change.action.index &&
        one.change.action.kind == ActionKind::create_index)
      new_indexes.push_back(one.change.action.index->name);
  }
  const Tally tally = tally_of(change.change, statements, new_indexes);
  if (!reads_can_show(change.change.action))
    return {Fate::applied, "Not measured: reads do not show what it gives."};
  if (change.change.action.kind == ActionKind::create_index)
    return judge_new_index(change.change, tally, statements, snapshot);
  if (tally.measured == 0) {
    const ActionKind kind = change.change.action.kind;
    const bool setting = kind == ActionKind::set_setting || kind == ActionKind::reset_setting;
    return {Fate::applied, setting ? "Not measured by itself: it acts on the whole server."
                                   : "Not measured: no replayed read has to do with it."};
  }
  if (tally.slower > 0) {
    return {Fate::applied, fmt::format("{} slower, but not by this change as far as can be told.",
                                       tally.slower == 1 ? "A measured read became"
                                                         : "Some measured reads became")};
  }
  if (change.change.action.kind == ActionKind::drop_index ||
      change.change.action.kind == ActionKind::hide_index) {
    return {Fate::verified,
            tally.measured == 1
                ? std::string("The measured read of its table did not become slower.")
                : fmt::format("None of the {} measured reads of its table became slower.",
                              tally.measured)};
  }
  if (tally.unexplained > 0) return {Fate::verified, gain(tally, tally.unexplained)};
  return {Fate::applied, tally.faster > 0 ? "The reads that became faster owe it to new indexes."
                                          : "No measured read became faster or slower."};
}

}  // namespace whet::optimize
