// Reads of the workload on real servers: made complete, run again, and tried with hidden indexes.
#include <algorithm>

#include "engine/mysql/replay.h"
#include "support/mysql_faults.h"

namespace whet::test {
namespace {

using engine::Replayable;

class MysqlReplayTest : public MysqlFaultTest {
 protected:
  MysqlReplayTest() : connection_(connect(server_.url(), Access::read)) {
    model::Table orders;
    orders.schema = "shop";
    orders.name = "orders";
    for (const auto& [name, type] : std::vector<std::pair<const char*, const char*>>{
             {"id", "int"}, {"customer_id", "int"}, {"status", "varchar"}, {"note", "varchar"}}) {
      model::Column column;
      column.name = name;
      column.base_type = column.type = type;
      orders.columns.push_back(column);
    }
    model::Index primary;
    primary.name = "PRIMARY";
    primary.primary = primary.unique = true;
    primary.parts = {{.column = "id"}};
    orders.indexes = {primary};
    model::Snapshot& snapshot = collected_.snapshot;
    snapshot.schema.tables = {orders};
    snapshot.server.engine = connection_.fork();
    snapshot.server.version_number = connection_.version();
  }

  void add(const std::string& id, const std::string& text) {
    model::Statement statement;
    statement.id = id;
    statement.text = text;
    statement.database = "shop";
    statement.kind = model::StatementKind::select;
    collected_.snapshot.workload.statements.push_back(statement);
  }

  std::vector<Replayable> reads_of(const std::string& id, int each = 4) {
    auto reads = engine::mysql::replayable_reads(connection_, collected_, {id}, each);
    EXPECT_TRUE(reads.ok()) << reads.error().text();
    return std::move(reads).value();
  }

  engine::Measurement measured(const Replayable& read) {
    NoProgress progress;
    auto one = engine::mysql::measure_read(connection_, read, 10, progress);
    EXPECT_TRUE(one.ok()) << one.error().text();
    return one ? *one : engine::Measurement{};
  }

  Connection connection_;
  engine::Collected collected_;
};

TEST_P(MysqlReplayTest, ParametersAreDrawnFromRowsThatAreThere) {
  add("eq", "SELECT id FROM orders WHERE customer_id = ? AND status = ?");
  add("in", "SELECT COUNT ( * ) FROM `orders` WHERE customer_id IN (...)");
  add("range", "SELECT note FROM orders WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?");
  add("like", "SELECT COUNT(*) FROM orders WHERE status LIKE ?");
  add("none", "SELECT COUNT(*) FROM orders");
  for (const char* id : {"eq", "in", "range", "like", "none"}) {
    SCOPED_TRACE(id);
    const auto reads = reads_of(id);
    ASSERT_FALSE(reads.empty());
    for (const Replayable& read : reads) {
      EXPECT_EQ(read.text.find('?'), std::string::npos) << read.text;
      EXPECT_FALSE(read.captured);
      const auto one = measured(read);
      EXPECT_GT(one.rows, 0) << read.text;
      EXPECT_FALSE(one.plan_shape.empty()) << read.text;
    }
  }
  EXPECT_GE(reads_of("eq").size(), 2U) << "different rows give different parameters";
}

TEST_P(MysqlReplayTest, CapturedTextsComeFirst) {
  add("eq", "SELECT id FROM orders WHERE customer_id = ?");
  collected_.captured = {{"eq", "SELECT id FROM orders WHERE customer_id = 7"}};
  const auto reads = reads_of("eq");
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_TRUE(reads[0].captured);
  EXPECT_EQ(reads[0].database, "shop");
  EXPECT_EQ(measured(reads[0]).rows, 64);
}

TEST_P(MysqlReplayTest, LocksAssignmentsAndWaitsAreLeftOut) {
  add("lock", "SELECT id FROM orders WHERE id = ? FOR UPDATE");
  add("sleep", "SELECT SLEEP(?) FROM orders");
  add("stored", "SELECT bump() FROM orders WHERE id = ?");
  add("write", "UPDATE orders SET status = ? WHERE id = ?");
  for (const char* id : {"lock", "sleep", "stored", "write"})
    EXPECT_TRUE(reads_of(id).empty()) << id;
}

TEST_P(MysqlReplayTest, ResultsAreComparedWhateverTheirOrder) {
  const auto one = measured({"q", "SELECT id FROM orders WHERE id < 10 ORDER BY id", true, "shop"});
  const auto other =
      measured({"q", "SELECT id FROM orders WHERE id < 10 ORDER BY id DESC", true, "shop"});
  const auto fewer =
      measured({"q", "SELECT id FROM orders WHERE id < 9 ORDER BY id", true, "shop"});
  EXPECT_EQ(one.result_digest, other.result_digest);
  EXPECT_NE(one.result_digest, fewer.result_digest);
}

TEST_P(MysqlReplayTest, RowsThatTheEngineWasAskedForAreCounted) {
  const auto all = measured({"q", "SELECT COUNT(*) FROM orders WHERE note = 'a'", true, "shop"});
  EXPECT_GE(all.shared_blocks, 32768);
  EXPECT_LT(all.shared_blocks, 33000);
  const auto one = measured({"q", "SELECT note FROM orders WHERE id = 5", true, "shop"});
  EXPECT_LE(one.shared_blocks, 5);
}

TEST_P(MysqlReplayTest, AReadThatTakesTooLongIsStopped) {
  NoProgress progress;
  const auto one = engine::mysql::measure_read(
      connection_,
      {"q", "SELECT COUNT(*) FROM orders a JOIN orders b ON a.note <> b.note", true, "shop"}, 1,
      progress);
  ASSERT_FALSE(one.ok());
  EXPECT_EQ(one.error().kind, ErrorKind::timeout) << one.error().text();
  EXPECT_EQ(measured({"q", "SELECT id FROM orders WHERE id = 5", true, "shop"}).rows, 1)
      << "the session goes on";
}

TEST_P(MysqlReplayTest, OnlyATrialSessionUsesHiddenIndexes) {
  if (server_.mariadb()) return;  // it has no switch for one session
  server_.sql("ALTER TABLE shop.orders ADD KEY by_customer (customer_id) INVISIBLE");
  Replayable read{"q", "SELECT id FROM orders WHERE customer_id = 7", true, "shop"};
  const auto without = measured(read);
  read.with_hidden = true;
  const auto with = measured(read);
  read.with_hidden = false;
  const auto again = measured(read);
  EXPECT_EQ(without.plan_shape.find("by_customer"), std::string::npos) << without.plan_shape;
  EXPECT_NE(with.plan_shape.find("by_customer"), std::string::npos) << with.plan_shape;
  EXPECT_EQ(again.plan_shape, without.plan_shape);
  EXPECT_LT(with.shared_blocks * 100, without.shared_blocks);
  EXPECT_EQ(with.result_digest, without.result_digest);
}

TEST_P(MysqlReplayTest, ReplaysDoNotCountAsWorkload) {
  engine::mysql::hide_replays(connection_);
  measured({"q", "SELECT id FROM orders WHERE id = 424242", true, "shop"});
  EXPECT_EQ(
      server_.sql("SELECT COUNT(*) FROM performance_schema.events_statements_summary_by_digest "
                  "WHERE SCHEMA_NAME = 'shop' AND DIGEST_TEXT LIKE 'SELECT `id` FROM "
                  "`orders` WHERE `id` = ?%'"),
      "0");
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlReplayTest, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::test
