// Runs every case under tests/cases/<area>/<name>/: facts.json names a check and holds a part of a
// snapshot (and, if need be, a policy); findings.json is what that check must find, [] when it must
// stay silent.
//
//   test_cases                 compares
//   WHET_UPDATE=1 test_cases   rewrites findings.json: read the difference before you commit it
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
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

struct Case {
  fs::path folder;
  std::string check;
  advise::Policy policy;
  model::Snapshot snapshot;
};

std::vector<fs::path> case_folders() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::recursive_directory_iterator(WHET_CASES_DIR)) {
    if (entry.path().filename() == "facts.json") folders.push_back(entry.path().parent_path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

Result<Case> load(const fs::path& folder) {
  const std::string text = WHET_TRY(files::read(folder / "facts.json"));
  const auto document = WHET_TRY(json::Document::parse(text));
  const json::View root = document.root();
  Case loaded;
  loaded.folder = folder;
  loaded.check = root["check"].string_or("");
  loaded.snapshot = WHET_TRY(model::partial_snapshot(root["snapshot"]));
  const json::View policy = root["policy"];
  loaded.policy.min_history_seconds =
      policy["min_history_seconds"].number_or(loaded.policy.min_history_seconds);
  loaded.policy.min_ratio_history_seconds =
      policy["min_ratio_history_seconds"].number_or(loaded.policy.min_ratio_history_seconds);
  loaded.policy.all_nodes_seen = policy["all_nodes_seen"].boolean_or(false);
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  auto& settings = loaded.snapshot.server.settings;
  std::sort(settings.begin(), settings.end(), by_name);
  auto& status = loaded.snapshot.server.status;
  std::sort(status.begin(), status.end(), by_name);
  return loaded;
}

bool updating() {
  const char* value = std::getenv("WHET_UPDATE");  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr && std::string_view(value) == "1";
}

/// How many cases fire a check, and how many keep it silent: by its id and engines.
using Seen = std::map<std::pair<std::string, unsigned>, std::pair<int, int>>;

void run_case(const Case& one, Seen& seen) {
  const auto checks = advise::all_checks();
  const model::EngineKind engine = one.snapshot.server.engine;
  const advise::Check* check = advise::find_check(checks, one.check, engine);
  ASSERT_NE(check, nullptr) << one.folder << ": no check is named '" << one.check << "' for "
                            << name_of(engine);
  const advise::Facts facts(one.snapshot, one.policy);
  advise::Selection selection;
  selection.only = {one.check};
  const auto findings = advise::run_checks(facts, selection);
  auto& [fired, silent] = seen[{one.check, check->info.engines}];
  ++(findings.empty() ? silent : fired);
  for (const auto& finding : findings) {
    EXPECT_FALSE(finding.title.empty() || finding.evidence.empty())
        << one.folder << ": a finding needs a title and evidence";
    EXPECT_LE(finding.severity, check->info.severity)
        << one.folder << ": more severe than the check declares";
  }
  const std::string actual = model::to_json(findings, 1) + "\n";
  const fs::path expected_path = one.folder / "findings.json";
  if (updating()) {
    ASSERT_TRUE(files::write(expected_path, actual).ok());
    return;
  }
  const auto expected = files::read(expected_path);
  ASSERT_TRUE(expected.ok())
      << one.folder << ": no findings.json; run with WHET_UPDATE=1 and read what it writes";
  EXPECT_EQ(*expected, actual) << one.folder;
}

TEST(Cases, EveryCaseGivesItsFindingsAndEveryCheckHasBoth) {
  Seen seen;
  for (const fs::path& folder : case_folders()) {
    SCOPED_TRACE(folder.string());
    const auto one = load(folder);
    ASSERT_TRUE(one.ok()) << folder << ": " << one.error().text();
    run_case(*one, seen);
  }
  std::map<std::string, unsigned> engines;
  for (const advise::Check& check : advise::all_checks()) {
    const std::string id(check.info.id);
    EXPECT_EQ(engines[id] & check.info.engines, 0U) << id << " is registered twice for an engine";
    engines[id] |= check.info.engines;
    const auto& [fired, silent] = seen[{id, check.info.engines}];
    EXPECT_GE(fired, 1) << id << " has no case that fires it (engines " << check.info.engines
                        << ")";
    EXPECT_GE(silent, 1) << id << " has no case that keeps it silent (engines "
                         << check.info.engines << ")";
    for (const auto text :
         {check.info.summary, check.info.why, check.info.guards, check.info.source}) {
      EXPECT_FALSE(text.empty()) << id << " lacks a description";
    }
  }
}

}  // namespace
}  // namespace whet
