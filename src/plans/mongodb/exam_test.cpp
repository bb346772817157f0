// Reads explains of real servers, where they are there. The folder is no part of the repository.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "plans/mongodb/parse.h"

namespace whet::plans::mongodb {
namespace {

namespace fs = std::filesystem;
using model::PlanNode;
using mql::Value;

std::int64_t sum(const PlanNode& node, std::optional<std::int64_t> PlanNode::* counter) {
  std::int64_t out = (node.*counter).value_or(0);
  for (const PlanNode& child : node.children) out += sum(child, counter);
  return out;
}

int nodes(const PlanNode& node) {
  int out = 1;
  for (const PlanNode& child : node.children) out += nodes(child);
  return out;
}

/// Texts that stand for literals in the recorded queries.
void expect_no_literals(const PlanNode& node, const std::string& of) {
  for (const std::string* text : {&node.filter, &node.index_condition, &node.join_filter}) {
    for (const char* literal : {"new Date", "\"new\"", "\"DE\"", "1000", "BrandA", "SKU0"}) {
      EXPECT_FALSE(text::contains(*text, literal)) << *text << " in " << of;
    }
  }
  for (const PlanNode& child : node.children) expect_no_literals(child, of);
}

TEST(MongodbPlanExam, AllRepliesOfAServer) {
  const fs::path path = fs::path(WHET_MONGODB_EXAM_DIR) / "explain.jsonl";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there";
  std::ifstream file(path);
  int plans = 0, executed = 0, refused = 0;
  for (std::string line; std::getline(file, line);) {
    const auto exchange = mql::parse_json(line);
    ASSERT_TRUE(exchange.ok()) << line.substr(0, 200);
    const Value& reply = *exchange->find("reply");
    const bool explain = reply.find("queryPlanner") != nullptr || reply.find("stages") != nullptr;
    const auto plan = parse(reply);
    EXPECT_EQ(plan.ok(), explain) << line.substr(0, 300);
    if (!plan.ok()) {
      EXPECT_FALSE(plan.error().message.empty());
      ++refused;
      continue;
    }
    ++plans;
    EXPECT_FALSE(plan->root.type.empty());
    EXPECT_EQ(plan->framework.empty(), false) << line.substr(0, 300);
    expect_no_literals(plan->root, line.substr(0, 200));
    if (plan->executed()) {
      ++executed;
      EXPECT_EQ(sum(plan->root, &PlanNode::keys_examined), plan->keys_examined)
          << line.substr(0, 300);
      EXPECT_EQ(sum(plan->root, &PlanNode::documents_examined), plan->documents_examined)
          << line.substr(0, 300);
    }
    EXPECT_GE(nodes(plan->root), 1);
  }
  EXPECT_GT(plans, 430);
  EXPECT_GT(executed, 280);
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace whet::plans::mongodb
