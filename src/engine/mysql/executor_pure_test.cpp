// What of the executor needs no server.
#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/mysql/executor_grants.h"
#include "engine/mysql/executor_inspect.h"
#include "engine/mysql/executor_process.h"
#include "engine/mysql/executor_settings.h"
#include "engine/mysql/executor_watch.h"

namespace whet::engine::mysql {
namespace {

TEST(Grants, OfServerSchemaAndTable) {
  const std::vector<std::string> grants = {
      "GRANT USAGE ON *.* TO `w`@`%`", "GRANT SELECT, ALTER ON `shop`.* TO `w`@`%`",
      "GRANT INSERT ON `shop`.`orders` TO `w`@`%`", "GRANT ALL PRIVILEGES ON `my\\_db`.* TO w"};
  EXPECT_EQ(granted(grants, "ALTER", "shop", "orders"), Granted::yes);
  EXPECT_EQ(granted(grants, "INSERT", "shop", "orders"), Granted::yes);
  EXPECT_EQ(granted(grants, "INSERT", "shop", "customers"), Granted::no);
  EXPECT_EQ(granted(grants, "ALTER", "shop2", "orders"), Granted::no);
  EXPECT_EQ(granted(grants, "DROP", "my_db", "t"), Granted::yes);
  EXPECT_EQ(granted(grants, "DROP", "myxdb", "t"), Granted::no) << "an escaped _ is no pattern";
  EXPECT_EQ(granted(grants, "SUPER", "", ""), Granted::no);
}

TEST(Grants, PatternsRolesAndTheWholeServer) {
  EXPECT_EQ(granted({"GRANT ALTER ON `shop%`.* TO w"}, "ALTER", "shop_eu", "t"), Granted::yes);
  EXPECT_EQ(granted({"GRANT SUPER, ALTER ON *.* TO w"}, "SUPER", "", ""), Granted::yes);
  EXPECT_EQ(granted({"GRANT `dba`@`%` TO `w`@`%`"}, "ALTER", "shop", "t"), Granted::unknown);
  EXPECT_EQ(granted({"GRANT ALTER ON `a.b`.`c` TO w"}, "ALTER", "a.b", "c"), Granted::yes);
}

TEST(IndexLine, IsFoundByItsName) {
  const char* const table =
      "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  PRIMARY KEY (`a`),\n"
      "  UNIQUE KEY `k``1` (`b`),\n  KEY `k` (`a`,`b` DESC) /*!80000 INVISIBLE */,\n"
      "  FULLTEXT KEY `ft` (`d`) /*!50100 WITH PARSER `ngram` */ \n) ENGINE=InnoDB";
  EXPECT_EQ(index_line(table, "k"), "KEY `k` (`a`,`b` DESC) /*!80000 INVISIBLE */");
  EXPECT_EQ(index_line(table, "k`1"), "UNIQUE KEY `k``1` (`b`)");
  EXPECT_EQ(index_line(table, "ft"), "FULLTEXT KEY `ft` (`d`) /*!50100 WITH PARSER `ngram` */");
  EXPECT_EQ(index_line(table, "b"), std::nullopt);
}

TEST(Settings, AreComparedAsTheServerReadsThem) {
  EXPECT_TRUE(same_setting("64M", "67108864"));
  EXPECT_TRUE(same_setting("on", "1"));
  EXPECT_TRUE(same_setting("0.1", "0.100000"));
  EXPECT_TRUE(same_setting("mrr=on", "index_merge=on,mrr=on,x=off"));
  EXPECT_FALSE(same_setting("mrr=on", "index_merge=on,mrr=off"));
  EXPECT_FALSE(same_setting("64M", "64"));
  EXPECT_FALSE(same_setting("ROW", "STATEMENT"));
}

TEST(Process, OfALockIsKnownToLiveOrToBeGone) {
  EXPECT_EQ(state_of_process(own_process()), ProcessState::alive);
  EXPECT_EQ(state_of_process("another/machine/1/2"), ProcessState::unknown);
  EXPECT_EQ(state_of_process(""), ProcessState::unknown);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string mark = own_process();
    static_cast<void>(!::write(ends[1], mark.data(), mark.size()));
    ::_exit(0);
  }
  char buffer[256];
  const auto size = ::read(ends[0], buffer, sizeof buffer);
  ASSERT_GT(size, 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(state_of_process({buffer, static_cast<std::size_t>(size)}), ProcessState::gone);
}

TEST(Watch, LeavesRoomOnADisk) {
  EXPECT_DOUBLE_EQ(least_free_bytes(1e12), 256.0 * 1048576);
  EXPECT_DOUBLE_EQ(least_free_bytes(100.0 * 1048576), 5.0 * 1048576);
}

}  // namespace
}  // namespace whet::engine::mysql
