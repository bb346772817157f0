#include <gtest/gtest.h>

#include "engine/mysql/status.h"

namespace whet::engine::mysql {
namespace {

constexpr const char* mysql_monitor = R"(
=====================================
2026-11-26 14:05:24 139934332020416 INNODB MONITOR OUTPUT
=====================================
Per second averages calculated from the last 29 seconds
------------------------
LATEST FOREIGN KEY ERROR
------------------------
2026-11-26 13:05:24 139934332020416 Transaction:
TRANSACTION 1727, ACTIVE 0 sec inserting
------------------------
LATEST DETECTED DEADLOCK
------------------------
2026-11-26 14:00:24 139934332020417
*** (1) TRANSACTION:
INSERT INTO t VALUES (5)
------------
TRANSACTIONS
------------
Trx id counter 1727
History list length 42
---
LOG
---
Log capacity                 33554432
Log sequence number          21739597
Log buffer assigned up to    21739597
Log flushed up to            21739343
Last checkpoint at           21730000
----------------------------
END OF INNODB MONITOR OUTPUT
============================
)";

TEST(InnodbMonitor, TellsPositionsAndMoments) {
  const InnodbMonitor monitor = parse_innodb_monitor(mysql_monitor);
  EXPECT_EQ(monitor.history_list_length, 42);
  EXPECT_EQ(monitor.log_position, 21739597);
  EXPECT_EQ(monitor.flushed_position, 21739343);
  EXPECT_EQ(monitor.checkpoint_position, 21730000);
  ASSERT_TRUE(monitor.printed_at && monitor.deadlock_at && monitor.foreign_key_error_at);
  EXPECT_EQ(*monitor.printed_at - *monitor.deadlock_at, 300);
  EXPECT_EQ(*monitor.printed_at - *monitor.foreign_key_error_at, 3600);
}

TEST(InnodbMonitor, OfMariadb) {
  const InnodbMonitor monitor = parse_innodb_monitor(
      "2026-11-26 14:05:24 0x7f0aac52a6c0 INNODB MONITOR OUTPUT\n"
      "History list length 7\n"
      "Log sequence number 1927572\nLog flushed up to   1927570\nPages flushed up to 44894\n"
      "Last checkpoint at  44878\n");
  EXPECT_EQ(monitor.history_list_length, 7);
  EXPECT_EQ(monitor.log_position, 1927572);
  EXPECT_EQ(monitor.checkpoint_position, 44878);
  EXPECT_FALSE(monitor.deadlock_at);
}

TEST(InnodbMonitor, OtherTextTellsNothing) {
  const InnodbMonitor monitor =
      parse_innodb_monitor("Log sequence number 1 2\nLATEST DETECTED DEADLOCK\n---\nno date\n");
  EXPECT_FALSE(monitor.log_position);
  EXPECT_FALSE(monitor.deadlock_at);
  EXPECT_FALSE(parse_innodb_monitor("").printed_at);
}

TEST(Timestamp, IsReadAsUtc) {
  EXPECT_EQ(timestamp_seconds("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(timestamp_seconds("2024-02-29 12:00:00"), 1709208000);
  EXPECT_EQ(timestamp_seconds("2026-11-26 14:03:38.500000"), 1795701818.5);
  EXPECT_FALSE(timestamp_seconds("0000-00-00 00:00:00"));
  EXPECT_FALSE(timestamp_seconds("2024-13-01 00:00:00"));
  EXPECT_FALSE(timestamp_seconds("yesterday"));
}

TEST(StatusValue, IsANumberOrText) {
  EXPECT_EQ(status_value("Questions", "126").total, 126);
  EXPECT_EQ(status_value("wsrep_cluster_status", "Primary").text, "Primary");
  EXPECT_EQ(status_value("wsrep_cluster_status", "Primary").total, 0);
}

TEST(StatusValue, SamplesAreJoinedByName) {
  std::vector<model::StatusValue> first{status_value("a", "10"), status_value("b", "5"),
                                        status_value("gone", "1")};
  join_samples(first, {status_value("a", "17"), status_value("b", "3"), status_value("new", "4")});
  ASSERT_EQ(first.size(), 4U);
  EXPECT_EQ(first[0].total, 17);
  EXPECT_EQ(first[0].window, 7);
  EXPECT_EQ(first[1].total, 3);
  EXPECT_EQ(first[1].window, 0);  // it fell
  EXPECT_EQ(first[2].name, "gone");
  EXPECT_EQ(first[3].name, "new");
  EXPECT_EQ(first[3].window, 0);
}

}  // namespace
}  // namespace whet::engine::mysql
