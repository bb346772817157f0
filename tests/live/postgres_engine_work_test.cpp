// What the PostgreSQL engine does on real servers: plans, what-if costs, replays, diagnosis; and
// how it behaves when it is stopped, cut off or refused.
#include "live/postgres_engine.h"

namespace whet::live {
namespace {

TEST_P(Engines, ExplainsWithAndWithoutRunning) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  const auto plan = engine->explain("SELECT * FROM shop.orders WHERE id = $1", false);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(plan->root.index, "orders_pkey");
  EXPECT_FALSE(plan->executed());
  const auto run = engine->explain("DELETE FROM shop.orders WHERE id = 3", true);
  ASSERT_TRUE(run.ok()) << run.error().text();
  EXPECT_TRUE(run->executed());
  EXPECT_EQ(target().sql("SELECT count(*) FROM shop.orders WHERE id = 3"), "1");
  const auto two = engine->explain("SELECT $1; DROP TABLE shop.orders", false);
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(two.error().kind, ErrorKind::refused);
  EXPECT_EQ(target().sql("SELECT count(*) FROM shop.orders"), "20000");
  const auto parameters = engine->explain("SELECT $1", true);
  ASSERT_FALSE(parameters.ok());
  EXPECT_EQ(parameters.error().kind, ErrorKind::usage);
}

model::HypotheticalIndex on_customer() {
  model::HypotheticalIndex index;
  index.schema = "shop";
  index.table = "orders";
  index.index.method = "btree";
  model::IndexPart part;
  part.column = "customer_id";
  part.opclass_is_default = true;
  index.index.parts = {part};
  return index;
}

TEST_P(Engines, TheOracleCostsAnIndex) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  const auto oracle = engine->oracle();
  ASSERT_TRUE(oracle.ok()) << oracle.error().text();
  EXPECT_TRUE((*oracle)->name().starts_with("HypoPG 1."));
  const std::string query = "SELECT * FROM shop.orders WHERE customer_id = $1";
  const auto before = (*oracle)->cost(query, {});
  const auto after = (*oracle)->cost(query, {on_customer()});
  ASSERT_TRUE(before.ok()) << before.error().text();
  ASSERT_TRUE(after.ok()) << after.error().text();
  EXPECT_LT(after->cost, before->cost / 5);
  EXPECT_EQ(after->used, std::vector<std::size_t>{0});
  EXPECT_TRUE(before->used.empty());
  const auto size = (*oracle)->size_bytes(on_customer());
  ASSERT_TRUE(size.ok()) << size.error().text();
  EXPECT_GT(*size, 100000);
  EXPECT_LT(*size, 2000000);
}

TEST_P(Engines, TheOracleGetsAlongWithAutoExplain) {
  // In this order auto_explain looks at the plan first and fails on indexes that do not exist.
  const whet::testing::PgServer trap(
      GetParam(), {"--preload", "auto_explain,hypopg", "-c", "auto_explain.log_min_duration=0"});
  trap.sql("CREATE EXTENSION hypopg");
  trap.sql(
      "CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT i AS customer_id FROM "
      "generate_series(1, 10000) i; ANALYZE");
  auto engine = engine::postgres::open({.url = trap.url()}, progress_);
  ASSERT_TRUE(engine.ok());
  const auto oracle = (*engine)->oracle();
  ASSERT_TRUE(oracle.ok());
  const auto answer =
      (*oracle)->cost("SELECT * FROM shop.orders WHERE customer_id = 5", {on_customer()});
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->used, std::vector<std::size_t>{0});
}

TEST_P(Engines, PasswordsComeFromTheUrlOrAFileAndStayThere) {
  const std::string rules = target().sql("SHOW hba_file");
  whet::testing::run("sed -i '1i local all locked scram-sha-256' " + rules);
  target().sql("CREATE ROLE locked LOGIN PASSWORD 'open-sesame'; SELECT pg_reload_conf()");
  const auto with = [&](const std::string& password) {
    return text::replace_all(target().url_for("locked"), "locked@", "locked" + password + "@");
  };
  EXPECT_TRUE(engine::postgres::open({.url = with(":open-sesame")}, progress_).ok());
  const auto wrong = engine::postgres::open({.url = with(":close-sesame")}, progress_);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(wrong.error().sqlstate, "28P01");
  EXPECT_FALSE(text::contains(wrong.error().text(), "sesame"));
  const auto none = engine::postgres::open({.url = with("")}, progress_);
  ASSERT_FALSE(none.ok());
  EXPECT_TRUE(text::contains(none.error().hint, "pgpass")) << none.error().text();
  const std::string file = target().directory() + "/pgpass";
  whet::testing::run("umask 077; echo '*:*:*:locked:open-sesame' > " + file);
  const auto from_file = engine::postgres::open({.url = with("") + "&passfile=" + file}, progress_);
  EXPECT_TRUE(from_file.ok()) << from_file.error().text();
}

TEST_P(Engines, ReadsAreReplayed) {
  target().sql("SELECT pg_stat_statements_reset()");
  target().sql("SELECT id, total FROM shop.orders WHERE customer_id = 7 ORDER BY id LIMIT 10");
  target().sql("SELECT count(*) FROM shop.customers WHERE lower(email) = 'c1@example.org'");
  target().sql("SELECT nextval('shop.invoice') FROM shop.orders WHERE id = 5");
  target().sql("UPDATE shop.orders SET total = 5 WHERE id = 17");
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto collected = engine->collect(options, progress_);
  ASSERT_TRUE(collected.ok());
  std::vector<std::string> ids;
  for (const auto& statement : collected->snapshot.workload.statements) {
    if (!statement.own && text::contains(statement.text, "shop.")) ids.push_back(statement.id);
  }
  ASSERT_EQ(ids.size(), 4U);
  const auto reads = engine->replayable(*collected, ids, 3);
  ASSERT_TRUE(reads.ok()) << reads.error().text();
  std::set<std::string> distinct;
  bool lowered = false;
  for (const auto& read : *reads) {
    distinct.insert(read.statement_id);
    EXPECT_FALSE(text::contains(read.text, "$1")) << read.text;
    EXPECT_FALSE(text::contains(read.text, "nextval")) << read.text;
    EXPECT_FALSE(text::contains(read.text, "UPDATE")) << read.text;
    lowered = lowered || text::contains(read.text, "@example.org");
    const auto first = engine->measure(read, 10);
    const auto second = engine->measure(read, 10);
    ASSERT_TRUE(first.ok() && second.ok()) << read.text << first.error().text();
    EXPECT_EQ(first->result_digest, second->result_digest);
    EXPECT_EQ(first->plan_shape, second->plan_shape);
    EXPECT_FALSE(first->plan_shape.empty());
    EXPECT_GT(first->elapsed_ms, 0);
    EXPECT_GT(first->rows, 0) << read.text;
  }
  EXPECT_EQ(distinct.size(), 2U);
  EXPECT_TRUE(lowered);
  engine::Replayable slow{"", "SELECT pg_sleep(20)", false};
  const auto late = engine->measure(slow, 0.2);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ErrorKind::timeout);
  // The session is of use again.
  EXPECT_TRUE(engine->measure({"", "SELECT 1", false}, 5).ok());
}

TEST_P(Engines, TheDoctorFindsWhatIsMissing) {
  auto engine = open("visitor");
  ASSERT_NE(engine, nullptr);
  const auto lines = engine->diagnose();
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  std::map<std::string, engine::Diagnosis> by_topic;
  for (const auto& line : *lines) {
    by_topic[line.topic] = line;
    EXPECT_EQ(line.good, line.remedy.empty()) << line.topic;
  }
  EXPECT_FALSE(by_topic["privileges"].good);
  EXPECT_FALSE(by_topic["pg_stats"].good);
  EXPECT_TRUE(by_topic["pg_stat_statements"].good) << by_topic["pg_stat_statements"].finding;
  EXPECT_TRUE(by_topic["hypopg"].good);
  EXPECT_TRUE(by_topic["track_io_timing"].good);
  EXPECT_TRUE(by_topic["machine"].good);
}

TEST_P(Engines, SamplesOnlyWhenAskedFor) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  engine::CollectOptions options;
  options.window_seconds = 0;
  options.with_samples = true;
  const auto collected = engine->collect(options, progress_);
  ASSERT_TRUE(collected.ok());
  EXPECT_TRUE(collected->snapshot.with_samples);
  const auto* orders = find_table(collected->snapshot, "orders");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->column("status")->stats->samples, (std::vector<std::string>{"done", "open"}));
}

TEST_P(Engines, ABrokenConnectionIsSaidSo) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  target().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'whet'");
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto collected = engine->collect(options, progress_);
  ASSERT_FALSE(collected.ok());
  EXPECT_EQ(collected.error().kind, ErrorKind::unreachable);
  EXPECT_TRUE(text::contains(collected.error().message, "connection")) << collected.error().text();
}

TEST_P(Engines, APlanIsNotTriedInVainForEver) {
  for (const char* column : {"id", "total", "status", "created_at", "customer_id"})
    target().sql("SELECT max(" + std::string(column) + ") FROM shop.orders");
  const auto snapshot = collect("monitor").snapshot;
  int refused = 0;
  for (const auto& statement : snapshot.workload.statements) {
    if (statement.kind == model::StatementKind::select &&
        text::contains(statement.plan_problem, "permission denied for") &&
        !text::contains(statement.plan_problem, "for function"))
      ++refused;
  }
  EXPECT_EQ(refused, 3);
  EXPECT_TRUE(text::contains(not_collected(snapshot), "plans of reads"));
}

class Stop final : public Progress {
 public:
  void report(std::string_view /*what*/, double /*fraction*/) override {}
  [[nodiscard]] bool cancelled() const override { return true; }
};

TEST_P(Engines, StopsOnRequest) {
  engine::ConnectOptions options;
  options.url = target().url_for("postgres");
  auto connection = engine::postgres::Connection::open(options, engine::postgres::Access::read);
  ASSERT_TRUE(connection.ok());
  const Stop stop;
  const auto slept = connection->query("SELECT pg_sleep(30)", {}, &stop);
  ASSERT_FALSE(slept.ok());
  EXPECT_EQ(slept.error().kind, ErrorKind::interrupted);
  EXPECT_TRUE(connection->query("SELECT 1").ok());
}

TEST_P(Engines, ReadersCannotWriteAndSayWhatWentWrong) {
  engine::ConnectOptions options;
  options.url = target().url_for("postgres");
  auto connection = engine::postgres::Connection::open(options, engine::postgres::Access::read);
  ASSERT_TRUE(connection.ok());
  EXPECT_FALSE(connection->query("DELETE FROM shop.orders").ok());
  const auto unknown = engine::postgres::Connection::open(
      {.url = target().url_for("postgres", "nowhere")}, engine::postgres::Access::read);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().sqlstate, "3D000");
  EXPECT_TRUE(text::contains(unknown.error().message, "nowhere"));
  const auto nobody = engine::postgres::Connection::open({.url = target().url_for("nobody_here")},
                                                         engine::postgres::Access::read);
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().kind, ErrorKind::unreachable);
}

}  // namespace
}  // namespace whet::live
