// What the engine takes from the logs of real servers: plans that auto_explain wrote, and values.
#include <fstream>

#include "engine/postgres/collector.h"
#include "live/postgres_engine.h"
#include "model/json.h"

namespace whet::live {
namespace {

/// A server that logs everything, as text without the database's name or in its structured form.
struct Logging {
  int version;
  bool structured;

  [[nodiscard]] std::string destination() const {
    if (!structured) return "stderr";
    return version >= 15 && version < 18 ? "csvlog" : "jsonlog";
  }
};

class ServerLogs : public ::testing::TestWithParam<Logging> {
 protected:
  static void TearDownTestSuite() { servers().clear(); }
  static std::map<std::string, std::unique_ptr<whet::testing::PgServer>>& servers() {
    static std::map<std::string, std::unique_ptr<whet::testing::PgServer>> all;
    return all;
  }
  [[nodiscard]] static whet::testing::PgServer& target() {
    const Logging& how = GetParam();
    auto& one = servers()[std::to_string(how.version) + how.destination()];
    if (!one) {
      std::vector<std::string> options{"--preload", "pg_stat_statements,auto_explain"};
      for (const auto& setting :
           {std::string("logging_collector=on"), std::string("log_min_duration_statement=0"),
            std::string("auto_explain.log_min_duration=0"),
            std::string("auto_explain.log_analyze=on"), "log_destination=" + how.destination(),
            std::string("auto_explain.log_format=") + (how.structured ? "json" : "text")}) {
        options.emplace_back("-c");
        options.push_back(setting);
      }
      one = std::make_unique<whet::testing::PgServer>(how.version, options);
      one->sql(R"(
        CREATE EXTENSION pg_stat_statements;
        CREATE ROLE monitor LOGIN;
        GRANT pg_monitor TO monitor;
        CREATE SCHEMA shop;
        CREATE TABLE shop.orders AS SELECT i AS id, i % 5000 AS customer_id,
          CASE WHEN i % 10 = 0 THEN 'secret-status' ELSE 'done' END AS status
          FROM generate_series(1, 20000) i;
        ANALYZE shop.orders;
        SELECT pg_stat_statements_reset();
      )");
      work(*one);
    }
    return *one;
  }

  /// Literals by psql, bound values by pgbench.
  static void work(const whet::testing::PgServer& server) {
    for (const char* id : {"77711701", "77711702", "77711703"})
      server.sql("SELECT id FROM shop.orders WHERE customer_id = " + std::string(id) +
                 " AND status = 'secret-status' ORDER BY id");
    const std::string script = server.directory() + "/bound.sql";
    std::ofstream(script) << "\\set id 1234\nSELECT count(*) FROM shop.orders WHERE id > :id;\n";
    whet::testing::run("$(" WHET_SOURCE_DIR "/tools/pgroot --bindir " +
                       std::to_string(server.version()) + ")/pgbench -n -M extended -t 3 -f " +
                       script + " '" + server.url() + "' 2>&1");
    wait_for_log(server);
  }

  /// The collector writes a moment later than the server: until the last words are in its file.
  static void wait_for_log(const whet::testing::PgServer& server) {
    static int times = 0;
    const std::string mark = "-words-" + std::to_string(++times) + ".";
    server.sql("SELECT 'last" + mark + "'");
    server.sql(R"(DO $$
      DECLARE
        file text;
      BEGIN
        FOR i IN 1 .. 1200 LOOP
          SELECT name INTO file FROM pg_ls_logdir() ORDER BY name !~ 'csv|json', name DESC LIMIT 1;
          IF strpos(pg_read_file('log/' || file), 'last' || ')" +
               mark + R"(') > 0 THEN RETURN; END IF;
          PERFORM pg_sleep(0.05);
        END LOOP;
        RAISE 'the log does not come';
      END $$)");
  }

  static const model::Statement* statement_with(const model::Snapshot& snapshot,
                                                const std::string& part) {
    for (const auto& statement : snapshot.workload.statements) {
      if (!statement.own && text::contains(statement.text, part)) return &statement;
    }
    ADD_FAILURE() << "no statement with " << part;
    return nullptr;
  }

  std::unique_ptr<engine::Engine> open(const std::string& role) {
    auto opened = engine::postgres::open({.url = target().url_for(role)}, progress_);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return opened ? std::move(opened).value() : nullptr;
  }

  /// Only the log of a server that is (or is taken to be) on another machine or here.
  engine::Collected collect_log(const std::string& role, bool here, std::int64_t log_bytes,
                                model::CollectionCost* cost = nullptr) {
    engine::Collected collected;
    auto connection = engine::postgres::Connection::open({.url = target().url_for(role)},
                                                         engine::postgres::Access::read);
    EXPECT_TRUE(connection.ok()) << connection.error().text();
    if (!connection) return collected;
    engine::CollectOptions options;
    options.log_bytes = log_bytes;
    engine::postgres::Collector c(*connection, options, progress_, collected);
    engine::postgres::collect_server(c);
    engine::postgres::collect_settings(c);
    engine::postgres::collect_statements(c);
    collected.snapshot.not_collected.clear();
    const auto before = connection->cost();
    engine::postgres::collect_log(c, here);
    if (cost != nullptr) {
      cost->statements = connection->cost().statements - before.statements;
      cost->received_bytes = connection->cost().received_bytes - before.received_bytes;
    }
    return collected;
  }

  static std::vector<std::string> texts_of(const engine::Collected& collected,
                                           const std::string& id) {
    std::vector<std::string> out;
    for (const auto& one : collected.captured) {
      if (one.statement_id == id) out.push_back(one.text);
    }
    return out;
  }

  NoProgress progress_;
};

INSTANTIATE_TEST_SUITE_P(Versions, ServerLogs,
                         ::testing::Values(Logging{15, false}, Logging{15, true},
                                           Logging{18, false}, Logging{18, true}),
                         [](const auto& tested) {
                           return "V" + std::to_string(tested.param.version) +
                                  tested.param.destination();
                         });

TEST_P(ServerLogs, PlansAreThoseThatWereExecuted) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto collected = engine->collect(options, progress_);
  ASSERT_TRUE(collected.ok()) << collected.error().text();
  const auto& snapshot = collected->snapshot;
  EXPECT_EQ(not_collected(snapshot), "");
  for (const char* part : {"customer_id = $1", "id > $1"}) {
    const auto* statement = statement_with(snapshot, part);
    ASSERT_NE(statement, nullptr);
    EXPECT_EQ(statement->plan_kind, "auto_explain") << part;
    ASSERT_TRUE(statement->plan.has_value()) << statement->plan_problem;
    EXPECT_TRUE(statement->plan->executed()) << part;
    EXPECT_TRUE(statement->plan->execution_ms.has_value());
    const auto* scan = &statement->plan->root;
    while (scan->relation.empty() && !scan->children.empty()) scan = scan->children.data();
    EXPECT_EQ(scan->relation, "orders") << part;
    EXPECT_EQ(scan->schema, "shop") << part;
    EXPECT_EQ(scan->loops, 1);
    EXPECT_GT(scan->rows_removed_by_filter, 1000) << part;
    EXPECT_TRUE(text::contains(scan->filter, "$")) << scan->filter;
  }
}

TEST_P(ServerLogs, ValuesAreReplayed) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto collected = engine->collect(options, progress_);
  ASSERT_TRUE(collected.ok()) << collected.error().text();
  const auto* literal = statement_with(collected->snapshot, "customer_id = $1");
  const auto* bound = statement_with(collected->snapshot, "id > $1");
  ASSERT_TRUE(literal != nullptr && bound != nullptr);
  EXPECT_EQ(texts_of(*collected, literal->id).size(), 3U);
  const auto reads = engine->replayable(*collected, {literal->id, bound->id}, 3);
  ASSERT_TRUE(reads.ok()) << reads.error().text();
  std::set<std::string> seen;
  for (const auto& read : *reads) {
    EXPECT_TRUE(read.captured) << read.text;
    const auto measured = engine->measure(read, 10);
    ASSERT_TRUE(measured.ok()) << read.text << measured.error().text();
    EXPECT_EQ(measured->rows, text::contains(read.text, "777117") ? 0 : 1) << read.text;
    for (const char* value : {"77711701", "77711702", "77711703", "'1234'"}) {
      if (text::contains(read.text, value)) seen.insert(value);
    }
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST_P(ServerLogs, NoValueReachesTheSnapshotUnlessAskedFor) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto without = engine->collect(options, progress_);
  ASSERT_TRUE(without.ok()) << without.error().text();
  const std::string text = model::to_json(without->snapshot);
  for (const char* value : {"77711701", "77711702", "77711703", "secret-status", "(id > 1234)"})
    EXPECT_FALSE(text::contains(text, value)) << value;
  EXPECT_TRUE(text::contains(text, "auto_explain"));
  options.with_samples = true;
  const auto with = engine->collect(options, progress_);
  ASSERT_TRUE(with.ok()) << with.error().text();
  const auto* literal = statement_with(with->snapshot, "customer_id = $1");
  ASSERT_NE(literal, nullptr);
  EXPECT_EQ(literal->samples.size(), 3U);
  EXPECT_TRUE(text::contains(model::to_json(*literal->plan), "secret-status"));
}

TEST_P(ServerLogs, FromAnotherMachineThroughTheServer) {
  // More than one piece.
  target().sql("SELECT length('" + std::string(1500000, 'x') + "')");
  wait_for_log(target());
  model::CollectionCost cost, cost_here;
  const auto far = collect_log("postgres", false, 64 << 20, &cost);
  const auto here = collect_log("postgres", true, 64 << 20, &cost_here);
  EXPECT_EQ(not_collected(far.snapshot), "");
  EXPECT_GT(cost.received_bytes, 1500000);
  EXPECT_GE(cost.statements, 4);
  EXPECT_LT(cost_here.received_bytes, 10000);
  const auto* statement = statement_with(far.snapshot, "customer_id = $1");
  ASSERT_NE(statement, nullptr);
  EXPECT_EQ(statement->plan_kind, "auto_explain");
  EXPECT_EQ(texts_of(far, statement->id), texts_of(here, statement->id));
  EXPECT_EQ(texts_of(far, statement->id).size(), 3U);
}

TEST_P(ServerLogs, TheEndOnly) {
  target().sql("SELECT max(id) FROM shop.orders WHERE status = 'the-oldest'");
  target().sql("SELECT length('" + std::string(1500000, 'y') + "')");
  target().sql("SELECT min(id) FROM shop.orders WHERE status = 'the-newest'");
  wait_for_log(target());
  const auto part = collect_log("postgres", true, 1 << 20);
  const auto* oldest = statement_with(part.snapshot, "max(id)");
  const auto* newest = statement_with(part.snapshot, "min(id)");
  ASSERT_TRUE(oldest != nullptr && newest != nullptr);
  EXPECT_EQ(newest->plan_kind, "auto_explain");
  EXPECT_EQ(texts_of(part, newest->id).size(), 1U);
  EXPECT_EQ(oldest->plan_kind, "");
  EXPECT_TRUE(texts_of(part, oldest->id).empty());
  const auto none = collect_log("postgres", true, 0);
  EXPECT_TRUE(none.captured.empty());
}

TEST_P(ServerLogs, WithoutThePrivilegeItSaysWhichOne) {
  const auto refused = collect_log("monitor", false, 1 << 20);
  ASSERT_EQ(refused.snapshot.not_collected.size(), 1U);
  EXPECT_EQ(refused.snapshot.not_collected.front().remedy,
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, "
            "boolean) TO monitor; or run whet on the server as a user who may read them.");
  EXPECT_TRUE(refused.captured.empty());
  target().sql(
      "GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO monitor");
  const auto granted = collect_log("monitor", false, 8 << 20);
  EXPECT_EQ(not_collected(granted.snapshot), "");
  EXPECT_FALSE(granted.captured.empty());
  target().sql(
      "REVOKE EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) FROM monitor");
  target().sql("CREATE ROLE stranger LOGIN");
  const auto stranger = collect_log("stranger", false, 1 << 20);
  ASSERT_EQ(stranger.snapshot.not_collected.size(), 1U);
  EXPECT_EQ(stranger.snapshot.not_collected.front().remedy, "GRANT pg_monitor TO stranger;");
  target().sql("DROP ROLE stranger");
  // Nobody was refused anything: the privileges were asked for.
  wait_for_log(target());
  EXPECT_EQ(target().sql("SELECT count(*) FROM pg_ls_logdir() WHERE pg_read_file('log/' || name) "
                         "LIKE '%permission' || ' denied%'"),
            "0");
}

TEST_P(ServerLogs, AnOutlierDoesNotStandForItsStatement) {
  const std::string read = "SELECT count(*), pg_sleep(";
  const std::string from = ") FROM shop.orders WHERE id < 2;\n";
  std::string work = "SET auto_explain.log_min_duration = '100ms';\n";
  for (int i = 0; i < 30; ++i) work += read + "0.0" + from;
  target().sql(work + read + "0.3" + from);
  wait_for_log(target());
  const auto collect = [&](const std::string& role) {
    auto engine = open(role);
    engine::CollectOptions options;
    options.window_seconds = 0;
    auto collected = engine->collect(options, progress_);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    return collected ? std::move(collected).value() : engine::Collected{};
  };
  const auto all = collect("postgres");
  const auto* statement = statement_with(all.snapshot, "pg_sleep(");
  ASSERT_NE(statement, nullptr);
  EXPECT_EQ(statement->plan_kind, "generic");
  // A role for which the server plans nothing still gets it.
  const auto little = collect("monitor");
  const auto* only = statement_with(little.snapshot, "pg_sleep(");
  ASSERT_NE(only, nullptr);
  EXPECT_EQ(only->plan_kind, "auto_explain");
  EXPECT_EQ(only->plan_problem, "");
  ASSERT_TRUE(only->plan.has_value());
  EXPECT_GT(only->plan->execution_ms.value_or(0), 250);
}

TEST_P(ServerLogs, TheDoctorIsContent) {
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  const auto lines = engine->diagnose();
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  std::map<std::string, std::string> by_topic;
  for (const auto& line : *lines) by_topic[line.topic] = line.finding;
  EXPECT_EQ(by_topic["auto_explain"], "writes the plans of all statements");
  EXPECT_EQ(by_topic["the server's log"], "can be read (" + GetParam().destination() + ")");
}

TEST_P(Engines, ALogThatTheServerDoesNotKeep) {
  // This server's log goes to its stderr, and nothing of statements is in it: no word of it.
  EXPECT_FALSE(text::contains(not_collected(collect("postgres").snapshot), "log"));
  target().sql("ALTER ROLE visitor SET log_min_duration_statement = 0");
  EXPECT_TRUE(text::contains(not_collected(collect("postgres").snapshot), "logging_collector is"));
  target().sql("ALTER ROLE visitor RESET log_min_duration_statement");
  auto engine = open("postgres");
  ASSERT_NE(engine, nullptr);
  const auto lines = engine->diagnose();
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  std::map<std::string, engine::Diagnosis> by_topic;
  for (const auto& line : *lines) by_topic[line.topic] = line;
  EXPECT_FALSE(by_topic["the server's log"].good);
  EXPECT_FALSE(by_topic["auto_explain"].good);
  EXPECT_TRUE(text::contains(by_topic["auto_explain"].remedy,
                             "shared_preload_libraries = hypopg, pg_stat_statements, auto_explain"))
      << by_topic["auto_explain"].remedy;
}

}  // namespace
}  // namespace whet::live
