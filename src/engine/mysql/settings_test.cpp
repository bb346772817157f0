#include "engine/mysql/settings.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

TEST(MysqlSettings, BaseUnits) {
  EXPECT_EQ(base_value("innodb_buffer_pool_size", "134217728"), 134217728);
  EXPECT_EQ(base_value("wait_timeout", "28800"), 28800);
  EXPECT_EQ(base_value("max_execution_time", "1500"), 1.5);
  EXPECT_EQ(base_value("expire_logs_days", "2"), 172800);
  EXPECT_EQ(base_value("innodb_thread_sleep_delay", "10000"), 0.01);
  EXPECT_EQ(base_value("table_definition_cache", "-1"), -1);
  EXPECT_FALSE(base_value("sql_mode", "STRICT_ALL_TABLES"));
  EXPECT_EQ(unit_of("wait_timeout"), "s");
  EXPECT_EQ(unit_of("sort_buffer_size"), "B");
  EXPECT_EQ(unit_of("max_connections"), "");
}

TEST(MysqlSettings, SecretsStayHidden) {
  EXPECT_EQ(without_secret("report_password", "hunter2"), "(hidden)");
  EXPECT_EQ(without_secret("wsrep_sst_auth", "user:pw"), "(hidden)");
  EXPECT_EQ(without_secret("authentication_ldap_simple_bind_root_pwd", "x"), "(hidden)");
  EXPECT_EQ(without_secret("report_password", ""), "");
  EXPECT_EQ(without_secret("disconnect_on_expired_password", "ON"), "ON");
  EXPECT_EQ(without_secret("default_password_lifetime", "90"), "90");
  EXPECT_EQ(without_secret("validate_password.policy", "MEDIUM"), "MEDIUM");
}

TEST(MysqlSettings, TypesAndSources) {
  EXPECT_EQ(type_of("Boolean"), "bool");
  EXPECT_EQ(type_of("BIGINT UNSIGNED"), "integer");
  EXPECT_EQ(type_of("Numeric"), "real");
  EXPECT_EQ(type_of("VARCHAR"), "string");
  EXPECT_EQ(type_of(""), "");
  EXPECT_EQ(source_of("COMPILED"), "default");
  EXPECT_EQ(source_of("COMPILE-TIME"), "default");
  EXPECT_EQ(source_of("EXPLICIT"), "configuration file");
  EXPECT_EQ(source_of("PERSISTED"), "persisted");
  EXPECT_EQ(source_of("DYNAMIC"), "set while running");
  EXPECT_EQ(source_of("SQL"), "set while running");
}

TEST(MysqlSettings, TypeIsGuessedWhereTheServerDoesNotTell) {
  model::Setting setting;
  setting.name = "slow_query_log";
  fill_values(setting, "OFF", "");
  EXPECT_EQ(setting.type, "bool");
  EXPECT_FALSE(setting.number);
  model::Setting number;
  number.name = "innodb_io_capacity";
  fill_values(number, "200", "200");
  EXPECT_EQ(number.type, "integer");
  EXPECT_EQ(number.number, 200);
  EXPECT_EQ(number.default_number, 200);
}

TEST(MysqlSettings, PersistedValuesThatWait) {
  model::Setting setting;
  setting.name = "innodb_buffer_pool_instances";
  fill_values(setting, "1", "");
  note_persisted(setting, "8");
  EXPECT_EQ(setting.persisted, "8");
  EXPECT_TRUE(setting.pending_restart);
  note_persisted(setting, "1");
  EXPECT_FALSE(setting.pending_restart);
  model::Setting flag;
  flag.name = "slow_query_log";
  fill_values(flag, "ON", "");
  note_persisted(flag, "1");
  EXPECT_FALSE(flag.pending_restart);
}

TEST(MysqlSettings, RowOfMariadb) {
  const Rows rows({"VARIABLE_NAME", "GLOBAL_VALUE", "GLOBAL_VALUE_ORIGIN", "DEFAULT_VALUE",
                   "VARIABLE_TYPE", "READ_ONLY"},
                  {{"MAX_CONNECTIONS", "60", "CONFIG", "151", "BIGINT UNSIGNED", "NO"},
                   {"PERFORMANCE_SCHEMA", "ON", "CONFIG", "OFF", "BOOLEAN", "YES"}});
  const auto connections = mariadb_setting(rows, 0);
  EXPECT_EQ(connections.name, "max_connections");
  EXPECT_EQ(connections.number, 60);
  EXPECT_EQ(connections.default_number, 151);
  EXPECT_EQ(connections.source, "configuration file");
  EXPECT_EQ(connections.context, "superuser");
  EXPECT_EQ(mariadb_setting(rows, 1).context, "postmaster");
  EXPECT_EQ(mariadb_setting(rows, 1).type, "bool");
}

}  // namespace
}  // namespace whet::engine::mysql
