#include "report/html.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "plans/render.h"

namespace whet::report {

namespace {

using model::Finding;
using model::Severity;

std::string tag(Severity severity) {
  return fmt::format("<span class=\"tag {0}\">{0}</span>", name_of(severity));
}

std::string tiles(const Analysis& analysis) {
  std::array<std::size_t, 5> counts{};
  for (const Finding& finding : analysis.findings)
    ++counts.at(static_cast<std::size_t>(finding.severity));
  std::string out = "<div class=\"tiles\">";
  for (std::size_t i = counts.size(); i-- > 0;) {
    out += fmt::format("<div class=\"tile\"><b>{}</b>{}</div>", counts.at(i),
                       name_of(static_cast<Severity>(i)));
  }
  if (analysis.workload_seconds_per_hour > 0) {
    out += fmt::format("<div class=\"tile\"><b>{} s</b>database time per hour</div>",
                       text::number(analysis.workload_seconds_per_hour));
  }
  return out + "</div>\n";
}

std::string evidence_table(const Finding& finding) {
  std::string out = "<table><tr><th>evidence</th><th>value</th><th>from</th></tr>";
  for (const model::Evidence& one : finding.evidence) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"soft\">{}</td></tr>",
                       escape_xml(one.name), escape_xml(one.value), escape_xml(one.source));
  }
  return out + "</table>";
}

std::string change_block(const model::Change& change) {
  std::string out = fmt::format("<p><b>Change</b> ({} risk): {}</p>", name_of(change.risk),
                                escape_xml(change.summary));
  if (!change.action.statement.empty())
    out += "<pre>" + escape_xml(change.action.statement) + "</pre>";
  if (!change.locks.empty()) out += "<p class=\"soft\">Locks: " + escape_xml(change.locks) + "</p>";
  if (!change.action.inverse.empty())
    out += "<p class=\"soft\">Way back: <code>" + escape_xml(change.action.inverse) + "</code></p>";
  return out;
}

std::string finding_block(const Analysis& analysis, const Finding& finding) {
  std::string out = fmt::format(
      "<details class=\"finding {}\"{}><summary>{}<span class=\"id\">{}</span> "
      "<b>{}</b><br>{}</summary><div>",
      name_of(finding.severity), finding.severity >= Severity::high ? " open" : "",
      tag(finding.severity), escape_xml(finding.id), escape_xml(finding.subject.text()),
      escape_xml(finding.title));
  const std::string statement = statement_text(analysis, finding, 2000);
  if (!statement.empty()) out += "<pre>" + escape_xml(statement) + "</pre>";
  const std::string impact = impact_text(finding.impact);
  if (!impact.empty()) out += "<p><b>Impact:</b> " + escape_xml(impact) + "</p>";
  if (!finding.impact.arithmetic.empty())
    out += "<p class=\"soft\">" + escape_xml(finding.impact.arithmetic) + "</p>";
  if (!finding.detail.empty()) out += "<p>" + escape_xml(finding.detail) + "</p>";
  out += evidence_table(finding);
  for (const model::Change& change : finding.changes) out += change_block(change);
  return out + "</div></details>\n";
}

/// Plans in the report: enough for what matters, few enough for a file that opens at once.
constexpr std::size_t plans_at_most = 25;

std::string workload_section(const Analysis& analysis) {
  const auto& statements = analysis.snapshot.workload.statements;
  if (statements.empty()) return {};
  double total = 0;
  for (const model::Statement& one : statements) total += one.own ? 0 : one.total.execution_ms;
  std::string out = "<h2>Workload</h2>\n";
  std::size_t shown = 0;
  for (const model::Statement& one : statements) {
    if (one.own || shown == plans_at_most) continue;
    ++shown;
    const double share = total > 0 ? one.total.execution_ms / total : 0;
    out += fmt::format(
        "<details class=\"finding\"><summary><b>{}</b> of the time · {} calls · mean "
        "{}<br><code>{}</code></summary><div>",
        text::percent(share), text::count(one.total.calls), text::duration(one.mean_ms() / 1000),
        escape_xml(text::shorten(text::squeeze(one.text), 160)));
    out += "<pre>" + escape_xml(one.text) + "</pre>";
    if (one.plan) {
      plans::RenderOptions options;
      options.width = 118;
      out += "<pre class=\"plan\">" + escape_xml(plans::render(*one.plan, options)) + "</pre>";
    } else if (!one.plan_problem.empty()) {
      out += "<p class=\"soft\">No plan: " + escape_xml(one.plan_problem) + "</p>";
    }
    out += "</div></details>\n";
  }
  return out;
}

std::string foot(const Analysis& analysis) {
  std::string out;
  if (!analysis.snapshot.not_collected.empty()) {
    out += "<h2>Not collected</h2><ul>";
    for (const model::NotCollected& one : analysis.snapshot.not_collected) {
      out += "<li>" + escape_xml(one.what) + ", because " + escape_xml(one.reason) + " <code>" +
             escape_xml(one.remedy) + "</code></li>";
    }
    out += "</ul>";
  }
  return out + fmt::format("<p class=\"soft\">{} checks. {} whet {}.</p>\n", analysis.checks.size(),
                           escape_xml(cost_line(analysis.snapshot.cost)),
                           escape_xml(analysis.snapshot.whet_version));
}

}  // namespace

std::string html(const Analysis& analysis, const optimize::Outcome* outcome) {
  const std::string server = server_line(analysis.snapshot);
  std::string out = "<h1>" + escape_xml(server) + "</h1><p class=\"soft\">Collected " +
                    utc_time(analysis.snapshot.collected_at) + "</p>\n";
  out += tiles(analysis);
  if (outcome != nullptr) out += html_outcome(*outcome);
  out += "<h2>Findings</h2>\n";
  if (analysis.findings.empty()) out += "<p>Nothing to improve was found.</p>";
  for (const Finding& finding : analysis.findings) out += finding_block(analysis, finding);
  out += workload_section(analysis) + foot(analysis);
  return html_page("Whet: " + server, out);
}

}  // namespace whet::report
