#include "advise/advisor/measured.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

/// The first index is there and halves every cost; the second makes it a hundredth.
class Halves final : public model::IndexSwitch {
 public:
  [[nodiscard]] std::string name() const override { return "halves"; }
  [[nodiscard]] bool hides_existing() const override { return true; }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override {
    return std::vector<Result<double>>(indexes.size(), Result<double>(1.0));
  }
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override {
    if (statement == "bad") return Error{ErrorKind::invalid, "It does not parse.", "", ""};
    model::SwitchedPlan out;
    out.plan.root.total_cost = 1000;
    for (const std::size_t i : present) out.plan.root.total_cost *= i == 0 ? 0.5 : 0.01;
    return out;
  }
};

std::unique_ptr<model::IndexSwitch> planner() {
  auto made =
      as_measured(std::make_unique<Halves>(), {{"slow", 50080}, {"quick", 100}, {"bad", 5}});
  std::vector<model::SwitchedIndex> indexes(2);
  indexes[0].existing = 7;
  EXPECT_TRUE(made->declare(indexes).ok());
  return made;
}

double cost(model::IndexSwitch& planner, const std::string& statement,
            const std::vector<std::size_t>& present) {
  return planner.plan(statement, present).value().plan.root.total_cost;
}

TEST(Measured, TheExistingIndexesTakeWhatWasMeasured) {
  const auto one = planner();
  EXPECT_DOUBLE_EQ(cost(*one, "slow", {0}), 50080);
  EXPECT_DOUBLE_EQ(cost(*one, "slow", {0, 1}), 80 + 500);
  EXPECT_DOUBLE_EQ(cost(*one, "slow", {}), 80 + 100000);
}

TEST(Measured, WhatEveryCallTakesStays) {
  const auto one = planner();
  EXPECT_DOUBLE_EQ(cost(*one, "quick", {0}), 100);
  EXPECT_NEAR(cost(*one, "quick", {0, 1}), 50.5, 1e-9);
}

TEST(Measured, WhatWasNotMeasuredKeepsTheModelsFigures) {
  const auto one = planner();
  EXPECT_DOUBLE_EQ(cost(*one, "other", {0}), 500);
  EXPECT_FALSE(one->plan("bad", {0}).ok());
}

}  // namespace
}  // namespace whet::advise
