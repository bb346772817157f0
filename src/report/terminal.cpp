// An analysis for people at a terminal.
#include <algorithm>
#include <array>
#include <map>
#include <ranges>

#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"

namespace whet::report {

namespace {

using model::Finding;
using model::Severity;

/// Findings shown without -v: with three lines each, and the head and foot, they fill a screen of
/// 40 lines.
constexpr std::size_t shown_at_most = 9;

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return Ink::magenta;
    case Severity::high:
      return Ink::red;
    case Severity::medium:
      return Ink::yellow;
    case Severity::low:
      return Ink::blue;
    case Severity::info:
      return Ink::dim;
  }
  return Ink::plain;
}

std::map<Severity, std::size_t> count_by_severity(const std::vector<Finding>& findings) {
  std::map<Severity, std::size_t> counts;
  for (const Finding& finding : findings) ++counts[finding.severity];
  return counts;
}

std::string summary_line(const Analysis& analysis, const Style& style) {
  const auto counts = count_by_severity(analysis.findings);
  std::vector<std::string> parts;
  for (const auto& [severity, count] : counts | std::views::reverse)
    parts.push_back(paint(style, ink_of(severity), fmt::format("{} {}", count, name_of(severity))));
  return parts.empty() ? paint(style, Ink::green, "Nothing to improve was found.")
                       : text::join(parts, "   ");
}

std::string basis_line(const Analysis& analysis) {
  const model::Snapshot& snapshot = analysis.snapshot;
  std::vector<std::string> parts;
  std::size_t indexes = 0;
  for (const model::Table& table : snapshot.schema.tables) indexes += table.indexes.size();
  const bool mongodb = snapshot.server.engine == model::EngineKind::mongodb;
  parts.push_back(text::plural(static_cast<std::int64_t>(snapshot.schema.tables.size()),
                               mongodb ? "collection" : "table",
                               mongodb ? "collections" : "tables"));
  parts.push_back(text::plural(static_cast<std::int64_t>(indexes), "index", "indexes"));
  parts.push_back(text::plural(static_cast<std::int64_t>(snapshot.workload.statements.size()),
                               "statement", "statements"));
  const model::Database* database = snapshot.server.current_database();
  if (database != nullptr && database->stats_age_seconds)
    parts.push_back("counters of " + text::duration(*database->stats_age_seconds));
  if (snapshot.window_seconds > 0)
    parts.push_back("window " + text::duration(snapshot.window_seconds));
  if (analysis.workload_seconds_per_hour > 0) {
    parts.push_back("workload " + text::number(analysis.workload_seconds_per_hour) +
                    " s of database time per hour");
  }
  return text::join(parts, " · ");
}

std::string heading(const Finding& finding, const Style& style) {
  std::string name(name_of(finding.severity));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  const std::string subject = finding.subject.text();
  return paint(style, ink_of(finding.severity), fmt::format("{:<8}", name)) + "  " +
         paint(style, Ink::bold, finding.id) + (subject.empty() ? "" : "  " + subject) +
         (finding.watch ? paint(style, Ink::dim, "  (watched: too little history to act)") : "") +
         "\n";
}

std::string without_comments(std::string_view statement) {
  std::vector<std::string> lines = text::split(statement, '\n');
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("--"); });
  return text::join(lines, "\n");
}

/// The statement that would help, in one line; "" when the finding has none.
std::string remedy_line(const Finding& finding, const Style& style) {
  if (finding.changes.empty()) return {};
  const std::string& statement = finding.changes.front().action.statement;
  const std::string command = without_comments(statement);
  const std::string shown = command.empty() ? finding.changes.front().summary : command;
  if (shown.empty()) return {};
  const std::size_t room = style.width > 14 ? style.width - 14 : 20;
  return "          " + paint(style, Ink::green, "→ " + text::shorten(text::squeeze(shown), room)) +
         "\n";
}

std::string brief(const Analysis& analysis, const Finding& finding, std::size_t alike,
                  const Style& style) {
  std::string out = heading(finding, style);
  const std::string statement = statement_text(analysis, finding, style.width - 12);
  if (!statement.empty()) out += "          " + paint(style, Ink::dim, statement) + "\n";
  std::string title = finding.title;
  const std::string impact = impact_text(finding.impact);
  if (!impact.empty()) title += " [" + impact + "]";
  out += wrap(style, title, 10);
  out += remedy_line(finding, style);
  if (alike > 0)
    out += "          " + paint(style, Ink::dim, fmt::format("and {} more of this kind", alike)) +
           "\n";
  return out;
}

std::string change_lines(const model::Change& change, const Style& style) {
  std::string out =
      "          " +
      paint(style, Ink::green, "→ " + (change.summary.empty() ? change.id : change.summary)) +
      fmt::format("  (risk {})\n", name_of(change.risk));
  if (!change.action.statement.empty()) out += statement_lines(style, change.action.statement, 12);
  if (!change.reason.empty()) out += wrap(style, change.reason, 12);
  if (!change.locks.empty()) out += wrap(style, "Locks: " + change.locks, 12);
  if (!change.action.inverse.empty()) out += wrap(style, "Way back: " + change.action.inverse, 12);
  return out;
}

std::string full(const Analysis& analysis, const Finding& finding, const Style& style) {
  std::string out = heading(finding, style);
  const std::string statement = statement_text(analysis, finding, 400);
  if (!statement.empty()) out += wrap(style, statement, 10);
  out += wrap(style, finding.title, 10);
  const std::string impact = impact_text(finding.impact);
  if (!impact.empty()) out += wrap(style, "Impact: " + impact, 10);
  if (style.verbosity > 1 && !finding.impact.arithmetic.empty())
    out += wrap(style, "Arithmetic: " + finding.impact.arithmetic, 10);
  if (!finding.detail.empty()) out += wrap(style, finding.detail, 10);
  for (const model::Evidence& evidence : finding.evidence) {
    out += "          " + paint(style, Ink::dim, "· ") + evidence.name + ": " +
           text::squeeze(evidence.value) +
           paint(style, Ink::dim, evidence.source.empty() ? "" : "  [" + evidence.source + "]") +
           "\n";
  }
  for (const model::Change& change : finding.changes) out += change_lines(change, style);
  return out + "\n";
}

/// The most important finding of each kind, with how many like it follow.
std::string briefs(const Analysis& analysis, const Style& style) {
  std::map<std::string, std::size_t> of_kind;
  for (const Finding& finding : analysis.findings) ++of_kind[finding.id];
  std::map<std::string, bool> seen;
  std::string out;
  std::size_t shown = 0;
  std::size_t covered = 0;
  for (const Finding& finding : analysis.findings) {
    if (shown == shown_at_most) break;
    if (finding.severity <= Severity::low && shown > 0 && !seen.contains(finding.id) && shown >= 5)
      break;
    if (seen[finding.id]) continue;
    seen[finding.id] = true;
    out += brief(analysis, finding, of_kind[finding.id] - 1, style);
    ++shown;
    covered += of_kind[finding.id];
  }
  if (covered < analysis.findings.size()) {
    out += fmt::format("\n{} more: -v shows all of them with their evidence.\n",
                       analysis.findings.size() - covered);
  } else if (!analysis.findings.empty()) {
    out += "\n-v shows the evidence and every change.\n";
  }
  return out;
}

std::string not_collected(const Analysis& analysis, const Style& style) {
  const auto& missing = analysis.snapshot.not_collected;
  if (missing.empty()) return {};
  std::string out;
  if (style.verbosity == 0) {
    return paint(style, Ink::dim,
                 fmt::format(
                     "Not collected: {} (whet doctor says how to change that).",
                     text::plural(static_cast<std::int64_t>(missing.size()), "fact", "facts"))) +
           "\n";
  }
  out += "Not collected:\n";
  for (const model::NotCollected& one : missing) {
    out += wrap(
        style,
        one.what + ", because " + one.reason + (one.remedy.empty() ? "" : " — " + one.remedy), 2);
  }
  return out;
}

}  // namespace

std::string analysis_text(const Analysis& analysis, const Style& style) {
  std::string out = paint(style, Ink::bold, server_line(analysis.snapshot)) + "\n";
  out += paint(style, Ink::dim, basis_line(analysis)) + "\n\n";
  out += summary_line(analysis, style) + "\n\n";
  if (style.verbosity == 0) {
    out += briefs(analysis, style);
  } else {
    for (const Finding& finding : analysis.findings) out += full(analysis, finding, style);
  }
  out += not_collected(analysis, style);
  out += paint(style, Ink::dim, cost_line(analysis.snapshot.cost)) + "\n";
  return out;
}

}  // namespace whet::report
