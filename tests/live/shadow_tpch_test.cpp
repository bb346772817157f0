// From statistics alone, a shadow gives the costs that a real TPC-H database gave.
#include <gtest/gtest.h>

#include "engine/postgres/shadow/shadow.h"
#include "live/shadow.h"
#include "support/tpch.h"

namespace whet::live {
namespace {

constexpr double relative = 1e-6;

engine::postgres::Shadow tpch_shadow() {
  NoProgress progress;
  auto shadow =
      engine::postgres::Shadow::start(testing::tpch_snapshot(), {.with_hypopg = true}, progress);
  EXPECT_TRUE(shadow.ok()) << shadow.error().text();
  return std::move(shadow).value();
}

TEST(ShadowTpch, CostsAreThoseOfTheRealServer) {
  const auto shadow = tpch_shadow();
  EXPECT_EQ(shadow.name(), "PostgreSQL 15");
  EXPECT_TRUE(shadow.notes().empty()) << shadow.notes().front();
  auto session = open_session(shadow.url());
  const auto queries = testing::tpch_queries();
  const auto base = testing::tpch_costs("base-costs.jsonl");
  ASSERT_EQ(base.size(), 22U);
  for (const auto& [number, cost] : base) {
    const double here = total_cost(session, queries.at(number));
    EXPECT_NEAR(here, cost, cost * relative) << number << "\n"
                                             << plan_text(session, queries.at(number));
  }
  for (const char* index :
       {"lineitem(l_orderkey)", "lineitem(l_partkey)", "orders(o_custkey)", "orders(o_orderdate)",
        "partsupp(ps_suppkey)", "orders(o_orderkey, o_orderpriority)"}) {
    const auto made = session.query("SELECT * FROM public.hypopg_create_index($1)",
                                    {std::string("CREATE INDEX ON ") + index});
    ASSERT_TRUE(made.ok()) << made.error().text();
  }
  for (const auto& [number, cost] : testing::tpch_costs("hypothetical-costs.jsonl")) {
    const double here = total_cost(session, queries.at(number));
    EXPECT_NEAR(here, cost, cost * relative) << number << "\n"
                                             << plan_text(session, queries.at(number));
  }
}

}  // namespace
}  // namespace whet::live
