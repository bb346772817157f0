// Gain against upkeep, from real counters, statements and EXPLAIN costs: an index that writes pay
// for and hardly a read uses costs more than it saves, and the other way round.
#include "advise/upkeep/upkeep.h"

#include <gtest/gtest.h>

#include "advise/facts.h"
#include "advise/sizes/sizes.h"
#include "base/text.h"
#include "engine/postgres/postgres.h"
#include "support/pg_server.h"

namespace whet {
namespace {

class Upkeep : public ::testing::TestWithParam<int> {
 protected:
  static model::Snapshot collect(const testing::PgServer& server) {
    NoProgress progress;
    engine::ConnectOptions connect;
    connect.url = server.url();
    auto opened = engine::postgres::open(connect, progress);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    if (!opened) return {};
    engine::CollectOptions options;
    options.window_seconds = 0;
    auto collected = opened.value()->collect(options, progress);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    return collected ? std::move(collected.value().snapshot) : model::Snapshot{};
  }

  static double cost(const testing::PgServer& server, const std::string& query) {
    const std::string plan = server.sql("EXPLAIN " + query);
    const auto dots = plan.find("..");
    if (dots == std::string::npos) return -1;
    return text::to_double(plan.substr(dots + 2, plan.find(' ', dots) - dots - 2)).value_or(-1);
  }
};

const model::Statement* reading(const model::Snapshot& snapshot, const std::string& table) {
  for (const auto& statement : snapshot.workload.statements) {
    if (statement.kind == model::StatementKind::select && text::contains(statement.text, table) &&
        text::contains(statement.text, "owner ="))
      return &statement;
  }
  return nullptr;
}

TEST_P(Upkeep, OutweighsTheGainWhereWritesPrevail) {
  const testing::PgServer server(GetParam(),
                                 {"--preload", "pg_stat_statements", "-c", "autovacuum=off"});
  server.sql(R"(
CREATE EXTENSION pg_stat_statements;
CREATE TABLE writes (id int PRIMARY KEY, owner int, state int);
CREATE TABLE reads (LIKE writes INCLUDING ALL);
INSERT INTO writes SELECT i, (random() * 20000)::int, 0 FROM generate_series(1, 40000) i;
INSERT INTO reads SELECT * FROM writes;
VACUUM ANALYZE writes, reads;)");
  server.sql("SELECT pg_stat_reset(), pg_stat_statements_reset()");
  std::string traffic =
      "INSERT INTO writes SELECT i, (random() * 20000)::int, 0 FROM generate_series(100001, "
      "150000) i;"
      "INSERT INTO reads SELECT i, i, 0 FROM generate_series(50001, 50100) i;";
  for (int i = 0; i < 2; ++i) traffic += "SELECT * FROM writes WHERE owner = 7;";
  for (int i = 0; i < 300; ++i) traffic += "SELECT * FROM reads WHERE owner = 7;";
  server.sql(traffic + "ANALYZE writes, reads;");
  const model::Snapshot snapshot = collect(server);
  const advise::Facts facts(snapshot, {});
  const advise::Writes writes(facts);
  for (const std::string name : {"writes", "reads"}) {
    const model::Table* table = facts.table("public", name);
    const model::Statement* statement = reading(snapshot, name);
    ASSERT_NE(table, nullptr);
    ASSERT_NE(statement, nullptr) << name;
    const std::string query = "SELECT * FROM " + name + " WHERE owner = 7";
    const double before = cost(server, query);
    server.sql("CREATE INDEX ON " + name + " (owner)");
    const double after = cost(server, query);
    ASSERT_GT(before, after) << name;
    model::Index index;
    index.method = "btree";
    index.parts.resize(1);
    index.parts[0].column = "owner";
    const auto upkeep =
        advise::upkeep(facts, writes, *table, index, advise::index_size(facts, *table, index));
    const double gain = facts.calls_per_hour(*statement) * (before - after);
    EXPECT_GT(upkeep.cost, 0) << name;
    const double ratio = upkeep.cost / gain;
    EXPECT_TRUE(name == "writes" ? ratio > 2 : ratio < 0.5)
        << name << ' ' << ratio << ": " << upkeep.arithmetic;
  }
}

TEST_P(Upkeep, CountsHeapOnlyUpdatesThatWouldBeLost) {
  const testing::PgServer server(GetParam(),
                                 {"--preload", "pg_stat_statements", "-c", "autovacuum=off"});
  server.sql(R"(
CREATE EXTENSION pg_stat_statements;
CREATE TABLE jobs (id int PRIMARY KEY, owner int, state int) WITH (fillfactor = 50);
INSERT INTO jobs SELECT i, i % 100, 0 FROM generate_series(1, 20000) i;
VACUUM ANALYZE jobs;)");
  server.sql("SELECT pg_stat_reset(), pg_stat_statements_reset()");
  server.sql("UPDATE jobs SET state = state + 1 WHERE id <= 8000");
  const model::Snapshot snapshot = collect(server);
  const advise::Facts facts(snapshot, {});
  const model::Table* table = facts.table("public", "jobs");
  ASSERT_NE(table, nullptr);
  ASSERT_GT(table->total.hot_updates, 7000);
  const auto price = [&](const std::string& column) {
    model::Index index;
    index.method = "btree";
    index.parts.resize(1);
    index.parts[0].column = column;
    return advise::upkeep(facts, advise::Writes(facts), *table, index,
                          advise::index_size(facts, *table, index));
  };
  EXPECT_GT(price("state").cost, 10 * price("owner").cost) << price("state").arithmetic;
  // And so it is.
  server.sql("CREATE INDEX jobs_state ON jobs (state)");
  server.sql("SELECT pg_stat_reset()");
  server.sql("UPDATE jobs SET state = state + 1 WHERE id > 12000");
  EXPECT_EQ(text::trim(server.sql("SELECT n_tup_hot_upd FROM pg_stat_user_tables")), "0");
}

INSTANTIATE_TEST_SUITE_P(Versions, Upkeep, ::testing::Values(15, 18));

}  // namespace
}  // namespace whet
