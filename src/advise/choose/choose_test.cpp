// The choice against planners that are known completely: the best set is found by trying all.
#include "advise/choose/choose.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "advise/choose/knowledge.h"
#include "advise/choose/repairs.h"
#include "advise/choose/selection.h"

namespace whet::advise {
namespace {

Bits bits(std::size_t size, std::initializer_list<std::size_t> members) {
  Bits out(size);
  for (const std::size_t i : members) out.set(i);
  return out;
}

// A statement of the made-up planner: plans by the indexes that they need. The first needs none.
struct Plans {
  std::vector<Package> list;
};

Answer cheapest(const Plans& plans, const Bits& present) {
  Answer best{plans.list.front().cost, plans.list.front().uses};
  for (const Package& plan : plans.list) {
    if (plan.uses.subset_of(present) && plan.cost < best.cost) best = {plan.cost, plan.uses};
  }
  return best;
}

struct World {
  Problem problem;
  std::vector<Plans> plans;

  AskPlanner planner(std::size_t& calls) const {
    return [this, &calls](std::size_t q, const Bits& present) -> Result<Answer> {
      ++calls;
      return cheapest(plans[q], present);
    };
  }
  double total(const Bits& present) const {
    double sum = 0;
    for (std::size_t q = 0; q < plans.size(); ++q)
      sum += problem.statements[q].weight * cheapest(plans[q], present).cost;
    present.each([&](std::size_t i) { sum += problem.indexes[i].upkeep; });
    return sum;
  }
};

// Ten indexes, six statements; each index helps some statements alone, and some pairs help more.
World random_world(unsigned seed) {
  std::mt19937 random(seed);
  const auto number = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  constexpr std::size_t indexes = 10;
  World world;
  for (std::size_t i = 0; i < indexes; ++i) {
    ChoiceIndex index;
    index.bytes = number(1, 10);
    index.narrow = i % 2 == 0;
    index.table = i / 3;
    index.scan = 50;
    index.upkeep = i == 3 ? 40 : 0;
    world.problem.indexes.push_back(index);
  }
  for (std::size_t q = 0; q < 6; ++q) {
    Plans plans{{{Bits(indexes), 1000, false}}};
    for (std::size_t i = 0; i < indexes; ++i) {
      if (number(0, 1) < 0.4) plans.list.push_back({bits(indexes, {i}), number(300, 990), false});
    }
    for (int pair = 0; pair < 4; ++pair) {
      const auto a = static_cast<std::size_t>(number(0, 9.99));
      const auto b = static_cast<std::size_t>(number(0, 9.99));
      plans.list.push_back({bits(indexes, {a, b}), number(50, 600), false});
    }
    world.plans.push_back(std::move(plans));
    ChoiceStatement statement;
    statement.weight = number(1, 5);
    statement.relevant = statement.proposed = Bits(indexes);
    for (std::size_t i = 0; i < indexes; ++i) statement.relevant.set(i);
    statement.proposed = statement.relevant;
    world.problem.statements.push_back(std::move(statement));
  }
  world.problem.limits.bytes = 20;
  return world;
}

double best_possible(const World& world) {
  const std::size_t n = world.problem.indexes.size();
  double best = world.total(Bits(n));
  for (unsigned mask = 0; mask < (1U << n); ++mask) {
    Bits set(n);
    double bytes = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (((mask >> i) & 1U) == 0) continue;
      set.set(i);
      bytes += world.problem.indexes[i].bytes;
    }
    if (bytes <= world.problem.limits.bytes) best = std::min(best, world.total(set));
  }
  return best;
}

TEST(Choose, ComesNearTheBestOfAllSetsAndSaysTheTruth) {
  double lost = 0;
  constexpr unsigned worlds = 60;
  for (unsigned seed = 1; seed <= worlds; ++seed) {
    const World world = random_world(seed);
    std::size_t calls = 0;
    const auto choice = choose_indexes(world.problem, world.planner(calls));
    ASSERT_TRUE(choice.ok());
    EXPECT_EQ(choice->calls, calls);
    EXPECT_LE(choice->bytes, world.problem.limits.bytes);
    EXPECT_NEAR(choice->total_after, world.total(choice->present), 1e-6) << seed;
    EXPECT_LE(choice->total_after, choice->total_before) << seed;
    EXPECT_LE(choice->bound, best_possible(world) + 1e-6) << seed;
    lost += choice->total_after / best_possible(world) - 1;
  }
  // Costs drawn at random are harder than a planner's: nothing of one answer hints at another.
  EXPECT_LT(lost / worlds, 0.05);
}

TEST(Choose, TakesEverythingUsefulWithoutABudgetAndNothingElse) {
  World world = random_world(7);
  world.problem.limits = {};
  std::size_t calls = 0;
  const auto choice = choose_indexes(world.problem, world.planner(calls));
  ASSERT_TRUE(choice.ok());
  EXPECT_NEAR(choice->total_after, best_possible(world), 1e-6);
  choice->present.each([&](std::size_t i) {
    Bits without = choice->present;
    without.reset(i);
    EXPECT_GT(world.total(without), choice->total_after) << "index " << i << " is of no use";
  });
}

TEST(Choose, HoldsTheLimitPerTable) {
  World world = random_world(11);
  world.problem.limits.per_table = 1;
  std::size_t calls = 0;
  const auto choice = choose_indexes(world.problem, world.planner(calls));
  ASSERT_TRUE(choice.ok());
  std::map<std::size_t, int> on_table;
  choice->present.each([&](std::size_t i) { ++on_table[world.problem.indexes[i].table]; });
  for (const auto& [table, count] : on_table) EXPECT_EQ(count, 1) << table;
}

TEST(Choose, AnIndexWhoseUpkeepExceedsItsGainIsNotChosen) {
  World world = random_world(3);
  for (ChoiceIndex& index : world.problem.indexes) index.upkeep = 1e6;
  std::size_t calls = 0;
  const auto choice = choose_indexes(world.problem, world.planner(calls));
  ASSERT_TRUE(choice.ok());
  EXPECT_TRUE(choice->present.empty());
}

TEST(Choose, AStatementThatCannotBePlannedDoesNotStopTheRest) {
  const World world = random_world(5);
  const AskPlanner ask = [&](std::size_t q, const Bits& present) -> Result<Answer> {
    if (q == 2) return Error{ErrorKind::refused, "permission denied", "", ""};
    return cheapest(world.plans[q], present);
  };
  const auto choice = choose_indexes(world.problem, ask);
  ASSERT_TRUE(choice.ok());
  ASSERT_EQ(choice->failed.size(), 1U);
  EXPECT_EQ(choice->failed.front().first, 2U);
  EXPECT_LT(choice->before[2], 0);
  EXPECT_LT(choice->total_after, choice->total_before);
}

TEST(Choose, AServerThatIsGoneEndsIt) {
  const World world = random_world(5);
  std::size_t calls = 0;
  const AskPlanner ask = [&](std::size_t q, const Bits& present) -> Result<Answer> {
    if (++calls > 4) return Error{ErrorKind::unreachable, "the server went away", "", ""};
    return cheapest(world.plans[q], present);
  };
  const auto choice = choose_indexes(world.problem, ask);
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().kind, ErrorKind::unreachable);
}

TEST(Choose, StoppedEarlyItStillGivesATrueAnswer) {
  World world = random_world(9);
  for (std::size_t limit = 0; limit < 40; limit += 5) {
    std::size_t calls = 0;
    world.problem.limits.calls_per_statement = limit / 10;
    const auto choice = choose_indexes(world.problem, world.planner(calls));
    ASSERT_TRUE(choice.ok());
    EXPECT_LE(choice->bytes, world.problem.limits.bytes);
    EXPECT_NEAR(choice->total_after, world.total(choice->present), 1e-6) << limit;
  }
}

// Some planners drop plans that differ little, so that what follows from other answers is not true.
TEST(Choose, WhatTurnsOutDearerThanThingsAsTheyAreIsNotChosen) {
  World world = random_world(5);
  const AskPlanner ask = [&](std::size_t q, const Bits& present) -> Result<Answer> {
    Answer answer = cheapest(world.plans[q], present);
    if (present.count() > 0 && present.count() < 5) answer.cost = 2000;
    return answer;
  };
  const auto choice = choose_indexes(world.problem, ask);
  ASSERT_TRUE(choice.ok());
  EXPECT_LE(choice->total_after, choice->total_before);
}

TEST(Choose, WhenTimeIsUpStatementsWithoutATurnAreNamed) {
  World world = random_world(5);
  std::size_t calls = 0;
  world.problem.limits.stop = [&] { return calls >= 6; };
  const auto choice = choose_indexes(world.problem, world.planner(calls));
  ASSERT_TRUE(choice.ok());
  EXPECT_TRUE(choice->stopped);
  ASSERT_FALSE(choice->failed.empty());
  for (const auto& [q, error] : choice->failed) {
    EXPECT_LT(choice->before[q], 0);
    EXPECT_NE(error.message.find("time"), std::string::npos);
  }
  std::size_t planned = 0;
  for (const double cost : choice->before) planned += cost >= 0 ? 1 : 0;
  EXPECT_EQ(planned + choice->failed.size(), world.problem.statements.size());
  EXPECT_LE(choice->total_after, choice->total_before);
}

TEST(Bits, AreSets) {
  Bits a, b;
  for (const std::size_t i : {3U, 64U, 700U}) a.set(i);
  for (const std::size_t i : {64U, 65U, 128U}) b.set(i);
  EXPECT_EQ((a | b).count(), 5U);
  EXPECT_EQ((a & b).count(), 1U);
  EXPECT_EQ((a - b).count(), 2U);
  EXPECT_TRUE(a.meets(b));
  EXPECT_FALSE(a.subset_of(b));
  EXPECT_TRUE((a & b).subset_of(b));
  Bits c = a;
  c.set(1000), c.reset(1000), c.reset(999);
  EXPECT_EQ(a, c);
  EXPECT_FALSE((a - b).meets(b));
  std::vector<std::size_t> seen;
  a.each([&](std::size_t i) { seen.push_back(i); });
  EXPECT_EQ(seen, (std::vector<std::size_t>{3, 64, 700}));
  a -= a;
  EXPECT_TRUE(a.empty());
}

// A large workload is searched another way: it has to be about as good.
TEST(Choose, ManyStatementsOfManyTablesAreSearchedQuickly) {
  Problem problem;
  Packages packages;
  constexpr std::size_t groups = 300, per_group = 10, plans = 50;
  for (std::size_t i = 0; i < groups * per_group; ++i) {
    ChoiceIndex index;
    index.bytes = 1 + static_cast<double>(i * 7 % 10);
    index.table = i / per_group;
    problem.indexes.push_back(index);
  }
  for (std::size_t q = 0; q < groups; ++q) {
    problem.statements.push_back({1, {}, {}});
    packages.emplace_back();
    for (std::size_t p = 0; p < plans; ++p) {
      Bits uses;
      uses.set(q * per_group + p % per_group);
      uses.set(q * per_group + p / per_group);
      packages[q].push_back({uses, 100 + static_cast<double>(p * 10), false});
    }
    packages[q].push_back({{}, 1000, false});
  }
  problem.limits.bytes = 600;
  const Selection chosen = select_indexes(problem, packages, {});
  EXPECT_LE(chosen.bytes, 600);
  EXPECT_NEAR(chosen.total, total_of(problem, packages, chosen.present), 1e-6);
  // One pair of 3 for each of a hundred groups and more saves most.
  EXPECT_LT(chosen.total, 300'000 - 100 * 800.0);
}

TEST(Knowledge, OneAnswerSettlesTheSetsBetweenUsedAndAsked) {
  Knowledge known;
  known.learn({bits(4, {}), bits(4, {}), 100});
  known.learn({bits(4, {0, 1, 2}), bits(4, {1}), 40});
  ASSERT_NE(known.settled(bits(4, {1, 2})), nullptr);
  EXPECT_EQ(known.settled(bits(4, {1, 2}))->cost, 40);
  EXPECT_EQ(known.settled(bits(4, {0, 2})), nullptr);
  EXPECT_EQ(known.upper(bits(4, {1, 3})), 40);
  EXPECT_EQ(known.lower(bits(4, {0, 2})), 40);
  EXPECT_EQ(known.upper(bits(4, {0, 2})), 100);
  EXPECT_EQ(known.lower(bits(4, {3})), 0);
  EXPECT_EQ(known.asked(bits(4, {1})), nullptr);
}

// Two statements, each best served by an index of its own; a third index begins as both do and has
// all that both have, and only that one fits.
TEST(Choose, AWiderIndexIsTriedInThePlaceOfTwoOthersThoughNoPlanHasUsedIt) {
  World world;
  for (const double bytes : {8.0, 8.0, 10.0}) {
    ChoiceIndex index;
    index.bytes = bytes;
    index.scan = 500;
    world.problem.indexes.push_back(index);
  }
  for (const std::size_t narrow : {0U, 1U}) {
    world.problem.indexes[narrow].replaced_by = bits(3, {2});
    ChoiceStatement statement;
    statement.relevant = statement.proposed = bits(3, {0, 1, 2});
    world.problem.statements.push_back(statement);
    world.plans.push_back(
        {{{{}, 1000, false}, {bits(3, {narrow}), 100, false}, {bits(3, {2}), 110, false}}});
  }
  world.problem.limits.bytes = 12;
  std::size_t calls = 0;
  const auto choice = choose_indexes(world.problem, world.planner(calls));
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->present, bits(3, {2}));
  EXPECT_NEAR(choice->total_after, 220, 1e-6);
}

// A plan of six indexes, all of which are needed for its full gain, but each of which is worth the
// same: with room for three, three are chosen though nobody was asked about just those.
TEST(Choose, APartOfAPlansIndexesIsChosenWhereNotAllFit) {
  constexpr std::size_t indexes = 6;
  Problem problem;
  ChoiceStatement statement;
  for (std::size_t i = 0; i < indexes; ++i) {
    problem.indexes.push_back({});
    problem.indexes.back().bytes = 10;
    problem.indexes.back().scan = 400;
    statement.relevant.set(i);
  }
  statement.proposed = statement.relevant;
  problem.statements.push_back(statement);
  problem.limits.bytes = 30;
  const auto choice = choose_indexes(problem, [](std::size_t, const Bits& present) {
    const double missing = static_cast<double>(indexes - present.count());
    return Result<Answer>(Answer{1000 + 100 * missing, present});
  });
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->present.count(), 3U);
  EXPECT_NEAR(choice->total_after, 1300, 1e-6);
  EXPECT_LE(choice->calls, 10U);
}

TEST(Repairs, NoAnswerWouldHaveSeemedCheaperThanItIs) {
  Problem problem;
  problem.indexes.resize(3);
  for (ChoiceIndex& index : problem.indexes) index.scan = 40;
  problem.indexes[0].replaced_by = bits(3, {2});
  Knowledge known;
  known.learn({{}, {}, 1000});
  known.learn({bits(3, {0, 1}), bits(3, {0, 1}), 100});
  known.learn({bits(3, {1}), bits(3, {1}), 400});
  known.learn({bits(3, {1, 2}), bits(3, {1, 2}), 130});
  Repairs repairs;
  repairs.learn(problem, known, {});
  std::vector<Package> packages;
  for (const Fact& fact : known.facts())
    packages.push_back({fact.used, fact.cost, true, repairs.missing(fact.used, 1)});
  for (const Fact& fact : known.facts()) {
    EXPECT_NEAR(cost_under(problem, packages, fact.asked), fact.cost, fact.cost * 0.002);
  }
  // Nobody was asked about the first one alone: more than with both, at most what it is with none.
  const double alone = cost_under(problem, packages, bits(3, {0}));
  EXPECT_GT(alone, 100);
  EXPECT_LE(alone, 1000);
  EXPECT_LT(repairs.missing(bits(3, {0}), 0.5)[0].without,
            repairs.missing(bits(3, {0}), 1)[0].without);
}

// By plans that can lack indexes, the search prices each set as cost_under() does.
TEST(Selection, OfRepairedPlansSaysTheirTotal) {
  World world = random_world(21);
  world.problem.indexes[1].replaced_by = bits(10, {2});
  Packages packages;
  for (const Plans& plans : world.plans) {
    packages.push_back(plans.list);
    for (Package& package : packages.back())
      package.missing.assign(package.uses.count(), {300, 20});
    std::sort(packages.back().begin(), packages.back().end(),
              [](const Package& a, const Package& b) { return a.cost < b.cost; });
  }
  const Selection chosen = select_indexes(world.problem, packages, {});
  EXPECT_LE(chosen.bytes, world.problem.limits.bytes);
  EXPECT_NEAR(chosen.total, total_of(world.problem, packages, chosen.present), 1e-6);
  EXPECT_LT(chosen.total, total_of(world.problem, packages, {}));
}

}  // namespace
}  // namespace whet::advise
