// Over all checks together: what healthy servers hear. tests/cases/healthy/<server>/snapshot.json
// is (most of) a snapshot of a real server that nothing is wrong with; findings.txt lists what is
// said of it all the same, none of it medium or above.
//
//   test_healthy_cases                 compares
//   WHET_UPDATE=1 test_healthy_cases   rewrites findings.txt: read the difference before you commit
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "advise/check.h"
#include "base/files.h"
#include "base/json.h"
#include "model/json.h"

namespace whet {
namespace {

namespace fs = std::filesystem;

struct Healthy {
  model::Snapshot snapshot;
  advise::Policy policy;
};

Result<Healthy> load(const fs::path& folder) {
  const std::string text = WHET_TRY(files::read((folder / "snapshot.json").string()));
  const auto document = WHET_TRY(json::Document::parse(text));
  Healthy out;
  out.snapshot = WHET_TRY(model::partial_snapshot(document.root()["snapshot"]));
  const json::View policy = document.root()["policy"];
  out.policy.min_history_seconds =
      policy["min_history_seconds"].number_or(out.policy.min_history_seconds);
  out.policy.min_ratio_history_seconds =
      policy["min_ratio_history_seconds"].number_or(out.policy.min_ratio_history_seconds);
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  auto& server = out.snapshot.server;
  std::sort(server.settings.begin(), server.settings.end(), by_name);
  std::sort(server.status.begin(), server.status.end(), by_name);
  return out;
}

std::vector<fs::path> servers() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path(WHET_CASES_DIR) / "healthy"))
    out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

bool updating() {
  const char* value = std::getenv("WHET_UPDATE");  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr && std::string_view(value) == "1";
}

std::string list_of(const std::vector<model::Finding>& findings) {
  std::string out;
  for (const model::Finding& finding : findings)
    out += std::string(name_of(finding.severity)) + " " + finding.id + ": " + finding.title + "\n";
  return out;
}

TEST(HealthyCases, NothingOfMediumOrAbove) {
  ASSERT_GE(servers().size(), 2U);
  for (const fs::path& folder : servers()) {
    SCOPED_TRACE(folder.filename().string());
    const auto healthy = load(folder);
    ASSERT_TRUE(healthy.ok()) << healthy.error().text();
    const advise::Facts facts(healthy->snapshot, healthy->policy);
    const auto findings = advise::run_checks(facts, advise::Selection{});
    for (const model::Finding& finding : findings)
      EXPECT_LE(finding.severity, model::Severity::low) << finding.id << ": " << finding.title;
    const std::string path = (folder / "findings.txt").string();
    if (updating()) {
      ASSERT_TRUE(files::write(path, list_of(findings)).ok());
      continue;
    }
    const auto expected = files::read(path);
    ASSERT_TRUE(expected.ok()) << "run with WHET_UPDATE=1 and read what it writes";
    EXPECT_EQ(*expected, list_of(findings));
  }
}

// A change must name a variable that the server has, and a figure in evidence must be one of its.
TEST(HealthyCases, ChangesNameOnlyWhatTheServerHas) {
  for (const fs::path& folder : servers()) {
    SCOPED_TRACE(folder.filename().string());
    const auto healthy = load(folder);
    ASSERT_TRUE(healthy.ok()) << healthy.error().text();
    const model::Snapshot& snapshot = healthy->snapshot;
    const advise::Facts facts(snapshot, healthy->policy);
    for (const auto& finding : advise::run_checks(facts, advise::Selection{})) {
      for (const model::Change& change : finding.changes) {
        if (change.action.kind != model::ActionKind::set_setting) continue;
        EXPECT_NE(snapshot.server.setting(change.action.setting), nullptr) << finding.id;
      }
      for (const model::Evidence& evidence : finding.evidence) {
        if (evidence.source != "SHOW GLOBAL STATUS" && evidence.source != "serverStatus") continue;
        EXPECT_NE(evidence.value, "unknown") << finding.id << ": " << evidence.name;
      }
    }
  }
}

}  // namespace
}  // namespace whet
