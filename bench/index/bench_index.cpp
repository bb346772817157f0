// The index advisor against the best public results on the same planner statistics: TPC-H, scale
// factor 1, PostgreSQL 15, HypoPG's sizes (tests/support/tpch.h). Prints, for each budget, the cost
// relative to no index, the planner calls, Whet's own CPU, and the cost that a fresh session gives
// for the chosen set: the claim has to be true.
//
//   cmake --build --preset release --target bench_index && build/release/bench/bench_index
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "advise/advisor/advisor.h"
#include "base/clock.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/render.h"
#include "engine/postgres/shadow/shadow.h"
#include "engine/postgres/switch.h"
#include "support/tpch.h"

namespace whet {
namespace {

namespace pg = engine::postgres;

struct Case {
  std::string name;
  double budget = 0;  ///< bytes
  advise::Sizes sizes = advise::Sizes::hypopg;
  bool all_queries = false;  ///< else without 02, 17 and 20, as in the literature
  double wanted = 0;         ///< relative cost, or the absolute cost of all 22
  std::int64_t calls = 0;
  std::string others;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"100 MB", 100e6, advise::Sizes::hypopg, false, 0.935, 200, "Extend 0.9395, 524 calls"},
      {"250 MB", 250e6, advise::Sizes::hypopg, false, 0.770, 200, "DTA 0.7758, 11,308"},
      {"500 MB", 500e6, advise::Sizes::hypopg, false, 0.665, 200, "Extend 0.6723, 1,980"},
      {"1000 MB", 1000e6, advise::Sizes::hypopg, false, 0.548, 200, "Extend 0.5559, 3,309"},
      {"500 MB, true sizes", 500e6, advise::Sizes::real, false, 0.55, 300, "0.672"},
      {"500 MB, all 22", 500e6, advise::Sizes::hypopg, true, 4.40e6, 250, "Extend 4,424,052"}};
  return all;
}

Result<pg::Connection> connect(const pg::Shadow& shadow) {
  engine::ConnectOptions options;
  options.url = shadow.url();
  return pg::Connection::open(options, pg::Access::write);
}

/// The cost of all items in a session of its own: with HypoPG's indexes, or with added ones of the
/// shadow.
Result<double> evaluate(pg::Shadow& shadow, const std::vector<advise::WorkItem>& items,
                        const advise::IndexAdvice& advice, advise::Sizes sizes) {
  NoProgress progress;
  auto connection = WHET_TRY(connect(shadow));
  std::vector<std::string> names;
  for (const advise::NewIndex& index : advice.create) {
    const model::HypotheticalIndex what{index.schema, index.table, index.index};
    if (sizes == advise::Sizes::hypopg) {
      WHET_TRY(connection.query("SELECT * FROM public.hypopg_create_index($1)",
                                {pg::plain_create_index(what, "whet")}));
      continue;
    }
    const auto name = WHET_TRY(shadow.add_index(what, index.dimensions));
    WHET_TRY(connection.query("SELECT whet_shadow.switch_indexes(true, ARRAY[$1::text])", {name}));
    names.push_back(name);
  }
  WHET_TRY_VOID(connection.execute("SET search_path TO DEFAULT"));
  double total = 0;
  for (const advise::WorkItem& item : items) {
    const double cost =
        WHET_TRY(pg::generic_plan(connection, item.text, &progress)).root.total_cost;
    total += cost * item.calls;
    for (const advise::StatementAdvice& said : advice.statements) {
      if (said.id == item.id && std::abs(said.after / cost - 1) > 0.001)
        fmt::print("    {}: said {:.2f}, is {:.2f}\n", item.id, said.after, cost);
    }
  }
  for (const std::string& name : names)
    WHET_TRY(connection.query("SELECT whet_shadow.switch_indexes(false, ARRAY[$1::text])", {name}));
  return total;
}

Result<bool> run(const Case& one, pg::Shadow& shadow, const advise::Facts& facts) {
  std::vector<advise::WorkItem> items;
  const std::set<std::string> left_out{"02", "17", "20"};
  for (const auto& [number, text] : testing::tpch_queries()) {
    if (one.all_queries || !left_out.contains(number)) items.push_back({number, text, 1});
  }
  NoProgress progress;
  advise::AdvisorOptions options;
  options.budget_bytes = one.budget;
  options.sizes = one.sizes;
  options.min_gain = options.min_gain_for_all_tables = 0;
  options.charge_upkeep = false;
  options.clock = clock::monotonic;
  std::optional<pg::Connection> connection;
  std::unique_ptr<model::IndexSwitch> planner;
  if (one.sizes == advise::Sizes::hypopg) {
    connection = WHET_TRY(connect(shadow));
    planner = WHET_TRY(pg::hypopg_switch(*connection, progress));
  } else {
    planner = WHET_TRY(pg::shadow_switch(shadow, progress));
  }
  const double cpu = clock::process_cpu();
  const auto advice = WHET_TRY(advise::advise_indexes(facts, items, *planner, options, progress));
  const double used = clock::process_cpu() - cpu;
  planner.reset();
  const double real = WHET_TRY(evaluate(shadow, items, advice, one.sizes));
  const double result =
      one.all_queries ? advice.cost_after : advice.cost_after / advice.cost_before;
  const bool true_claim = std::abs(real - advice.cost_after) <= 0.001 * real;
  fmt::print("{:<20} {:>10.4f} {:>10} {:>6} {:>6} {:>6.2f} {:>7.1f} {:>9.4f}%  [{}]\n", one.name,
             result, one.wanted, advice.planner_calls, one.calls, used, advice.bytes / 1e6,
             100 * (real / advice.cost_after - 1), one.others);
  for (const advise::SkippedStatement& skipped : advice.skipped)
    fmt::print("    skipped {}: {}\n", skipped.id, skipped.reason);
  for (const advise::NewIndex& index : advice.create)
    fmt::print("    {:<60} {:>8.1f} MB\n", index.change.summary, index.bytes / 1e6);
  return result <= one.wanted && advice.planner_calls <= one.calls && true_claim && used < 0.5;
}

Result<bool> run_all() {
  NoProgress progress;
  const model::Snapshot snapshot = testing::tpch_snapshot();
  auto shadow = WHET_TRY(pg::Shadow::start(snapshot, {.with_hypopg = true}, progress));
  const advise::Facts facts(snapshot, {});
  fmt::print("{:<20} {:>10} {:>10} {:>6} {:>6} {:>6} {:>7} {:>10}\n", "budget", "cost", "at most",
             "calls", "<=", "CPU s", "MB", "re-priced");
  bool good = true;
  for (const Case& one : cases()) good = WHET_TRY(run(one, shadow, facts)) && good;
  return good;
}

}  // namespace
}  // namespace whet

int main() {
  const auto good = whet::run_all();
  if (!good.ok()) {
    fmt::print(stderr, "bench_index: {}\n", good.error().text());
    return 2;
  }
  return *good ? 0 : 1;
}
