#include "sql/mysql/readable.h"

#include <utility>

#include <gtest/gtest.h>

#include "sql/mysql/fingerprint.h"

namespace whet::sql::mysql {
namespace {

TEST(MysqlReadable, BlanksOfDigestsGo) {
  const std::pair<const char*, const char*> all[] = {
      {"SELECT COUNT ( * ) FROM `ticket_events` WHERE DATE ( AT ) = ? AND `kind` = ?",
       "SELECT COUNT(*) FROM `ticket_events` WHERE DATE(AT) = ? AND `kind` = ?"},
      {"SELECT `t` . `id` , `c` . * FROM `shop` . `tickets` `t` WHERE `t` . `a` IN (...)",
       "SELECT `t`.`id`, `c`.* FROM `shop`.`tickets` `t` WHERE `t`.`a` IN (...)"},
      {"INSERT INTO `events` ( `a` , `b` ) VALUES (...)",
       "INSERT INTO `events` (`a`, `b`) VALUES (...)"},
      {"SELECT ? FROM ( SELECT MAX ( `a` ) FROM t ) AS `x` WHERE a AND ( b OR c )",
       "SELECT ? FROM (SELECT MAX(`a`) FROM t) AS `x` WHERE a AND (b OR c)"},
      {"INSERT INTO t ( a ) SELECT - ? FROM x USE INDEX ( i )",
       "INSERT INTO t (a) SELECT - ? FROM x USE INDEX (i)"},
      {"SELECT `CONCAT` ( ? , `n` ) FROM t", "SELECT `CONCAT`(?, `n`) FROM t"},
      {"INSERT INTO `shop` . `t` ( `a` ) VALUES (...)",
       "INSERT INTO `shop`.`t` (`a`) VALUES (...)"},
      {"select * from t where a = 1", "select * from t where a = 1"},
      {"SELECT * FROM t ORDER BY a LIMIT ?, ...", "SELECT * FROM t ORDER BY a LIMIT ?, ..."},
  };
  for (const auto& [text, expected] : all) {
    const std::string out = readable(text, {});
    EXPECT_EQ(out, expected);
    EXPECT_EQ(readable(out, {}), out);
    EXPECT_EQ(fingerprint(out, {}), fingerprint(text, {})) << text;
  }
}

}  // namespace
}  // namespace whet::sql::mysql
