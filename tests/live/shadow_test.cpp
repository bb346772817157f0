// A shadow of a live database plans as that database does.
#include "engine/postgres/shadow/shadow.h"

#include <memory>

#include <gtest/gtest.h>

#include "engine/postgres/postgres.h"
#include "live/shadow.h"
#include "live/shadow_database.h"
#include "model/json.h"
#include "support/pg_server.h"

namespace whet::live {
namespace {

using engine::postgres::Connection;
using engine::postgres::Shadow;

constexpr double relative = 1e-6;

class Shadows : public ::testing::TestWithParam<int> {
 protected:
  static testing::PgServer* server(int version) {
    static std::map<int, std::unique_ptr<testing::PgServer>> servers;
    auto& one = servers[version];
    if (!one) {
      one = std::make_unique<testing::PgServer>(
          version,
          std::vector<std::string>{"-c", "random_page_cost=2.5", "-c", "work_mem=2MB", "-c",
                                   "autovacuum=off", "-c", "max_parallel_workers_per_gather=2",
                                   "-c", "min_parallel_table_scan_size=1MB"});
      one->sql(shadow_database);
    }
    return one.get();
  }

  model::Snapshot collect(const std::string& role) {
    engine::ConnectOptions options;
    options.url = server(GetParam())->url_for(role);
    auto engine = engine::postgres::open(options, progress_);
    EXPECT_TRUE(engine.ok()) << engine.error().text();
    engine::CollectOptions how;
    how.window_seconds = 0;
    how.planner_facts = true;
    auto collected = (*engine)->collect(how, progress_);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    return std::move(collected->snapshot);
  }

  Shadow start(const model::Snapshot& snapshot) {
    auto shadow = Shadow::start(snapshot, {}, progress_);
    EXPECT_TRUE(shadow.ok()) << shadow.error().text();
    for (const std::string& note : shadow->notes()) ADD_FAILURE() << note;
    return std::move(shadow).value();
  }

  static void expect_equal(Connection& target, Connection& shadow, const std::string& query) {
    const double there = total_cost(target, query), here = total_cost(shadow, query);
    EXPECT_NEAR(here, there, there * relative) << query << "\non the target:\n"
                                               << plan_text(target, query) << "on the shadow:\n"
                                               << plan_text(shadow, query);
  }

  void expect_equal_plans(const Shadow& shadow) {
    auto there = open_session(server(GetParam())->url());
    auto here = open_session(shadow.url());
    for (const char* workers : {"0", "4"}) {
      for (Connection* one : {&there, &here})
        ASSERT_TRUE(
            one->execute(std::string("SET max_parallel_workers_per_gather = ") + workers).ok());
      for (const std::string& query : shadow_queries()) expect_equal(there, here, query);
    }
  }

  NoProgress progress_;
};

TEST_P(Shadows, PlansAreThoseOfTheTargetForAReadOnlyRole) {
  const auto snapshot = collect("reader");
  expect_equal_plans(start(snapshot));
}

TEST_P(Shadows, AFileSaysAsMuch) {
  const auto snapshot = collect("reader");
  const auto again = model::snapshot_from_json(model::to_json(snapshot));
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(model::to_json(*again), model::to_json(snapshot));
  expect_equal_plans(start(*again));
}

INSTANTIATE_TEST_SUITE_P(Versions, Shadows, ::testing::Values(15, 18),
                         [](const auto& one) { return "v" + std::to_string(one.param); });

}  // namespace
}  // namespace whet::live
