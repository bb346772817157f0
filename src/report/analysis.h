// What an analysis found, in every format. Pure functions: the same input gives the same bytes.
#pragma once

#include <string>
#include <vector>

#include "advise/check.h"
#include "model/finding.h"
#include "model/snapshot.h"
#include "report/style.h"

namespace whet::report {

/// An analysis: the facts, and what the checks made of them. Keeps references.
struct Analysis {
  const model::Snapshot& snapshot;
  const std::vector<model::Finding>& findings;  ///< in order of impact
  const std::vector<advise::Check>& checks;     ///< those that ran
  double workload_seconds_per_hour = 0;
};

/// For people at a terminal: the summary first, at most a screen unless style.verbosity says more.
[[nodiscard]] std::string analysis_text(const Analysis& analysis, const Style& style);
/// For programs; `whet schema findings` prints the schema of its "findings".
[[nodiscard]] std::string analysis_json(const Analysis& analysis);
[[nodiscard]] std::string analysis_markdown(const Analysis& analysis);
/// SARIF 2.1.0, for code-scanning dashboards.
[[nodiscard]] std::string analysis_sarif(const Analysis& analysis);
/// JUnit XML: one test case for each check, failed when it found something of at least `fail_at`.
[[nodiscard]] std::string analysis_junit(const Analysis& analysis, model::Severity fail_at);

/// "PostgreSQL 15.18 at localhost:5432/shop".
[[nodiscard]] std::string server_line(const model::Snapshot& snapshot);
/// What collecting cost the target, in a sentence.
[[nodiscard]] std::string cost_line(const model::CollectionCost& cost);
/// "2026-11-23 15:04:05 UTC".
[[nodiscard]] std::string utc_time(double seconds_since_1970);
/// "512 s/h · 63 % of the workload", "1.2 GB"; "" when no impact is claimed.
[[nodiscard]] std::string impact_text(const model::Impact& impact);
/// What a finding about a statement is about: its text, shortened to `width`; "" for other
/// findings.
[[nodiscard]] std::string statement_text(const Analysis& analysis, const model::Finding& finding,
                                         std::size_t width);
/// Text made safe inside XML and HTML.
[[nodiscard]] std::string escape_xml(std::string_view text);

}  // namespace whet::report
