// An analysis as Markdown, for issues and pull requests.
#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"

namespace whet::report {

namespace {

/// Text inside a table cell or a line: no bars, no line ends, no HTML.
std::string cell(std::string_view text) {
  return text::replace_all(escape_xml(text::squeeze(text)), "|", "\\|");
}

std::string finding_section(const model::Finding& finding) {
  std::string out = fmt::format("### {} `{}` {}\n\n{}\n\n", name_of(finding.severity), finding.id,
                                cell(finding.subject.text()), cell(finding.title));
  if (!finding.detail.empty()) out += cell(finding.detail) + "\n\n";
  const std::string impact = impact_text(finding.impact);
  if (!impact.empty())
    out += "**Impact:** " + cell(impact) +
           (finding.impact.arithmetic.empty() ? "" : " (" + cell(finding.impact.arithmetic) + ")") +
           "\n\n";
  out += "| evidence | value | source |\n| --- | --- | --- |\n";
  for (const model::Evidence& evidence : finding.evidence) {
    out += fmt::format("| {} | {} | {} |\n", cell(evidence.name), cell(evidence.value),
                       cell(evidence.source));
  }
  for (const model::Change& change : finding.changes) {
    out += fmt::format("\n**Change** ({} risk): {}\n", name_of(change.risk), cell(change.summary));
    if (!change.action.statement.empty()) out += "\n```sql\n" + change.action.statement + "\n```\n";
    if (!change.action.inverse.empty())
      out += "\nWay back:\n\n```sql\n" + change.action.inverse + "\n```\n";
  }
  return out + "\n";
}

}  // namespace

std::string analysis_markdown(const Analysis& analysis) {
  std::string out = fmt::format("# {}\n\nCollected {}.\n\n", cell(server_line(analysis.snapshot)),
                                utc_time(analysis.snapshot.collected_at));
  if (analysis.findings.empty()) out += "Nothing to improve was found.\n\n";
  if (!analysis.findings.empty())
    out += "| severity | finding | subject | what | impact |\n| --- | --- | --- | --- | --- |\n";
  for (const model::Finding& finding : analysis.findings) {
    out += fmt::format("| {} | `{}` | {} | {} | {} |\n", name_of(finding.severity), finding.id,
                       cell(finding.subject.text()), cell(finding.title),
                       cell(impact_text(finding.impact)));
  }
  out += "\n";
  for (const model::Finding& finding : analysis.findings) out += finding_section(finding);
  for (const model::NotCollected& one : analysis.snapshot.not_collected) {
    out += fmt::format("- Not collected: {}, because {}\n", cell(one.what), cell(one.reason));
  }
  return out + "\n" + cost_line(analysis.snapshot.cost) + "\n";
}

}  // namespace whet::report
