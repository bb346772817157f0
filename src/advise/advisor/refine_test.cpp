#include "advise/advisor/refine.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

/// Two statements on one table and three possible indexes. 0 helps the first and harms the second,
/// 1 helps the first nearly as much and harms nobody, 2 is useless.
struct World {
  Problem problem;
  Choice choice;

  World() {
    for (int i = 0; i < 3; ++i) problem.indexes.push_back({.bytes = 100});
    for (int q = 0; q < 2; ++q) {
      ChoiceStatement one;
      one.relevant = one.proposed = Bits(3);
      for (std::size_t i = 0; i < 3; ++i) one.relevant.set(i);
      problem.statements.push_back(one);
    }
    problem.limits.min_gain = 0.001;
    choice.present = Bits(3);
    choice.before = {1000, 100};
    choice.after = {1000, 100};
    choice.used = {Bits(3), Bits(3)};
    choice.total_before = 1100;
  }

  static Result<Answer> ask(std::size_t statement, const Bits& present) {
    Answer answer{statement == 0 ? 1000.0 : 100.0, Bits(3)};
    if (statement == 0 && present.test(1)) answer = {20, Bits(3)}, answer.used.set(1);
    if (statement == 0 && present.test(0)) answer = {10, Bits(3)}, answer.used.set(0);
    if (statement == 1 && present.test(0)) answer = {300, Bits(3)}, answer.used.set(0);
    return answer;
  }

  std::vector<std::size_t> refined() {
    EXPECT_TRUE(refine(problem, ask, {}, choice).ok());
    std::vector<std::size_t> out;
    choice.present.each([&](std::size_t i) { out.push_back(i); });
    return out;
  }
};

TEST(Refine, ExchangesAnIndexThatHarmsAnotherStatement) {
  World world;
  world.choice.present.set(0);
  EXPECT_EQ(world.refined(), std::vector<std::size_t>{1});
  EXPECT_EQ(world.choice.after, (std::vector<double>{20, 100}));
  EXPECT_EQ(world.choice.total_after, 120);
  EXPECT_EQ(world.choice.bytes, 100);
}

TEST(Refine, TakesOutWhatIsUseless) {
  World world;
  world.choice.present.set(1);
  world.choice.present.set(2);
  EXPECT_EQ(world.refined(), std::vector<std::size_t>{1});
}

TEST(Refine, PutsInWhatWasMissed) {
  World world;
  EXPECT_EQ(world.refined(), std::vector<std::size_t>{1});
}

TEST(Refine, KeepsToTheBudget) {
  World world;
  world.problem.limits.bytes = 50;
  EXPECT_TRUE(world.refined().empty());
}

TEST(Refine, OnlyTakesOutWhenTimeIsUp) {
  World world;
  world.choice.present.set(0);
  world.choice.present.set(2);
  world.problem.limits.stop = [] { return true; };
  // The first harms more than it helps; the other one that helps is not looked for.
  EXPECT_TRUE(world.refined().empty());
}

}  // namespace
}  // namespace whet::advise
