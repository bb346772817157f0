#include "sql/mysql/normalize.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace whet::sql::mysql {
namespace {

std::string normal(std::string_view text) {
  const std::string once = normalize(text, {});
  EXPECT_EQ(normalize(once, {}), once) << text;
  return once;
}

TEST(MysqlNormalize, LiteralsBecomePlaces) {
  const std::pair<const char*, const char*> all[] = {
      {"select 'a', 1, 1.5, x'41', 0x41, N'b', _utf8mb4'c' from t",
       "select ?, ?, ?, ?, ?, ?, ? from t"},
      {"select'a'from t where b='c'and d=1", "select ? from t where b=? and d=?"},
      {"select * from t where id = -5 and a = b - 5", "select * from t where id = ? and a = b - ?"},
      {"select 'a' 'b'", "select ?"},
      {"select * from t where a is null and b <=> null",
       "select * from t where a is null and b <=> null"},
      {"select a from t where b = ? and c = 1", "select a from t where b = ? and c = ?"},
      {"select @a, @'b', @@sql_mode", "select @a, @?, @@sql_mode"},
      {"grant select on a.* to 'u'@'h' identified by 'p'",
       "grant select on a.* to ?@? identified by ?"},
      {"select 'cut off", "select ?"},
  };
  for (const auto& [text, expected] : all) EXPECT_EQ(normal(text), expected) << text;
}

TEST(MysqlNormalize, Lists) {
  const std::pair<const char*, const char*> all[] = {
      {"select a from t where b in (1)", "select a from t where b in (...)"},
      {"select a from t where b in(1, -2,null)", "select a from t where b in(...)"},
      {"select a from t where b in (1, now())", "select a from t where b in (?, now())"},
      {"select a from t where b in (select 1)", "select a from t where b in (select ?)"},
      {"select a from t where (b, c) in ((1, 2), (3, 4))",
       "select a from t where (b, c) in ((...))"},
      {"insert into t values (1, 'a'), (2, 'b') on duplicate key update a = values(a)",
       "insert into t values (...) on duplicate key update a = values(a)"},
      {"insert into t values (1), (2)", "insert into t values (?)"},
      {"insert into t values (1, now()), (2, NOW())", "insert into t values (?, now())"},
      {"insert into t values (1, now()), (2, b)", "insert into t values (?, now()), (?, b)"},
      {"select f(1, 2), g(1) from t limit 5, 10", "select f(?, ?), g(?) from t limit ?, ?"},
      {"SELECT * FROM `t` WHERE `b` IN (...) LIMIT ?, ...",
       "SELECT * FROM `t` WHERE `b` IN (...) LIMIT ?, ..."},
      {"INSERT INTO `t` VALUES (...) /* , ... */", "INSERT INTO `t` VALUES (...)"},
  };
  for (const auto& [text, expected] : all) EXPECT_EQ(normal(text), expected) << text;
}

TEST(MysqlNormalize, CommentsAndHints) {
  const std::pair<const char*, const char*> all[] = {
      {"select a -- secret\nfrom/* 5 */t;", "select a from t"},
      {"select /*!40001 SQL_NO_CACHE */ a from t", "select SQL_NO_CACHE a from t"},
      {"select /*+ MAX_EXECUTION_TIME(1000) */ a from t",
       "select /*+ MAX_EXECUTION_TIME(?) */ a from t"},
      {"select /*+ */ 1", "select ?"},
      {"select 5 - -- x\n -6", "select ? - ?"},
      {"select 5--", "select ?"},
      {"select 5--;", "select ?- -"},
  };
  for (const auto& [text, expected] : all) EXPECT_EQ(normal(text), expected) << text;
}

TEST(MysqlNormalize, Positions) {
  const std::pair<const char*, const char*> all[] = {
      {"select a, b from t group by 1, 2 order by 2 desc, 1 limit 1",
       "select a, b from t group by 1, 2 order by 2 desc, 1 limit ?"},
      {"select a from t order by 1 + 1, 5000, f(1)", "select a from t order by ? + ?, ?, f(?)"},
      {"select group_concat(a order by 1 separator ',') from t",
       "select group_concat(a order by 1 separator ?) from t"},
      {"select a from t order by field(a, 1, 2), 1", "select a from t order by field(a, ?, ?), 1"},
  };
  for (const auto& [text, expected] : all) EXPECT_EQ(normal(text), expected) << text;
}

TEST(MysqlNormalize, ResolvedText) {
  EXPECT_EQ(mask("/* select#1 */ select `s`.`o`.`id` AS `id` from `s`.`orders` `o` where "
                 "(`s`.`o`.`status` = 'paid')",
                 {}),
            "select `s`.`o`.`id` AS `id` from `s`.`orders` `o` where (`s`.`o`.`status` = ?)");
  EXPECT_EQ(mask("select <cache>((now() - interval 1 day)), '5' AS `id` /*+ x */ from `t`", {}),
            "select <cache>((now() - interval ? day)), ? AS `id` from `t`");
}

TEST(MysqlNormalize, CutOff) {
  for (const char* text : {"SELECT `a` , ...", "SELECT `a` FROM `t` WHERE ...", "SELECT ? , ...",
                           "select 'abc...", "select `abc", "select a /* abc", "..."})
    EXPECT_TRUE(truncated(text, {})) << text;
  for (const char* text : {"SELECT ?, ...", "SELECT * FROM `t` LIMIT ?, ...  ", "select ''",
                           "SELECT `a` IN (...)", "select `a`", "", "select 1 -- x", "a /* b */"})
    EXPECT_FALSE(truncated(text, {})) << text;
}

TEST(MysqlNormalize, SplitsAtSemicolons) {
  EXPECT_EQ(split("select ';' -- ;\n; /* ; */ select `;`;;  -- end", {}),
            (std::vector<std::string>{"select ';' -- ;", "/* ; */ select `;`"}));
}

TEST(MysqlNormalize, ValuesInTheirPlaces) {
  EXPECT_EQ(with_values("SELECT COUNT ( * ) FROM `t` WHERE `a` IN (...) AND SUM ( ? ) > ?",
                        {"1", "2", "3"}, {}),
            "SELECT COUNT( * ) FROM `t` WHERE `a` IN (1) AND SUM( 2 ) > 3");
  EXPECT_EQ(with_values("select a from t where b = ? and c in (...) and d = '?' limit ?",
                        {"5", "'x', 'y'", ""}, {}),
            "select a from t where b = 5 and c in ('x', 'y') and d = '?' limit ?");
}

TEST(MysqlNormalize, HugeTextIsLinear) {
  std::string text = "insert into t values ";
  while (text.size() < 1000000) text += "(1, 'a', now()), ";
  EXPECT_EQ(normalize(text + "(1, 'a', now())", {}), "insert into t values (?, ?, now())");
  std::string open(1000000, '(');
  EXPECT_EQ(normalize(open, {}).size(), open.size());
  std::string quotes;
  for (int i = 0; i < 200000; ++i) quotes += "/*+ `\"'";
  EXPECT_FALSE(normalize(quotes, {}).empty());
}

}  // namespace
}  // namespace whet::sql::mysql
