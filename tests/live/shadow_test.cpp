// A shadow of a live database plans as that database does.
#include "engine/postgres/shadow/shadow.h"

#include <algorithm>
#include <cmath>
#include <map>
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

/// How many of the queries cost something else on this shadow.
int differing(Connection& there, const Shadow& shadow) {
  auto here = open_session(shadow.url());
  int count = 0;
  for (const std::string& query : shadow_queries()) {
    const double expected = total_cost(there, query);
    if (std::abs(total_cost(here, query) - expected) > expected * relative) ++count;
  }
  return count;
}

// The comparison above would be worth nothing if what is hard to get right did not matter to it.
TEST_P(Shadows, TheEndsAndHeightsOfIndexesMatter) {
  auto there = open_session(server(GetParam())->url());
  auto snapshot = collect("reader");
  auto without_ends = snapshot;
  for (auto& one : without_ends.planner->relations) {
    one.smallest.clear();
    one.largest.clear();
  }
  EXPECT_GT(differing(there, start(without_ends)), 3);
  for (auto& one : snapshot.planner->relations) one.height = 0;
  EXPECT_GT(differing(there, start(snapshot)), 3);
}

TEST_P(Shadows, ARoleThatSeesLessGetsWhatTheViewsShow) {
  server(GetParam())->sql(R"(
    DO $$ BEGIN
      CREATE ROLE visitor LOGIN; GRANT pg_monitor TO visitor; GRANT USAGE ON SCHEMA shop TO visitor;
      GRANT SELECT ON ALL TABLES IN SCHEMA shop TO visitor;
    EXCEPTION WHEN duplicate_object THEN NULL; END $$;)");
  const auto snapshot = collect("visitor");
  const auto& missing = snapshot.not_collected;
  EXPECT_TRUE(std::any_of(missing.begin(), missing.end(), [](const auto& one) {
    return one.remedy.starts_with("GRANT SELECT ON pg_catalog.pg_statistic");
  }));
  auto shadow = Shadow::start(snapshot, {}, progress_);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  auto there = open_session(server(GetParam())->url());
  auto here = open_session(shadow->url());
  for (const char* query :
       {"SELECT * FROM shop.customers WHERE id > 30800",
        "SELECT * FROM shop.customers WHERE born < '1950-03-01'",
        "SELECT * FROM shop.customers WHERE city = 'Lyon' AND tags @> ARRAY['t3']",
        "SELECT * FROM shop.customers WHERE name LIKE 'Name 00%' AND email > 'c9'",
        "SELECT * FROM shop.orders WHERE customer_id = 17 AND placed > '2025-12-20 00:00+00'",
        "SELECT * FROM shop.orders_2023 WHERE state > 'paid'",
        "SELECT c.city, count(*) FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id "
        "GROUP BY 1",
        "SELECT * FROM shop.log WHERE at > '2020-01-06 12:00'"})
    expect_equal(there, here, query);
}

INSTANTIATE_TEST_SUITE_P(Versions, Shadows, ::testing::Values(15, 18),
                         [](const auto& one) { return "v" + std::to_string(one.param); });

}  // namespace
}  // namespace whet::live
