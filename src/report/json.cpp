// An analysis for programs: JSON, SARIF, JUnit.
#include "base/json.h"

#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "model/json.h"
#include "report/analysis.h"

namespace whet::report {

namespace {

using model::Finding;
using model::Severity;

std::string_view sarif_level(Severity severity) {
  if (severity >= Severity::high) return "error";
  return severity == Severity::medium ? "warning" : "note";
}

void member(json::Writer& out, std::string_view key, std::string_view value) {
  out.key(key);
  out.value(value);
}

void message(json::Writer& out, std::string_view key, std::string_view text) {
  out.key(key);
  out.begin_object();
  member(out, "text", text);
  out.end_object();
}

void sarif_rules(json::Writer& out, const std::vector<advise::Check>& checks) {
  out.key("rules");
  out.begin_array();
  for (const advise::Check& check : checks) {
    out.begin_object();
    member(out, "id", check.info.id);
    message(out, "shortDescription", check.info.summary);
    message(out, "fullDescription", check.info.why);
    out.end_object();
  }
  out.end_array();
}

void sarif_result(json::Writer& out, const Finding& finding) {
  out.begin_object();
  member(out, "ruleId", finding.id);
  member(out, "level", sarif_level(finding.severity));
  message(out, "message", finding.title);
  out.key("locations");
  out.begin_array();
  out.begin_object();
  out.key("logicalLocations");
  out.begin_array();
  out.begin_object();
  const std::string name = finding.subject.text();
  member(out, "fullyQualifiedName", name.empty() ? std::string("server") : name);
  member(out, "kind", name_of(finding.subject.kind));
  out.end_object();
  out.end_array();
  out.end_object();
  out.end_array();
  out.key("partialFingerprints");
  out.begin_object();
  member(out, "whet/v1", finding.fingerprint());
  out.end_object();
  out.end_object();
}

void sarif_invocation(json::Writer& out, const model::Snapshot& snapshot) {
  out.key("invocations");
  out.begin_array();
  out.begin_object();
  out.key("executionSuccessful");
  out.value(true);
  out.key("toolExecutionNotifications");
  out.begin_array();
  for (const model::NotCollected& one : snapshot.not_collected) {
    out.begin_object();
    member(out, "level", "note");
    message(out, "message", "Not collected: " + one.what + ", because " + one.reason);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  out.end_array();
}

std::string junit_case(const advise::Check& check, const std::vector<const Finding*>& found,
                       Severity fail_at) {
  std::string failures;
  std::string notes;
  for (const Finding* finding : found) {
    const std::string line = fmt::format("{} {}: {}\n", name_of(finding->severity),
                                         finding->subject.text(), finding->title);
    (finding->severity >= fail_at ? failures : notes) += line;
  }
  std::string out = fmt::format("  <testcase classname=\"whet.{}\" name=\"{}\"",
                                name_of(check.info.area), escape_xml(check.info.id));
  if (failures.empty() && notes.empty()) return out + "/>\n";
  out += ">\n";
  if (!failures.empty()) {
    out += fmt::format("    <failure message=\"{}\">{}</failure>\n", escape_xml(check.info.summary),
                       escape_xml(failures));
  }
  if (!notes.empty()) out += fmt::format("    <system-out>{}</system-out>\n", escape_xml(notes));
  return out + "  </testcase>\n";
}

}  // namespace

std::string analysis_json(const Analysis& analysis) {
  json::Writer out(1);
  out.begin_object();
  out.key("format");
  out.value(1);
  member(out, "whet_version", analysis.snapshot.whet_version);
  member(out, "target", analysis.snapshot.target);
  member(out, "server", server_line(analysis.snapshot));
  member(out, "collected_at", utc_time(analysis.snapshot.collected_at));
  out.key("workload_seconds_per_hour");
  out.value(analysis.workload_seconds_per_hour);
  out.key("checks");
  out.value(static_cast<std::int64_t>(analysis.checks.size()));
  out.key("findings");
  out.begin_array();
  for (const Finding& finding : analysis.findings) out.raw(model::to_json(finding));
  out.end_array();
  out.key("not_collected");
  out.begin_array();
  for (const model::NotCollected& one : analysis.snapshot.not_collected) {
    out.begin_object();
    member(out, "what", one.what);
    member(out, "reason", one.reason);
    member(out, "remedy", one.remedy);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

std::string analysis_sarif(const Analysis& analysis) {
  json::Writer out(1);
  out.begin_object();
  member(out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  member(out, "version", "2.1.0");
  out.key("runs");
  out.begin_array();
  out.begin_object();
  out.key("tool");
  out.begin_object();
  out.key("driver");
  out.begin_object();
  member(out, "name", "whet");
  member(out, "version", analysis.snapshot.whet_version);
  sarif_rules(out, analysis.checks);
  out.end_object();
  out.end_object();
  sarif_invocation(out, analysis.snapshot);
  out.key("results");
  out.begin_array();
  for (const Finding& finding : analysis.findings) sarif_result(out, finding);
  out.end_array();
  out.end_object();
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

std::string analysis_junit(const Analysis& analysis, Severity fail_at) {
  std::map<std::string_view, std::vector<const Finding*>> by_check;
  std::size_t failed = 0;
  for (const Finding& finding : analysis.findings) by_check[finding.id].push_back(&finding);
  for (const auto& [id, found] : by_check) {
    for (const Finding* finding : found) {
      if (finding->severity < fail_at) continue;
      ++failed;
      break;
    }
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuite name=\"whet {}\" tests=\"{}\" failures=\"{}\">\n",
                     escape_xml(server_line(analysis.snapshot)), analysis.checks.size(), failed);
  for (const advise::Check& check : analysis.checks)
    out += junit_case(check, by_check[check.info.id], fail_at);
  return out + "</testsuite>\n";
}

}  // namespace whet::report
