// What was done and gained, for the HTML report.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/html.h"

namespace whet::report {

namespace {

using optimize::ChangeOutcome;
using optimize::Fate;
using optimize::Outcome;
using optimize::StatementOutcome;
using optimize::Verdict;

double bar_width(double ms, double longest_ms) {
  constexpr double shortest_ms = 0.01;
  return html_bar_width(ms, shortest_ms, longest_ms);
}

std::string verdict_tag(Verdict verdict) {
  const std::string_view kind = verdict == Verdict::faster   ? "good"
                                : verdict == Verdict::slower ? "bad"
                                                             : "";
  return fmt::format("<span class=\"tag {}\">{}</span>", kind, name_of(verdict));
}

std::string statement_row(const StatementOutcome& one, double longest_ms) {
  const std::string ratio =
      one.ratio ? fmt::format("{} ({} to {})", text::number(*one.ratio),
                              text::number(one.ratio_low), text::number(one.ratio_high))
                : "-";
  return fmt::format(
      "<tr><td><code>{}</code>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
      "class=\"n\">{}</td>"
      "<td class=\"bars\"><div class=\"bar before\" style=\"width:{:.1f}%\"></div><div class=\"bar "
      "after\" style=\"width:{:.1f}%\"></div></td>"
      "<td>{}{}</td></tr>\n",
      escape_xml(text::shorten(text::squeeze(one.text), 110)),
      one.control ? " <span class=\"soft\">(control)</span>" : "",
      text::duration(one.before.median_ms / 1000), text::duration(one.after.median_ms / 1000),
      ratio, bar_width(one.before.median_ms, longest_ms),
      bar_width(one.after.median_ms, longest_ms), verdict_tag(one.verdict),
      one.note.empty() ? "" : "<br><span class=\"soft\">" + escape_xml(one.note) + "</span>");
}

std::string totals_line(const Outcome& outcome) {
  const optimize::Totals& totals = outcome.totals;
  if (totals.statements == 0 || totals.seconds_per_hour_after <= 0) return {};
  return fmt::format(
      "<p>{} measured: {} faster, {} slower, {} unchanged. Database time of these reads: {} s/h "
      "before, {} s/h after ({} times less).</p>\n",
      text::plural(totals.statements, "read was", "reads were"), totals.faster, totals.slower,
      totals.unchanged, text::number(totals.seconds_per_hour_before),
      text::number(totals.seconds_per_hour_after),
      text::number(totals.seconds_per_hour_before / totals.seconds_per_hour_after));
}

std::string measured(const Outcome& outcome) {
  double longest = 0;
  for (const StatementOutcome& one : outcome.statements)
    longest = std::max({longest, one.before.median_ms, one.after.median_ms});
  if (longest <= 0) return {};
  std::string out =
      "<h2>Measured: reads before and after</h2>\n<p class=\"legend soft\"><span "
      "class=\"before\"></span>before<span class=\"after\"></span>after "
      "(median of one execution, logarithmic bars; ratio with its 95 % bootstrap interval";
  if (outcome.totals.drift)
    out += fmt::format("; the machine's own drift, {}, is divided out",
                       text::number(*outcome.totals.drift));
  out += ")</p>\n" + totals_line(outcome) +
         "<table><tr><th>statement</th><th class=\"n\">before</th><th "
         "class=\"n\">after</th><th class=\"n\">ratio</th><th></th><th>verdict</th></tr>\n";
  for (const StatementOutcome& one : outcome.statements) out += statement_row(one, longest);
  return out + "</table>\n";
}

std::string change_row(const ChangeOutcome& one) {
  const bool bad =
      one.fate == Fate::failed || one.fate == Fate::reverted || one.fate == Fate::refused;
  // Green is for what was measured.
  const std::string_view kind = one.fate == Fate::verified  ? "good"
                                : one.fate == Fate::applied ? "low"
                                : bad                       ? "bad"
                                                            : "";
  std::string detail = one.reason.empty() ? one.change.reason : one.reason;
  return fmt::format(
      "<tr><td><span class=\"tag "
      "{}\">{}</span></td><td>{}<br><code>{}</code></td><td>{}</td></tr>\n",
      kind, name_of(one.fate), escape_xml(one.change.summary),
      escape_xml(one.change.action.statement), escape_xml(detail));
}

}  // namespace

std::string html_outcome(const Outcome& outcome) {
  std::string out = measured(outcome);
  out +=
      outcome.dry_run ? "<h2>Changes that would help (dry run)</h2>\n" : "<h2>What was done</h2>\n";
  for (const std::string& note : outcome.notes) out += "<p>" + escape_xml(note) + "</p>\n";
  for (const optimize::Recovered& one : outcome.recovered) {
    out += fmt::format("<p>An earlier run left '{}' unfinished: {}</p>\n", escape_xml(one.summary),
                       escape_xml(one.done));
  }
  if (!outcome.changes.empty()) out += "<table><tr><th>fate</th><th>change</th><th>why</th></tr>\n";
  for (const ChangeOutcome& one : outcome.changes) out += change_row(one);
  if (!outcome.changes.empty()) out += "</table>\n";
  return out;
}

}  // namespace whet::report
