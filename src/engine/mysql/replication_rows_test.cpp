// Rows of versions that cannot run here are written after their manuals' lists of columns.
#include "engine/mysql/replication_rows.h"

#include <map>

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

constexpr const char* own = "ef7d83cf-e9a1-11f1-afd9-02fc00000001";
constexpr const char* source = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

using Columns = std::vector<std::pair<std::string, Rows::Value>>;

Rows one_row(const Columns& columns) {
  std::vector<std::string> names;
  std::vector<Rows::Value> values;
  for (const auto& [name, value] : columns) {
    names.push_back(name);
    values.push_back(value);
  }
  return {std::move(names), {std::move(values)}};
}

/// SHOW SLAVE STATUS of MySQL 5.7.
Columns mysql_57() {
  return {
      {"Slave_IO_State", "Waiting for master to send event"},
      {"Master_Host", "db1"},
      {"Master_User", "repl"},
      {"Master_Port", "3306"},
      {"Connect_Retry", "60"},
      {"Master_Log_File", "mysql-bin.000009"},
      {"Read_Master_Log_Pos", "5000"},
      {"Relay_Log_File", "relay-bin.000004"},
      {"Relay_Log_Pos", "320"},
      {"Relay_Master_Log_File", "mysql-bin.000009"},
      {"Slave_IO_Running", "Yes"},
      {"Slave_SQL_Running", "No"},
      {"Replicate_Do_DB", ""},
      {"Last_Errno", "1062"},
      {"Last_Error", "..."},
      {"Skip_Counter", "0"},
      {"Exec_Master_Log_Pos", "4000"},
      {"Relay_Log_Space", "1700"},
      {"Until_Condition", "None"},
      {"Master_SSL_Allowed", "No"},
      {"Seconds_Behind_Master", {}},
      {"Last_IO_Errno", "0"},
      {"Last_IO_Error", ""},
      {"Last_SQL_Errno", "1062"},
      {"Last_SQL_Error",
       "Could not execute Write_rows event on table shop.customers; Duplicate entry "
       "'bob@example.com' for key 'email', Error_code: 1062; handler error HA_ERR_FOUND_DUPP_KEY"},
      {"Master_Server_Id", "1"},
      {"Master_UUID", source},
      {"SQL_Delay", "0"},
      {"Slave_SQL_Running_State", ""},
      {"Retrieved_Gtid_Set", std::string(source) + ":1-100"},
      {"Executed_Gtid_Set", std::string(source) + ":1-90,\n" + own + ":1-2"},
      {"Auto_Position", "1"},
      {"Channel_Name", ""}};
}

TEST(Replication, ChannelOfMysql57) {
  ReplicaFacts facts;
  facts.server_uuid = own;
  facts.workers = 4;
  const auto channel = channel_of(one_row(mysql_57()), 0, facts);
  EXPECT_EQ(channel.source, "db1:3306");
  EXPECT_TRUE(channel.receiver_running);
  EXPECT_FALSE(channel.applier_running);
  EXPECT_EQ(channel.applier_error, 1062);
  EXPECT_EQ(channel.applier_message.find("bob@example.com"), std::string::npos);
  EXPECT_NE(channel.applier_message.find("shop.customers"), std::string::npos);
  EXPECT_FALSE(channel.seconds_behind);
  EXPECT_EQ(channel.unapplied_bytes, 1000);
  EXPECT_EQ(channel.missing_transactions, 10);
  EXPECT_EQ(channel.errant_transactions, 2);
  EXPECT_TRUE(channel.auto_position);
  EXPECT_FALSE(channel.encrypted);
  EXPECT_EQ(channel.workers, 4);
}

TEST(Replication, ChannelOfMysql80InNewWords) {
  Columns columns{{"Replica_IO_State", "Reconnecting after a failed source event read"},
                  {"Source_Host", "db1"},
                  {"Source_Port", "3306"},
                  {"Source_Log_File", "binlog.000010"},
                  {"Read_Source_Log_Pos", "200"},
                  {"Relay_Log_Pos", "4"},
                  {"Relay_Source_Log_File", "binlog.000009"},
                  {"Replica_IO_Running", "Connecting"},
                  {"Replica_SQL_Running", "Yes"},
                  {"Exec_Source_Log_Pos", "999"},
                  {"Relay_Log_Space", "5004"},
                  {"Source_SSL_Allowed", "Yes"},
                  {"Seconds_Behind_Source", "12"},
                  {"Last_IO_Errno", "2003"},
                  {"Last_IO_Error", "error connecting to source 'repl@db1:3306'"},
                  {"Last_SQL_Errno", "0"},
                  {"Last_SQL_Error", ""},
                  {"SQL_Delay", "3600"},
                  {"Retrieved_Gtid_Set", ""},
                  {"Executed_Gtid_Set", ""},
                  {"Auto_Position", "0"},
                  {"Channel_Name", "west"}};
  const auto channel = channel_of(one_row(columns), 0, {});
  EXPECT_EQ(channel.name, "west");
  EXPECT_TRUE(channel.receiver_connecting);
  EXPECT_FALSE(channel.receiver_running);
  EXPECT_TRUE(channel.applier_running);
  EXPECT_EQ(channel.receiver_error, 2003);
  EXPECT_EQ(channel.seconds_behind, 12);
  EXPECT_EQ(channel.unapplied_bytes, 5000);
  EXPECT_FALSE(channel.missing_transactions);
  EXPECT_EQ(channel.errant_transactions, 0);
  EXPECT_EQ(channel.delay_seconds, 3600);
  EXPECT_TRUE(channel.encrypted);
}

TEST(Replication, ChannelOfMariadb) {
  Columns columns{{"Connection_name", "east"},
                  {"Slave_SQL_State", "Slave has read all relay log; waiting for more updates"},
                  {"Slave_IO_State", "Waiting for master to send event"},
                  {"Master_Host", "db1"},
                  {"Master_Port", "3306"},
                  {"Master_Log_File", "binlog.000001"},
                  {"Read_Master_Log_Pos", "500"},
                  {"Relay_Master_Log_File", "binlog.000001"},
                  {"Slave_IO_Running", "Yes"},
                  {"Slave_SQL_Running", "Yes"},
                  {"Exec_Master_Log_Pos", "500"},
                  {"Seconds_Behind_Master", "0"},
                  {"Using_Gtid", "Slave_Pos"},
                  {"Gtid_IO_Pos", "0-1-30,5-3-8"},
                  {"Retried_transactions", "7"},
                  {"Gtid_Slave_Pos", "0-1-24,5-3-8"}};
  ReplicaFacts facts;
  facts.server_id = 2;
  facts.binlog_position = "0-2-26,5-3-9";
  const auto channel = channel_of(one_row(columns), 0, facts);
  EXPECT_EQ(channel.name, "east");
  EXPECT_TRUE(channel.auto_position);
  EXPECT_EQ(channel.missing_transactions, 6);
  EXPECT_EQ(channel.errant_transactions, 2);  // 0-2-25 and 0-2-26; 5-3-9 is another server's
  EXPECT_EQ(channel.retries, 7);
  EXPECT_EQ(channel.seconds_behind, 0);
}

TEST(Replication, MessagesLoseTheirValues) {
  EXPECT_EQ(without_values("Duplicate entry '5' for key 'PRIMARY'"), "Duplicate entry '...'");
  EXPECT_EQ(without_values("Error 'x' on query. Default database: 'shop'. Query: 'INSERT ...'"),
            "Error '...' on query. Default database: '...'.");
  EXPECT_EQ(without_values("it's cut 'off"), "it'...'");
  EXPECT_EQ(without_values("Got fatal error 1236"), "Got fatal error 1236");
}

TEST(Replication, BusyWorkers) {
  std::vector<model::ReplicationChannel> channels(2);
  channels[1].name = "west";
  add_workers(Rows({"CHANNEL_NAME", "busy", "age"}, {{"", "1", "2.5"},
                                                     {"", "1", "7.5"},
                                                     {"", "0", {}},
                                                     {"west", "0", {}},
                                                     {"gone", "1", "1"}}),
              channels);
  EXPECT_EQ(channels[0].workers_busy, 2);
  EXPECT_EQ(channels[0].applying_behind_seconds, 7.5);
  EXPECT_EQ(channels[1].workers_busy, 0);
  EXPECT_FALSE(channels[1].applying_behind_seconds);
}

TEST(Replication, ConnectedReplicas) {
  const Rows rows({"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"},
                  {{"2", "db2", "3306", "1", "..."}, {"3", "", "3306", "1", "..."}});
  EXPECT_EQ(replica_of(rows, 0).name, "db2:3306");
  EXPECT_EQ(replica_of(rows, 1).name, "server 3");
}

TEST(Replication, GaleraMembers) {
  model::Server server;
  EXPECT_TRUE(galera_members(server).empty());
  const auto status = [&](const char* name, double total, const char* text) {
    model::StatusValue value;
    value.name = name;
    value.total = total;
    value.text = text;
    server.status.push_back(value);
  };
  status("wsrep_cluster_size", 3, "");
  status("wsrep_incoming_addresses", 0, "10.0.0.1:3306,10.0.0.2:3306,AUTO");
  status("wsrep_local_recv_queue", 4, "");
  status("wsrep_local_state_comment", 0, "Synced");
  model::Setting address, name;
  address.name = "wsrep_node_address";
  address.value = "10.0.0.1";
  name.name = "wsrep_node_name";
  name.value = "node1";
  server.settings = {address, name};
  const auto members = galera_members(server);
  ASSERT_EQ(members.size(), 2U);
  EXPECT_TRUE(members[0].self);
  EXPECT_EQ(members[0].name, "node1");
  EXPECT_EQ(members[0].state, "Synced");
  EXPECT_EQ(members[0].queued_transactions, 4);
  EXPECT_EQ(members[1].name, "10.0.0.2:3306");
}

TEST(Replication, GroupMembers) {
  const Rows rows(std::vector<std::string>(7),
                  {{"db1", "3306", "ONLINE", "PRIMARY", "8.4.3", "1", "12"}});
  Row row(rows, 0);
  const auto member = member_of(row);
  EXPECT_EQ(member.name, "db1:3306");
  EXPECT_EQ(member.role, "PRIMARY");
  EXPECT_TRUE(member.self);
  EXPECT_EQ(member.queued_transactions, 12);
}

}  // namespace
}  // namespace whet::engine::mysql
