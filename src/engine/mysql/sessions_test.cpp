#include "engine/mysql/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

using ::testing::ElementsAre;

TEST(Sessions, WaitsByState) {
  EXPECT_EQ(wait_of("Query", "executing", "").type, "CPU");
  EXPECT_EQ(wait_of("Query", "Waiting for table metadata lock", "").type, "Lock");
  EXPECT_EQ(wait_of("Query", "Waiting for table metadata lock", "").event,
            "Waiting for table metadata lock");
  EXPECT_EQ(wait_of("Query", "waiting for handler commit", "").type, "Commit");
  EXPECT_EQ(wait_of("Query", "Waiting for semi-sync ACK from replica", "").type, "Replication");
  EXPECT_EQ(wait_of("Query", "Sending to client", "").type, "Network");
  EXPECT_EQ(wait_of("Query", "Opening tables", "").type, "Stage");
  EXPECT_EQ(wait_of("Query", "", "").type, "CPU");
  EXPECT_EQ(wait_of("Sleep", "", "idle").type, "");
}

TEST(Sessions, WaitsByEvent) {
  EXPECT_EQ(wait_of("Query", "executing", "wait/io/file/innodb/innodb_data_file").type, "IO");
  EXPECT_EQ(wait_of("Query", "executing", "wait/synch/mutex/innodb/trx_mutex").type, "Latch");
  EXPECT_EQ(wait_of("Query", "executing", "wait/lock/metadata/sql/mdl").type, "Lock");
  EXPECT_EQ(wait_of("Query", "executing", "wait/io/socket/sql/client_connection").type, "Network");
  EXPECT_EQ(wait_of("Query", "executing", "wait/io/table/sql/handler").type, "CPU");
}

TEST(Sessions, Kinds) {
  EXPECT_EQ(kind_of_session("thread/sql/one_connection", "app", "Query"), "client backend");
  EXPECT_EQ(kind_of_session("", "repl", "Binlog Dump GTID"), "binlog dump");
  EXPECT_EQ(kind_of_session("thread/sql/replica_io", "", "Connect"), "replication receiver");
  EXPECT_EQ(kind_of_session("thread/sql/replica_worker", "", "Query"), "replication applier");
  EXPECT_EQ(kind_of_session("", "system user", "Slave_SQL"), "replication applier");
  EXPECT_EQ(kind_of_session("", "event_scheduler", "Daemon"), "event scheduler");
  EXPECT_EQ(kind_of_session("thread/sql/compress_gtid_table", "", "Daemon"), "background");
  EXPECT_EQ(state_of("Sleep", false), "idle");
  EXPECT_EQ(state_of("Sleep", true), "idle in transaction");
  EXPECT_EQ(state_of("Execute", true), "active");
}

TEST(Sessions, Clients) {
  EXPECT_EQ(client_of("localhost"), "local");
  EXPECT_EQ(client_of(""), "local");
  EXPECT_EQ(client_of("10.0.0.5:41230"), "10.0.0.5");
  EXPECT_EQ(client_of("fe80::1"), "fe80::1");
}

MetadataLock lock(const std::string& mode, long long session, bool pending = false) {
  return {"TABLE", "shop", "orders", mode, pending, session};
}

TEST(MetadataLocks, ConflictAsTheServerHasIt) {
  EXPECT_FALSE(metadata_locks_conflict("SHARED_READ", "SHARED_WRITE"));
  EXPECT_TRUE(metadata_locks_conflict("EXCLUSIVE", "SHARED_READ"));
  EXPECT_TRUE(metadata_locks_conflict("SHARED_READ", "EXCLUSIVE"));
  EXPECT_TRUE(metadata_locks_conflict("SHARED_UPGRADABLE", "SHARED_UPGRADABLE"));
  EXPECT_FALSE(metadata_locks_conflict("SHARED_UPGRADABLE", "SHARED_WRITE"));
  EXPECT_TRUE(metadata_locks_conflict("SHARED_NO_READ_WRITE", "SHARED_READ"));
  EXPECT_FALSE(metadata_locks_conflict("UNHEARD_OF", "EXCLUSIVE"));
}

TEST(MetadataLocks, HoldersBlockTheAlter) {
  const std::vector<MetadataLock> locks{lock("SHARED_READ", 5), lock("SHARED_WRITE", 6),
                                        lock("SHARED_UPGRADABLE", 7), lock("EXCLUSIVE", 7, true)};
  EXPECT_THAT(metadata_blockers(locks, 3), ElementsAre(5, 6));
}

TEST(MetadataLocks, ReadersQueueBehindTheAlter) {
  const std::vector<MetadataLock> locks{lock("SHARED_READ", 5),
                                        lock("EXCLUSIVE", 7, true),
                                        lock("SHARED_READ", 8, true),
                                        {"TABLE", "shop", "other", "EXCLUSIVE", false, 9}};
  EXPECT_THAT(metadata_blockers(locks, 2), ElementsAre(7));
  EXPECT_THAT(metadata_blockers(locks, 1), ElementsAre(5));
}

}  // namespace
}  // namespace whet::engine::mysql
