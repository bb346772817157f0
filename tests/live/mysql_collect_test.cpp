// What the collector reads from a real MySQL 9.7 and MariaDB 10.11: the server, its schema and
// statistics, and what accounts with few privileges or none get.
#include "live/mysql_schema.h"
#include "model/json.h"

namespace whet::live {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class MysqlCollect : public Shops {};

INSTANTIATE_TEST_SUITE_P(Forks, MysqlCollect, ::testing::Values("mysql", "mariadb"),
                         [](const auto& fork) { return std::string(fork.param); });

TEST_P(MysqlCollect, Server) {
  auto collected = collect(source().url());
  // Uptime is in whole seconds: a server that has just started says 0.
  for (int tries = 0; tries < 50 && collected.snapshot.server.uptime_seconds == 0; ++tries) {
    collected = collect(source().url());
  }
  const auto& server = collected.snapshot.server;
  EXPECT_EQ(server.engine, mariadb() ? model::EngineKind::mariadb : model::EngineKind::mysql);
  EXPECT_EQ(server.major(), mariadb() ? 10 : 9);
  EXPECT_FALSE(server.system_identifier.empty());
  EXPECT_TRUE(server.superuser);
  EXPECT_FALSE(server.is_replica);
  EXPECT_GT(server.uptime_seconds, 0);
  EXPECT_EQ(server.block_bytes, 16384);
  EXPECT_EQ(server.number("innodb_buffer_pool_size"), 67108864);
  ASSERT_NE(server.setting("max_connections"), nullptr);
  EXPECT_EQ(server.setting("max_connections")->source, "configuration file");
  EXPECT_TRUE(server.on("performance_schema"));
  EXPECT_GT(server.status_total("Questions").value_or(0), 0);
  EXPECT_TRUE(server.status_total("innodb_metrics.trx_rseg_history_len").has_value());
  EXPECT_TRUE(server.status_total("innodb_monitor.history_list_length").has_value());
  EXPECT_TRUE(server.status_total("innodb_monitor.checkpoint_age").has_value());
  const bool has_root = std::any_of(server.roles.begin(), server.roles.end(), [](const auto& role) {
    return role.name == "root" && role.superuser && role.password_kind == "none";
  });
  EXPECT_TRUE(has_root);
  EXPECT_EQ(not_collected(collected.snapshot), "");
  ASSERT_TRUE(collected.snapshot.resources.host.has_value());
  EXPECT_GT(collected.snapshot.resources.host->memory_bytes, 0);
  EXPECT_GT(collected.snapshot.cost.statements, 20);
  EXPECT_GT(collected.snapshot.cost.rows, 1000);
}

TEST_P(MysqlCollect, OwnSettingsOfMysql) {
  if (mariadb()) return;
  const auto collected = collect(source().url());
  const auto& server = collected.snapshot.server;
  const auto* waiting = server.setting("table_open_cache_instances");
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->persisted, "3");
  EXPECT_TRUE(waiting->pending_restart);
  EXPECT_EQ(server.status_total("cost.row_evaluate_cost"), 0.1);
}

TEST_P(MysqlCollect, TablesAndColumns) {
  const auto collected = collect(source().url());
  const auto& snapshot = collected.snapshot;
  const auto& customers = find_table(snapshot, "customers");
  EXPECT_EQ(customers.schema, "shop");
  EXPECT_EQ(customers.storage_engine, "InnoDB");
  EXPECT_EQ(customers.row_format, "Dynamic");
  EXPECT_NEAR(customers.row_estimate.value_or(0), 800, 80);
  EXPECT_EQ(customers.heap_bytes, customers.pages * 16384);
  EXPECT_GT(customers.index_bytes, 0);
  EXPECT_GT(customers.next_auto_increment.value_or(0), 800);
  EXPECT_TRUE(customers.last_analyze_age_seconds.has_value());
  ASSERT_EQ(customers.columns.size(), 9U);
  EXPECT_TRUE(customers.columns[0].auto_increment);
  EXPECT_EQ(customers.columns[2].character_set, "latin1");
  EXPECT_EQ(customers.columns[3].generated, "virtual");
  EXPECT_THAT(customers.columns[3].generation_expression, HasSubstr("substring_index(`email`"));
  EXPECT_EQ(customers.columns[4].default_expression, "0.00");
  EXPECT_EQ(customers.columns[5].default_expression, "'new'");
  EXPECT_EQ(customers.columns[5].base_type, "enum");
  EXPECT_TRUE(customers.columns[7].invisible);
  const auto& old = find_table(snapshot, "old_orders");
  EXPECT_EQ(old.storage_engine, "MyISAM");
  EXPECT_EQ(old.row_estimate, 2);
  EXPECT_EQ(old.collation, "latin1_swedish_ci");
  EXPECT_EQ(snapshot.server.databases.size(), 2U);
  EXPECT_GT(snapshot.server.databases[1].size_bytes, customers.heap_bytes);
}

TEST_P(MysqlCollect, Indexes) {
  const auto collected = collect(source().url());
  const auto& customers = find_table(collected.snapshot, "customers");
  const auto& primary = find_index(customers, "PRIMARY");
  EXPECT_TRUE(primary.primary && primary.unique && primary.clustered);
  EXPECT_NEAR(primary.prefix_distinct.at(0), 800, 80);
  EXPECT_EQ(primary.size_bytes, customers.heap_bytes);
  EXPECT_EQ(find_index(customers, "note_start").parts[0].prefix_length, 20);
  const auto& status = find_index(customers, "status_created");
  ASSERT_EQ(status.prefix_distinct.size(), 3U);
  EXPECT_EQ(status.prefix_distinct[0], 2);
  EXPECT_GT(status.leaf_pages, 0);
  const auto& placed = find_index(find_table(collected.snapshot, "orders"), "placed");
  EXPECT_TRUE(placed.parts[0].descending);
  EXPECT_FALSE(placed.parts[1].descending);
  const auto& texts = find_table(collected.snapshot, "texts");
  EXPECT_EQ(find_index(texts, "words").method, "fulltext");
  EXPECT_EQ(find_index(texts, "place").method, "spatial");
  const auto& modern = find_table(collected.snapshot, "modern");
  EXPECT_TRUE(find_index(modern, "unseen").hidden);
  if (mariadb()) return;
  EXPECT_EQ(find_index(modern, "lower_name").parts[0].expression, "lower(`name`)");
  EXPECT_THAT(find_index(modern, "tag").parts[0].expression, HasSubstr("unsigned array"));
}

TEST_P(MysqlCollect, ConstraintsPartitionsAndOtherObjects) {
  const auto collected = collect(source().url());
  const auto& snapshot = collected.snapshot;
  const auto& orders = find_table(snapshot, "orders");
  const auto& customers = find_table(snapshot, "customers");
  int found = 0;
  for (const auto& constraint : orders.constraints) {
    if (constraint.name == "orders_customer") {
      ++found;
      EXPECT_EQ(constraint.kind, model::ConstraintKind::foreign_key);
      EXPECT_THAT(constraint.columns, ElementsAre("customer_id"));
      EXPECT_EQ(constraint.referenced_table, customers.id);
      EXPECT_EQ(constraint.on_delete, "cascade");
      EXPECT_EQ(constraint.index, find_index(customers, "PRIMARY").id);
    }
    if (constraint.name == "positive") {
      ++found;
      EXPECT_EQ(constraint.kind, model::ConstraintKind::check);
      EXPECT_FALSE(constraint.not_enforced);
    }
    if (constraint.name == "lax") {
      EXPECT_TRUE(constraint.not_enforced);
    }
  }
  EXPECT_EQ(found, 2);
  ASSERT_EQ(orders.triggers.size(), 1U);
  EXPECT_EQ(orders.triggers[0].name, "touch");
  const auto& events = find_table(snapshot, "events");
  ASSERT_EQ(events.partitions.size(), 2U);
  EXPECT_EQ(events.partitions[0].name, "p2024");
  EXPECT_EQ(events.partitions[1].description, "MAXVALUE");
  EXPECT_NEAR(events.partitions[0].rows, 213, 20);
  EXPECT_NEAR(events.row_estimate.value_or(0), 599, 60);
  EXPECT_EQ(find_index(events, "what").prefix_distinct.at(0), 1);
  ASSERT_EQ(snapshot.schema.views.size(), 1U);
  EXPECT_EQ(snapshot.schema.views[0].uses.size(), 2U);
  ASSERT_EQ(snapshot.schema.functions.size(), 1U);
  EXPECT_EQ(snapshot.schema.functions[0].volatility, "immutable");
  EXPECT_TRUE(snapshot.schema.functions[0].security_definer);
  if (!mariadb()) return;
  ASSERT_EQ(snapshot.schema.sequences.size(), 1U);
  EXPECT_EQ(snapshot.schema.sequences[0].maximum, 1000);
}

TEST_P(MysqlCollect, StatisticsOfColumnsHoldNoValues) {
  const auto collected = collect(source().url());
  const auto& customers = find_table(collected.snapshot, "customers");
  const auto& status = customers.columns[5].stats;
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(status->has_histogram);
  EXPECT_EQ(status->histogram_kind, mariadb() ? "json_hb" : "singleton");
  ASSERT_EQ(status->common_frequencies.size(), 2U);
  EXPECT_NEAR(status->common_frequencies[0], 0.9, 0.01);
  EXPECT_TRUE(status->histogram.empty());
  ASSERT_TRUE(customers.columns[2].stats.has_value());
  EXPECT_NEAR(customers.columns[2].stats->distinct, 800, 1);
  EXPECT_THAT(model::to_json(collected.snapshot), Not(HasSubstr("SECRET")));
}

TEST_P(MysqlCollect, StatisticsOfColumnsWithValuesWhenAskedFor) {
  engine::CollectOptions options;
  options.window_seconds = 0;
  options.planner_facts = true;
  const auto collected = collect(source().url(), options);
  const auto& status = find_table(collected.snapshot, "customers").columns[5].stats;
  ASSERT_TRUE(status.has_value());
  ASSERT_EQ(status->histogram.size(), 2U);
  EXPECT_EQ(status->histogram[0].low, "new");
  EXPECT_EQ(status->histogram[1].high, "active");
  EXPECT_NEAR(status->histogram[1].cumulative, 1, 1e-6);
}

TEST_P(MysqlCollect, LeastPrivilege) {
  const auto kind = mariadb() ? model::EngineKind::mariadb : model::EngineKind::mysql;
  source().sql(engine::mysql::grants_script(kind, "watcher", {"shop"}));
  source().sql("ALTER USER watcher IDENTIFIED BY 'SECRETpassword' ACCOUNT UNLOCK");
  const auto collected = collect(source().tcp_url_for("watcher:SECRETpassword"));
  const auto& snapshot = collected.snapshot;
  EXPECT_NE(find_statement(snapshot, "INSERT INTO"), nullptr);
  EXPECT_NEAR(find_index(find_table(snapshot, "customers"), "PRIMARY").prefix_distinct.at(0), 800,
              80);
  EXPECT_FALSE(snapshot.server.superuser);
  EXPECT_FALSE(snapshot.server.status.empty());
  // Accounts are optional, and so are schemas that were not named.
  for (const auto& one : snapshot.not_collected) {
    EXPECT_TRUE(one.what == "accounts" || one.what == "plans of writes") << not_collected(snapshot);
  }
  EXPECT_THAT(model::to_json(snapshot), Not(HasSubstr("SECRET")));
}

TEST_P(MysqlCollect, WithoutAnyPrivilege) {
  source().sql("CREATE USER IF NOT EXISTS nobody IDENTIFIED BY 'pw'");
  const auto collected = collect(source().tcp_url_for("nobody:pw"));
  const auto& snapshot = collected.snapshot;
  EXPECT_FALSE(snapshot.server.version.empty());
  EXPECT_FALSE(snapshot.server.settings.empty());
  EXPECT_TRUE(snapshot.schema.tables.empty());
  EXPECT_TRUE(snapshot.workload.statements.empty());
  const std::string missing = not_collected(snapshot);
  EXPECT_THAT(missing, HasSubstr("GRANT SELECT ON performance_schema.* TO 'nobody'@'%';"));
  EXPECT_THAT(missing, HasSubstr("GRANT PROCESS ON *.* TO 'nobody'@'%';"));
  EXPECT_THAT(missing, HasSubstr("GRANT SELECT ON *.* TO 'nobody'@'%';"));
}

}  // namespace
}  // namespace whet::live
