#include "advise/innodb/upkeep.h"

#include <gtest/gtest.h>

namespace whet::advise::innodb {
namespace {

model::Snapshot shop() {
  model::Snapshot out;
  out.server.engine = model::EngineKind::mysql;
  out.server.version_number = 90700;
  out.server.uptime_seconds = 3600;
  out.workload.age_seconds = 3600;
  model::Table table;
  table.id = 1;
  table.schema = "shop";
  table.name = "orders";
  table.row_estimate = 100000;
  for (const char* name : {"id", "customer_id", "status"}) {
    model::Column& column = table.columns.emplace_back();
    column.name = name;
    column.type = column.base_type = "bigint";
    column.not_null = true;
  }
  table.total.inserts = 1000;
  table.total.updates = 5000;
  table.total.deletes = 100;
  out.schema.tables = {table};
  model::Statement update;
  update.text = "UPDATE `orders` SET `status` = ? WHERE `id` = ?";
  update.kind = model::StatementKind::update;
  update.total.calls = update.total.rows = 5000;
  out.workload.statements = {update};
  return out;
}

double cost_of(const model::Snapshot& snapshot, const char* column, bool unique = false) {
  const Facts facts(snapshot, {});
  const Writes writes(facts);
  model::Index index;
  index.parts.emplace_back().column = column;
  index.unique = unique;
  const model::Table& table = snapshot.schema.tables[0];
  const double pool = static_cast<double>(table.heap_bytes);
  const Constants constants = constants_of(snapshot.server, pool);
  return upkeep(facts, constants, writes, table, index, index_size(constants, table, index)).cost;
}

TEST(InnodbUpkeep, OnlyUpdatesOfTheKeyCost) {
  const double customer = cost_of(shop(), "customer_id");
  const double status = cost_of(shop(), "status");
  // 1,000 inserts and 100 deletes; 5,000 updates more, of two entries each.
  EXPECT_NEAR(status / customer, (1100 + 2 * 5000) / 1100.0, 0.01);
}

// Digests count the rows that a write changed apart from those that were sent, which are none.
TEST(InnodbUpkeep, RowsThatStatementsChangedAreWrites) {
  model::Snapshot snapshot = shop();
  snapshot.schema.tables[0].total = {};
  snapshot.workload.source = "performance_schema";
  model::Statement& insert = snapshot.workload.statements[0];
  insert.kind = model::StatementKind::insert;
  insert.total.rows = 0;
  insert.total.rows_affected = 5000;
  for (const char* head : {"INSERT INTO `orders`", "INSERT IGNORE INTO `shop`.`orders`",
                           "REPLACE INTO `orders`", "INSERT LOW_PRIORITY INTO orders"}) {
    insert.text = std::string(head) + " (`status`) VALUES (...)";
    EXPECT_NEAR(cost_of(snapshot, "customer_id") / 5000, 4, 2) << head;
  }
}

TEST(InnodbUpkeep, SomeMicrosecondsForAnEntry) {
  EXPECT_NEAR(cost_of(shop(), "customer_id") / 1100, 4, 2);
}

TEST(InnodbUpkeep, LeavesThatAreNotInMemoryAreRead) {
  model::Snapshot large = shop();
  large.schema.tables[0].heap_bytes = 1 << 30;
  model::Setting pool;
  pool.name = "innodb_buffer_pool_size";
  pool.number = 1 << 20;
  large.server.settings = {pool};
  EXPECT_GT(cost_of(large, "customer_id"), 10 * cost_of(shop(), "customer_id"));
  // The change buffer spares reads of indexes that are not unique, where the server has it.
  model::Snapshot old = large;
  old.server.version_number = 80036;
  EXPECT_LT(cost_of(old, "customer_id"), 0.7 * cost_of(large, "customer_id"));
  EXPECT_EQ(cost_of(old, "customer_id", true), cost_of(large, "customer_id", true));
}

}  // namespace
}  // namespace whet::advise::innodb
