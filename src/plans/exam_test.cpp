// The parser against plans of the wild that others collected: NN-plan is what somebody pasted,
// NN-expect the tree that it means, with the property names of EXPLAIN (FORMAT JSON). The folder is
// not part of the repository: WHET_PLAN_EXAM names it, else a fixed place is tried.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "plans/parse.h"
#include "plans/properties.h"

namespace whet::plans {
namespace {

namespace fs = std::filesystem;

fs::path exam_folder() {
  const char* named = std::getenv("WHET_PLAN_EXAM");  // NOLINT(concurrency-mt-unsafe): one thread
  return named != nullptr ? fs::path(named) : fs::path(WHET_PLAN_EXAM_DIR);
}

/// The exam names two kinds of nodes in its own way.
std::string node_type(const model::PlanNode& node, const std::string& expected) {
  if (expected == "Nested Loop Join" && node.type == "Nested Loop") return expected;
  if (node.type == "ModifyTable") return node.operation;
  return node.type;
}

void expect_value(const model::PlanNode& node, const std::string& name, json::View value) {
  if (name == "Node Type") {
    EXPECT_EQ(node_type(node, value.string_or("")), value.string_or(""));
  } else if (value.is_array()) {
    std::vector<std::string> parts;
    for (const auto one : value.elements()) parts.push_back(one.string_or(""));
    EXPECT_EQ(property(node, name), text::join(parts, ", ")) << name;
  } else if (value.is_bool()) {
    // Text says so only when it is true.
    const std::string seen = property(node, name);
    EXPECT_EQ(seen == "true", value.boolean_or(false)) << name;
  } else if (value.is_number()) {
    const auto seen = text::to_double(property(node, name));
    ASSERT_TRUE(seen.has_value()) << name;
    EXPECT_DOUBLE_EQ(*seen, value.number_or(-1)) << name;
  } else {
    EXPECT_EQ(property(node, name), value.string_or("")) << name;
  }
}

void expect_node(const model::PlanNode& node, json::View expected) {
  SCOPED_TRACE(node.type);
  for (const auto& [name, value] : expected.members()) {
    if (name == "Plans") {
      const auto plans = value.elements();
      ASSERT_EQ(node.children.size(), plans.size());
      for (std::size_t i = 0; i < plans.size(); ++i) expect_node(node.children[i], plans[i]);
    } else {
      expect_value(node, std::string(name), value);
    }
  }
}

void expect_plan(const model::Plan& plan, json::View expected) {
  expect_node(plan.root, expected["Plan"]);
  for (const char* name : {"Execution Time", "Total Runtime"}) {
    if (expected[name].present()) {
      EXPECT_DOUBLE_EQ(plan.execution_ms.value_or(-1), expected[name].number_or(0));
    }
  }
  if (expected["Planning Time"].present()) {
    EXPECT_DOUBLE_EQ(plan.planning_ms.value_or(-1), expected["Planning Time"].number_or(0));
  }
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : expected["Settings"].members()) {
    settings[std::string(name)] = value.string_or("");
  }
  EXPECT_EQ(plan.settings, settings);
}

TEST(PlanExam, EveryPlanMeansItsExpectedTree) {
  const fs::path folder = exam_folder();
  if (!fs::exists(folder)) {
    GTEST_SKIP() << folder << " is not here; parse_test.cpp covers the parser without it";
  }
  int examined = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto end = name.rfind("-plan");
    if (end == std::string::npos) continue;
    SCOPED_TRACE(name);
    const auto text = files::read(entry.path());
    const auto expected = files::read((folder / (name.substr(0, end) + "-expect")).string());
    ASSERT_TRUE(text.ok() && expected.ok());
    const auto plan = parse(*text);
    ASSERT_TRUE(plan.ok()) << plan.error().text();
    const auto document = json::Document::parse(*expected);
    ASSERT_TRUE(document.ok());
    expect_plan(*plan, document->root());
    ++examined;
  }
  EXPECT_GT(examined, 0);
}

}  // namespace
}  // namespace whet::plans
