#include "advise/candidates/choose.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

// Costs by statement and by the key of the index; the cheapest one offered is used.
class FakeOracle final : public model::Oracle {
 public:
  std::string name() const override { return "fake"; }

  Result<model::WhatIf> cost(const std::string& statement,
                             const std::vector<model::HypotheticalIndex>& added) override {
    ++calls;
    if (broken.contains(statement))
      return Error{ErrorKind::refused, "The server could not plan the statement.", "", ""};
    model::WhatIf answer;
    answer.cost = plain.at(statement);
    for (std::size_t i = 0; i < added.size(); ++i) {
      const auto at = with.find({statement, index_key(added[i].index)});
      if (at == with.end() || at->second >= answer.cost) continue;
      answer.cost = at->second;
      answer.used = {i};
    }
    return answer;
  }

  Result<double> size_bytes(const model::HypotheticalIndex& /*index*/) override { return 1000.0; }

  std::map<std::string, double> plain;
  std::map<std::pair<std::string, std::string>, double> with;
  std::set<std::string> broken;
  int calls = 0;
};

class ChooseTest : public testing::Test {
 protected:
  ChooseTest() {
    table_.schema = "public";
    table_.name = "t";
    for (const char* text : {"one", "two", "three"}) {
      model::Statement statement;
      statement.id = text;
      statement.text = text;
      statement.total.calls = 10;
      statement.total.execution_ms = 1000;
      statements_.push_back(statement);
      oracle_.plain[text] = 100;
    }
  }

  Candidate candidate(const std::string& column, const std::vector<std::size_t>& statements) {
    Candidate out;
    out.table = &table_;
    model::IndexPart part;
    part.column = column;
    part.opclass_is_default = true;
    out.index.parts = {part};
    for (const std::size_t i : statements) {
      Need need;
      need.statement = &statements_[i];
      need.table = &table_;
      out.needs.push_back(need);
    }
    return out;
  }

  Choice choose(const std::vector<Candidate>& candidates, const ChooseLimits& limits = {}) {
    auto made = choose_indexes(candidates, oracle_, limits);
    EXPECT_TRUE(made.ok());
    return made.ok() ? *made : Choice();
  }

  model::Table table_;
  std::vector<model::Statement> statements_;
  FakeOracle oracle_;
};

TEST_F(ChooseTest, TakesWhatLowersTheCost) {
  oracle_.with[{"one", "(a)"}] = 5;
  const Choice choice = choose({candidate("a", {0}), candidate("b", {1})});
  EXPECT_EQ(choice.candidates, std::vector<std::size_t>{0});
  ASSERT_EQ(choice.statements.size(), 1U);
  EXPECT_EQ(choice.statements[0].statement->id, "one");
  EXPECT_EQ(choice.statements[0].before, 100);
  EXPECT_EQ(choice.statements[0].after, 5);
  ASSERT_EQ(choice.rejected.size(), 1U);
  EXPECT_EQ(choice.rejected[0].reason, "the planner does not use it");
  EXPECT_EQ(choice.bytes, 1000);
  // One without, one with for each statement, one for the set.
  EXPECT_EQ(oracle_.calls, 5);
  EXPECT_EQ(choice.oracle_calls, 5U);
}

TEST_F(ChooseTest, ASmallGainIsNotEnough) {
  oracle_.with[{"one", "(a)"}] = 91;
  const Choice choice = choose({candidate("a", {0})});
  EXPECT_TRUE(choice.candidates.empty());
  ASSERT_EQ(choice.rejected.size(), 1U);
  EXPECT_EQ(choice.rejected[0].reason, "it lowers the cost of its statements by 9 % only");
  EXPECT_TRUE(choice.statements.empty());
}

TEST_F(ChooseTest, GainsAreWeightedByTime) {
  // Halves a statement that hardly matters, does nothing for one that takes all the time.
  statements_[1].total.execution_ms = 100'000;
  oracle_.with[{"one", "(a)"}] = 50;
  EXPECT_TRUE(choose({candidate("a", {0, 1})}).candidates.empty());
  oracle_.with[{"two", "(a)"}] = 80;
  EXPECT_EQ(choose({candidate("a", {0, 1})}).candidates.size(), 1U);
}

TEST_F(ChooseTest, ASecondIndexMustGainOnTopOfTheFirst) {
  oracle_.with[{"one", "(a)"}] = 5;
  oracle_.with[{"one", "(b)"}] = 4.5;
  oracle_.with[{"two", "(b)"}] = 5;
  const Choice choice = choose({candidate("a", {0}), candidate("b", {0, 1})});
  EXPECT_EQ(choice.candidates, std::vector<std::size_t>{1});
  ASSERT_EQ(choice.rejected.size(), 1U);
  EXPECT_EQ(choice.rejected[0].reason, "the chosen ones gain nearly as much for its statements");
}

TEST_F(ChooseTest, TheSetIsPlannedTogether) {
  // Alone each helps a little more than the other leaves; together only (b) is used.
  oracle_.with[{"one", "(a)"}] = 40;
  oracle_.with[{"two", "(a)"}] = 40;
  oracle_.with[{"one", "(b)"}] = 10;
  oracle_.with[{"two", "(c)"}] = 10;
  const Choice choice = choose({candidate("a", {0, 1}), candidate("b", {0}), candidate("c", {1})});
  EXPECT_EQ(choice.candidates, (std::vector<std::size_t>{1, 2}));
  ASSERT_EQ(choice.rejected.size(), 1U);
  EXPECT_EQ(choice.rejected[0].candidate, 0U);
  EXPECT_EQ(choice.rejected[0].reason, "beside the other chosen ones the planner does not use it");
  EXPECT_EQ(choice.statements.size(), 2U);
  EXPECT_EQ(choice.statements[0].after, 10);
  EXPECT_EQ(choice.bytes, 2000);
}

TEST_F(ChooseTest, Limits) {
  oracle_.with[{"one", "(a)"}] = 5;
  oracle_.with[{"two", "(b)"}] = 10;
  const std::vector<Candidate> both = {candidate("a", {0}), candidate("b", {1})};
  ChooseLimits limits;
  limits.max_indexes = 1;
  EXPECT_EQ(choose(both, limits).candidates, std::vector<std::size_t>{0});
  limits = {};
  limits.max_bytes = 1500;
  EXPECT_EQ(choose(both, limits).candidates, std::vector<std::size_t>{0});
  limits = {};
  limits.max_oracle_calls = 3;
  const Choice choice = choose(both, limits);
  EXPECT_LE(choice.oracle_calls, 3U);
  EXPECT_EQ(choice.rejected.back().candidate, 1U);
}

TEST_F(ChooseTest, StatementsThatCannotBePlannedAreLeftOut) {
  oracle_.with[{"one", "(a)"}] = 5;
  oracle_.broken = {"two"};
  EXPECT_EQ(choose({candidate("a", {0, 1})}).candidates.size(), 1U);
  oracle_.broken = {"one", "two"};
  const auto failed = choose_indexes({candidate("a", {0, 1})}, oracle_, {});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, ErrorKind::refused);
  EXPECT_TRUE(choose({}).candidates.empty());
}

}  // namespace
}  // namespace whet::advise
