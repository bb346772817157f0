#include "report/outcome.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"
#include "report/markdown.h"

namespace whet::report {

namespace {

using optimize::ChangeOutcome;
using optimize::Fate;
using optimize::Outcome;
using optimize::StatementOutcome;
using optimize::Verdict;

Ink ink_of(Fate fate) {
  switch (fate) {
    case Fate::verified:
    case Fate::applied:
    case Fate::proposed:
      return Ink::green;
    case Fate::failed:
    case Fate::refused:
      return Ink::red;
    case Fate::reverted:
    case Fate::interrupted:
      return Ink::yellow;
    default:
      return Ink::dim;
  }
}

std::string trial_text(const optimize::Trial& trial) {
  if (!trial.problem.empty()) return "not estimated: " + trial.problem;
  std::vector<std::string> parts;
  for (const optimize::TrialCost& cost : trial.costs) {
    if (cost.after < cost.before && cost.after > 0)
      parts.push_back(fmt::format("{} to {}", text::number(cost.before), text::number(cost.after)));
  }
  std::string out = parts.empty() ? ""
                                  : "estimated planner cost " + text::join(parts, ", ") + " (" +
                                        trial.oracle + ")";
  if (trial.index_bytes)
    out += (out.empty() ? "" : "; ") + ("expected size " + text::bytes(*trial.index_bytes));
  return out;
}

std::string change_text(const ChangeOutcome& one, const Style& style) {
  std::string out =
      paint(style, ink_of(one.fate), fmt::format("{:<11}", name_of(one.fate))) + " " +
      paint(style, Ink::bold, one.change.summary.empty() ? one.change.id : one.change.summary) +
      paint(style, Ink::dim,
            fmt::format("  [{}, {} risk]", one.finding, name_of(one.change.risk))) +
      "\n";
  // What was done without a measurement of its own says all in its first line.
  if (style.verbosity == 0 && one.fate == Fate::applied) return out;
  if (!one.change.action.statement.empty())
    out += statement_lines(style, one.change.action.statement, 14);
  const std::string why = one.reason.empty() ? one.change.reason : one.reason;
  if (!why.empty()) out += wrap(style, why, 12);
  if (one.trial) {
    const std::string trial = trial_text(*one.trial);
    if (!trial.empty()) out += wrap(style, trial, 12);
  }
  if (style.verbosity > 0 && !one.change.locks.empty())
    out += wrap(style, "Locks: " + one.change.locks, 12);
  if (style.verbosity > 0 && !one.change.action.inverse.empty())
    out += wrap(style, "Way back: " + one.change.action.inverse, 12);
  return out;
}

bool shown_briefly(Fate fate) {
  return fate != Fate::filtered && fate != Fate::superseded && fate != Fate::told;
}

std::string changes_text(const Outcome& outcome, const Style& style) {
  std::string out;
  std::size_t hidden = 0;
  for (const ChangeOutcome& one : outcome.changes) {
    if (style.verbosity == 0 && !shown_briefly(one.fate)) {
      ++hidden;
      continue;
    }
    out += change_text(one, style);
  }
  if (style.verbosity == 0 && outcome.count(Fate::applied) > 0) {
    out +=
        "\n'applied' was done, but no read measures it by itself: -v says why, and how it is "
        "undone.\n";
  }
  if (hidden > 0) {
    out +=
        fmt::format("\n{} for you to decide, or left out: -v shows them.\n",
                    text::plural(static_cast<std::int64_t>(hidden), "more change", "more changes"));
  }
  return out;
}

std::string statement_line(const StatementOutcome& one, const Style& style) {
  const Ink ink = one.verdict == Verdict::faster   ? Ink::green
                  : one.verdict == Verdict::slower ? Ink::red
                                                   : Ink::dim;
  const std::size_t room = style.width > 62 ? style.width - 62 : 24;
  std::string ratio =
      one.ratio ? fmt::format("x{} ({}-{})", text::number(*one.ratio, 2),
                              text::number(one.ratio_low, 2), text::number(one.ratio_high, 2))
                : "";
  return fmt::format("  {:>9} {:>9}  {:<24} ", text::duration(one.before.median_ms / 1000),
                     text::duration(one.after.median_ms / 1000), ratio) +
         paint(style, ink, fmt::format("{:<10}", name_of(one.verdict))) + "  " +
         text::shorten(text::squeeze(one.text), room) +
         (one.control ? paint(style, Ink::dim, " (control)") : "") + "\n";
}

std::string measured_text(const Outcome& outcome, const Style& style) {
  if (outcome.statements.empty()) return {};
  std::string out =
      "\n" + paint(style, Ink::bold, "Measured") +
      fmt::format(" (median of one execution)\n  {:>9} {:>9}  {:<24} {:<10}  statement\n", "before",
                  "after", "ratio (95 %)", "verdict");
  std::size_t shown = 0;
  for (const StatementOutcome& one : outcome.statements) {
    if (style.verbosity == 0 && shown == 15) break;
    out += statement_line(one, style);
    ++shown;
  }
  if (shown < outcome.statements.size())
    out += fmt::format("  {} more: -v\n", outcome.statements.size() - shown);
  const optimize::Totals& totals = outcome.totals;
  if (totals.statements > 0 && totals.seconds_per_hour_after > 0) {
    out += fmt::format(
               "\n{} measured: {} faster, {} slower, {} unchanged; {} s of database time per hour "
               "before, {} after: ",
               text::plural(totals.statements, "read", "reads"), totals.faster, totals.slower,
               totals.unchanged, text::number(totals.seconds_per_hour_before),
               text::number(totals.seconds_per_hour_after)) +
           paint(style, Ink::bold,
                 fmt::format("{} times less", text::number(totals.seconds_per_hour_before /
                                                           totals.seconds_per_hour_after))) +
           ".\n";
  }
  if (totals.drift) {
    out += wrap(style,
                fmt::format("The control reads, which no change touches, ran at {} times their "
                            "earlier time; the ratios above have this divided out.",
                            text::number(*totals.drift)),
                0);
  }
  return out;
}

}  // namespace

std::string outcome_text(const Outcome& outcome, const Style& style) {
  std::string out;
  for (const optimize::Recovered& one : outcome.recovered) {
    out += wrap(style, "An earlier run left '" + one.summary + "' unfinished: " + one.done, 0);
  }
  if (outcome.changes.empty()) {
    out += "No change would help that Whet can make.\n";
  } else {
    out += paint(style, Ink::bold,
                 outcome.dry_run ? "Changes, in the order in which they would be made (a dry run; "
                                   "--apply makes them):"
                                 : "Changes:") +
           "\n";
    out += changes_text(outcome, style);
  }
  out += measured_text(outcome, style);
  for (const std::string& note : outcome.notes) out += wrap(style, note, 0);
  return out;
}

std::string outcome_json(const Outcome& outcome) { return optimize::to_json(outcome, 1) + "\n"; }

std::string outcome_markdown(const Outcome& outcome) {
  std::string out = outcome.dry_run ? "# Changes that would help\n\n" : "# Changes made\n\n";
  out += "| fate | change | statement | why |\n| --- | --- | --- | --- |\n";
  constexpr auto cell = markdown_cell;
  for (const ChangeOutcome& one : outcome.changes) {
    out += fmt::format("| {} | {} | {} | {} |\n", name_of(one.fate), cell(one.change.summary),
                       markdown_code(one.change.action.statement),
                       cell(one.reason.empty() ? one.change.reason : one.reason));
  }
  if (outcome.statements.empty()) return out;
  out +=
      "\n| read | before | after | ratio | 95 % interval | verdict |\n| --- | --- | --- | --- | "
      "--- | --- |\n";
  for (const StatementOutcome& one : outcome.statements) {
    out += fmt::format("| {} | {} | {} | {} | {} to {} | {} |\n",
                       cell(text::shorten(text::squeeze(one.text), 120)),
                       text::duration(one.before.median_ms / 1000),
                       text::duration(one.after.median_ms / 1000),
                       one.ratio ? text::number(*one.ratio) : "-", text::number(one.ratio_low),
                       text::number(one.ratio_high), name_of(one.verdict));
  }
  return out;
}

std::string ledger_text(const std::vector<ledger::Entry>& entries, const Style& style) {
  if (entries.empty()) return "The ledger is empty: Whet has changed nothing.\n";
  std::string out;
  for (const ledger::Entry& entry : entries) {
    const ledger::State state = entry.state();
    const Ink ink = state == ledger::State::verified || state == ledger::State::applied ? Ink::green
                    : state == ledger::State::failed                                    ? Ink::red
                                                                                        : Ink::dim;
    out += fmt::format("{}  {}  ", entry.id, utc_time(entry.transitions.back().at)) +
           paint(style, ink, fmt::format("{:<8}", name_of(state))) + "  " + entry.target + "  " +
           entry.change.summary + "\n";
    if (style.verbosity == 0) continue;
    if (!entry.change.action.statement.empty())
      out += statement_lines(style, entry.change.action.statement, 6);
    for (const ledger::Transition& step : entry.transitions) {
      out += wrap(style,
                  fmt::format("{} {}{}", utc_time(step.at), name_of(step.state),
                              step.reason.empty() ? "" : ": " + step.reason),
                  6);
    }
  }
  return out;
}

}  // namespace whet::report
