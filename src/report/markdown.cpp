// An analysis as Markdown, for issues and pull requests.
#include "report/markdown.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"

namespace whet::report {

namespace {

constexpr auto cell = markdown_cell;

/// The longest run of backticks in the text.
std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string finding_section(const model::Finding& finding, model::EngineKind engine) {
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
    if (!change.action.statement.empty())
      out += "\n" + markdown_code_block(change.action.statement, engine);
    if (!change.action.inverse.empty())
      out += "\nWay back:\n\n" + markdown_code_block(change.action.inverse, engine);
  }
  return out + "\n";
}

}  // namespace

std::string markdown_cell(std::string_view text) {
  return text::replace_all(escape_xml(text::squeeze(text)), "|", "\\|");
}

std::string markdown_code(std::string_view code) {
  const std::string inside = text::replace_all(text::squeeze(text::valid_utf8(code)), "|", "\\|");
  if (inside.empty()) return {};
  const std::size_t run = longest_run(inside);
  const std::string fence(run + 1, '`');
  return run == 0 ? fence + inside + fence : fence + " " + inside + " " + fence;
}

std::string markdown_code_block(std::string_view code, model::EngineKind engine) {
  const std::string fence(std::max<std::size_t>(longest_run(code) + 1, 3), '`');
  // mongosh is JavaScript; a change by hand may be a piece of a file, which says so to nobody.
  const bool mongodb = engine == model::EngineKind::mongodb;
  const bool mongosh = mongodb && (code.starts_with("db.") || code.starts_with("sh.") ||
                                   code.starts_with("rs.") || code.starts_with("//"));
  const std::string_view language = mongosh ? "js" : mongodb ? "" : "sql";
  return fence + std::string(language) + "\n" + text::valid_utf8(code) + "\n" + fence + "\n";
}

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
  for (const model::Finding& finding : analysis.findings)
    out += finding_section(finding, analysis.snapshot.server.engine);
  for (const model::NotCollected& one : analysis.snapshot.not_collected) {
    out += fmt::format("- Not collected: {}, because {}\n", cell(one.what), cell(one.reason));
  }
  return out + "\n" + cost_line(analysis.snapshot.cost) + "\n";
}

}  // namespace whet::report
