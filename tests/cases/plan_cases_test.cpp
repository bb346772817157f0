// Runs every plan under tests/cases/plan/<check>[--<variant>]-fires|silent/: plan.txt is what
// EXPLAIN printed, tables.json (if need be) the part of a snapshot that is known of its tables, and
// findings.json all that the plan checks must find in it. In a "fires" folder the check of the
// folder's name must be among them, in a "silent" one, a near miss, it must not.
//
//   test_plan_cases                 compares
//   WHET_UPDATE=1 test_plan_cases   rewrites findings.json: read the difference before you commit
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "advise/query/plan_checks.h"
#include "base/files.h"
#include "base/json.h"
#include "model/json.h"
#include "plans/parse.h"

namespace whet {
namespace {

namespace fs = std::filesystem;

bool updating() {
  const char* value = std::getenv("WHET_UPDATE");  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr && std::string_view(value) == "1";
}

Result<std::vector<model::Finding>> findings_of(const fs::path& folder) {
  const std::string text = WHET_TRY(files::read((folder / "plan.txt").string()));
  const model::Plan plan = WHET_TRY(plans::parse(text));
  if (!fs::exists(folder / "tables.json")) return advise::check_plan(plan, nullptr);
  const std::string tables = WHET_TRY(files::read((folder / "tables.json").string()));
  const auto document = WHET_TRY(json::Document::parse(tables));
  const model::Snapshot snapshot = WHET_TRY(model::partial_snapshot(document.root()["snapshot"]));
  const advise::Policy policy;
  const advise::Facts facts(snapshot, policy);
  return advise::check_plan(plan, &facts);
}

/// "external-sort-fires" is about plan.external_sort, and so is "external-sort--mysql-fires".
std::string check_of(const std::string& folder) {
  std::string name = folder.substr(0, folder.rfind('-'));
  name = name.substr(0, name.find("--"));
  std::replace(name.begin(), name.end(), '-', '_');
  return "plan." + name;
}

void run_case(const fs::path& folder, std::map<std::string, std::set<bool>>& seen) {
  const std::string name = folder.filename().string();
  const std::string id = check_of(name);
  const bool must_fire = name.size() > 6 && name.substr(name.size() - 6) == "-fires";
  const auto findings = findings_of(folder);
  ASSERT_TRUE(findings.ok()) << findings.error().text();
  const bool fired = std::any_of(findings->begin(), findings->end(),
                                 [&](const model::Finding& f) { return f.id == id; });
  EXPECT_EQ(fired, must_fire) << id;
  seen[id].insert(must_fire);
  const std::string actual = model::to_json(*findings, 1) + "\n";
  const std::string path = (folder / "findings.json").string();
  if (updating()) {
    ASSERT_TRUE(files::write(path, actual).ok());
    return;
  }
  const auto expected = files::read(path);
  ASSERT_TRUE(expected.ok()) << "run with WHET_UPDATE=1 and read what it writes";
  EXPECT_EQ(*expected, actual);
}

TEST(PlanCases, EveryPlanGivesItsFindingsAndEveryCheckHasBoth) {
  std::map<std::string, std::set<bool>> seen;
  for (const auto& entry : fs::directory_iterator(fs::path(WHET_CASES_DIR) / "plan")) {
    SCOPED_TRACE(entry.path().filename().string());
    run_case(entry.path(), seen);
  }
  std::set<std::string> ids;
  for (const advise::PlanCheckInfo& info : advise::plan_checks()) {
    const std::string id(info.id);
    EXPECT_TRUE(ids.insert(id).second) << id << " is listed twice";
    EXPECT_EQ(seen[id].size(), 2U) << id << " needs a plan that fires it and a near miss";
    for (const auto text : {info.summary, info.why, info.guards, info.source}) {
      EXPECT_FALSE(text.empty()) << id << " lacks a description";
    }
  }
  for (const auto& [id, kinds] : seen)
    EXPECT_TRUE(ids.count(id) == 1) << "no check is named " << id;
  EXPECT_GE(ids.size(), 24U);
}

}  // namespace
}  // namespace whet
