#include "optimize/trial.h"

#include <functional>

#include <gtest/gtest.h>

namespace whet::optimize {
namespace {

/// Costs 100 for everything; an index on "a" makes statements with "a" cheap, one on "weak" only a
/// little; of two good ones it uses the first.
class FakeOracle final : public model::Oracle {
 public:
  [[nodiscard]] std::string name() const override { return "the fake"; }
  Result<model::WhatIf> cost(const std::string& statement,
                             const std::vector<model::HypotheticalIndex>& added) override {
    if (statement == "broken")
      return Error{ErrorKind::refused, "Cannot plan 'secret'.", "", "42601"};
    model::WhatIf answer;
    answer.cost = 100;
    for (std::size_t i = 0; i < added.size(); ++i) {
      const std::string& column = added[i].index.parts.front().column;
      if (statement.find(column) == std::string::npos || !answer.used.empty()) continue;
      answer.cost = column == "weak" ? 95 : 10;
      answer.used = {i};
    }
    return answer;
  }
  Result<double> size_bytes(const model::HypotheticalIndex& /*index*/) override { return 8192.0; }
};

ChangeOutcome new_index(const std::string& column, const std::vector<std::string>& affected) {
  ChangeOutcome one;
  one.change.id = column;
  one.change.summary = column;
  one.change.action.kind = model::ActionKind::create_index;
  one.change.action.schema = "public";
  one.change.action.table = "t";
  one.change.action.index = model::Index{};
  one.change.action.index->method = "btree";
  model::IndexPart part;
  part.column = column;
  one.change.action.index->parts = {part};
  one.change.affected = affected;
  return one;
}

model::Snapshot snapshot() {
  model::Snapshot made;
  for (const char* text : {"a", "weak", "nothing", "broken"}) {
    model::Statement statement;
    statement.id = text;
    statement.text = text;
    made.workload.statements.push_back(statement);
  }
  return made;
}

TEST(Trial, KeepsWhatHelpsAndDropsWhatDoesNot) {
  std::vector<ChangeOutcome> changes = {new_index("a", {"a"}), new_index("weak", {"weak"}),
                                        new_index("other", {"nothing"})};
  FakeOracle oracle;
  NoProgress progress;
  ASSERT_TRUE(try_indexes(changes, snapshot(), {}, oracle, progress).ok());
  EXPECT_EQ(changes[0].fate, Fate::proposed);
  ASSERT_TRUE(changes[0].trial.has_value());
  EXPECT_EQ(changes[0].trial->oracle, "the fake");
  ASSERT_EQ(changes[0].trial->costs.size(), 1U);
  EXPECT_DOUBLE_EQ(changes[0].trial->costs[0].before, 100);
  EXPECT_DOUBLE_EQ(changes[0].trial->costs[0].after, 10);
  EXPECT_TRUE(changes[0].trial->costs[0].used);
  EXPECT_DOUBLE_EQ(*changes[0].trial->index_bytes, 8192);
  EXPECT_EQ(changes[1].fate, Fate::unhelpful) << "5 % is within the planner's error";
  EXPECT_EQ(changes[2].fate, Fate::unhelpful);
}

TEST(Trial, OfTwoThatDoTheSameOneIsEnough) {
  std::vector<ChangeOutcome> changes = {new_index("a", {"a"}), new_index("a", {"a"})};
  FakeOracle oracle;
  NoProgress progress;
  ASSERT_TRUE(try_indexes(changes, snapshot(), {}, oracle, progress).ok());
  EXPECT_EQ(changes[0].fate, Fate::proposed);
  EXPECT_EQ(changes[1].fate, Fate::unhelpful);
  EXPECT_NE(changes[1].reason.find("Beside the other new indexes"), std::string::npos);
}

TEST(Trial, WithoutAnAnswerTheMeasurementDecides) {
  std::vector<ChangeOutcome> changes = {new_index("a", {"broken"}), new_index("b", {})};
  FakeOracle oracle;
  NoProgress progress;
  ASSERT_TRUE(try_indexes(changes, snapshot(), {}, oracle, progress).ok());
  EXPECT_EQ(changes[0].fate, Fate::proposed);
  EXPECT_EQ(changes[0].trial->problem, "The server refused it (SQLSTATE 42601).");
  EXPECT_EQ(changes[1].fate, Fate::proposed);
  EXPECT_FALSE(changes[1].trial->problem.empty());
}

TEST(Trial, CompleteReadsGoBeforeTheNormalisedText) {
  std::vector<ChangeOutcome> changes = {new_index("a", {"nothing"})};
  FakeOracle oracle;
  NoProgress progress;
  const Samples samples = {{"nothing", {"a = 1", "x = 2"}}};
  ASSERT_TRUE(try_indexes(changes, snapshot(), samples, oracle, progress).ok());
  EXPECT_EQ(changes[0].fate, Fate::proposed);
  EXPECT_DOUBLE_EQ(changes[0].trial->costs[0].before, 100);
  EXPECT_DOUBLE_EQ(changes[0].trial->costs[0].after, 55) << "the mean of both";
}

TEST(Trial, AForeignKeysIndexStays) {
  auto facts = snapshot();
  model::Table table;
  table.schema = "public";
  table.name = "t";
  model::Constraint key;
  key.kind = model::ConstraintKind::foreign_key;
  key.columns = {"weak"};
  table.constraints = {key};
  facts.schema.tables = {table};
  std::vector<ChangeOutcome> changes = {new_index("weak", {"weak"})};
  FakeOracle oracle;
  NoProgress progress;
  ASSERT_TRUE(try_indexes(changes, facts, {}, oracle, progress).ok());
  EXPECT_EQ(changes[0].fate, Fate::proposed);
}

}  // namespace
}  // namespace whet::optimize
