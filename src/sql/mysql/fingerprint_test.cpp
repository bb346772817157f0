#include "sql/mysql/fingerprint.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "sql/mysql/normalize.h"

namespace whet::sql::mysql {
namespace {

struct Same {
  const char* text;
  const char* mysql;    ///< its DIGEST_TEXT on MySQL 9.7
  const char* mariadb;  ///< and on MariaDB 10.11; empty where it does not parse there
};

// clang-format off
constexpr Same same[] = {
    {R"(select 1, 2, 'x')",
     R"(SELECT ?, ...)",
     R"(SELECT ?, ...)"},
    {R"(select * from t where id in (1))",
     R"(SELECT * FROM `t` WHERE `id` IN (...))",
     R"(SELECT * FROM `t` WHERE ID IN (?))"},
    {R"(select * from t where id in (1,2,3))",
     R"(SELECT * FROM `t` WHERE `id` IN (...))",
     R"(SELECT * FROM `t` WHERE ID IN (...))"},
    {R"(select * from t where id = -5 and x > +3 and y = x - 3)",
     R"(SELECT * FROM `t` WHERE `id` = ? AND `x` > ? AND `y` = `x` - ?)",
     R"(SELECT * FROM `t` WHERE ID = - ? AND `x` > + ? AND `y` = `x` - ?)"},
    {R"(select `a`, B, count(*), sum(distinct `k`) from db.T where status = 'x' limit 5,10)",
     R"(SELECT `a` , `B` , COUNT ( * ) , SUM ( DISTINCTROW `k` ) FROM `db` . `T` WHERE STATUS = ? LIMIT ?, ...)",
     R"(SELECT `a` , `B` , COUNT ( * ) , SUM ( DISTINCTROW `k` ) FROM `db` . `T` WHERE STATUS = ? LIMIT ?, ...)"},
    {R"(select * from t where a is null and b <=> null and c = null)",
     R"(SELECT * FROM `t` WHERE `a` IS NULL AND `b` <=> ? AND `c` = ?)",
     R"(SELECT * FROM `t` WHERE `a` IS NULL AND `b` <=> ? AND `c` = ?)"},
    {R"(insert into t values (1,'a'),(2,'b'))",
     R"(INSERT INTO `t` VALUES (...) /* , ... */)",
     R"(INSERT INTO `t` VALUES (...) /* , ... */)"},
    {R"(insert into t values (1))",
     R"(INSERT INTO `t` VALUES (?))",
     R"(INSERT INTO `t` VALUES (?))"},
    {R"(insert into t(a,b) values (1, now()), (2, now()))",
     R"(INSERT INTO `t` ( `a` , `b` ) VALUES ( ? , NOW ( ) ) , ( ? , NOW ( ) ))",
     R"(INSERT INTO `t` ( `a` , `b` ) VALUES ( ? , NOW ( ) ) , ( ? , NOW ( ) ))"},
    {R"(select _utf8mb4'abc', N'x', x'41', 0x41, b'01', date'2020-01-01', interval 1 day + d from t)",
     R"(SELECT (_charset) ?, ... , DATE ? , INTERVAL ? SQL_TSI_DAY + `d` FROM `t`)",
     R"(SELECT (_charset) ?, ... , (unknown) , ?, ... , DATE ? , INTERVAL ? SQL_TSI_DAY + `d` FROM `t`)"},
    {R"(set @a := 5)",
     R"(SET @? := ?)",
     R"(SET @? := ?)"},
    {R"(select a->'$.x', a->>'$.y' from t where a <> 3 and b != 4 and c && d and e || f and not g and !h)",
     R"(SELECT `a` -> ? , `a` ->> ? FROM `t` WHERE `a` != ? AND `b` != ? AND `c` && `d` AND `e` || `f` AND NOT `g` AND ! `h`)",
     R"()"},
    {R"(select substr(a,1,2), substring(a from 1 for 2), mid(a,1,2), lower(a), ifnull(a, 1), now(), current_timestamp, curdate(), date_add(d, interval 1 day) from t)",
     R"(SELECT SUBSTRING ( `a` , ?, ... ) , SUBSTRING ( `a` FROM ? FOR ? ) , SUBSTRING ( `a` , ?, ... ) , `lower` ( `a` ) , `ifnull` ( `a` , ? ) , NOW ( ) , NOW , CURDATE ( ) , DATE_ADD ( `d` , INTERVAL ? SQL_TSI_DAY ) FROM `t`)",
     R"(SELECT SUBSTRING ( `a` , ?, ... ) , SUBSTRING ( `a` FROM ? FOR ? ) , SUBSTRING ( `a` , ?, ... ) , `lower` ( `a` ) , `ifnull` ( `a` , ? ) , NOW ( ) , NOW , CURDATE ( ) , DATE_ADD ( `d` , INTERVAL ? SQL_TSI_DAY ) FROM `t`)"},
    {R"(select 'a' 'b' from t)",
     R"(SELECT ? ? FROM `t`)",
     R"(SELECT ? ? FROM `t`)"},
    {R"(select /*+ MAX_EXECUTION_TIME(1000) */ a from t -- x)",
     R"(SELECT /*+ MAX_EXECUTION_TIME (?) */ `a` FROM `t`)",
     R"(SELECT `a` FROM `t`)"},
    {R"(select a from t use index (i1) where a like 'x%' escape '!' group by 2 order by 1 desc)",
     R"(SELECT `a` FROM `t` USE INDEX ( `i1` ) WHERE `a` LIKE ? ESCAPE ? GROUP BY 2 ORDER BY 1 DESC)",
     R"(SELECT `a` FROM `t` USE INDEX ( `i1` ) WHERE `a` LIKE ? ESCAPE ? GROUP BY ? ORDER BY ? DESC)"},
    {R"(select distinct a from t where (a,b) in ((1,2),(3,4)) and exists (select 1 from s))",
     R"(SELECT DISTINCTROW `a` FROM `t` WHERE ( `a` , `b` ) IN ( (...) /* , ... */ ) AND EXISTS ( SELECT ? FROM `s` ))",
     R"(SELECT DISTINCTROW `a` FROM `t` WHERE ( `a` , `b` ) IN ( (...) /* , ... */ ) AND EXISTS ( SELECT ? FROM `s` ))"},
    {R"(select t.`a` from db.t where x rlike 'a' or y regexp 'b')",
     R"(SELECT `t` . `a` FROM `db` . `t` WHERE `x` RLIKE ? OR `y` RLIKE ?)",
     R"(SELECT `t` . `a` FROM `db` . `t` WHERE `x` RLIKE ? OR `y` RLIKE ?)"},
    {R"(select case when a = 1 then 'x' else true end, cast(a as decimal(10,2)), a div 2, a mod 3, a % 3, a xor b from t)",
     R"(SELECT CASE WHEN `a` = ? THEN ? ELSE TRUE END , CAST ( `a` AS DECIMAL (...) ) , `a` DIV ? , `a` MOD ? , `a` % ? , `a` XOR `b` FROM `t`)",
     R"(SELECT CASE WHEN `a` = ? THEN ? ELSE TRUE END , CAST ( `a` AS DECIMAL (...) ) , `a` DIV ? , `a` MOD ? , `a` % ? , `a` XOR `b` FROM `t`)"},
    {R"(update t set a = a + 1, b = default where id between 1 and 2)",
     R"(UPDATE `t` SET `a` = `a` + ? , `b` = DEFAULT WHERE `id` BETWEEN ? AND ?)",
     R"(UPDATE `t` SET `a` = `a` + ? , `b` = DEFAULT WHERE ID BETWEEN ? AND ?)"},
    {R"(select std(a), stddev(a), variance(a), var_pop(a), session_user(), system_user(), user() from t)",
     R"(SELECT STDDEV_POP ( `a` ) , STDDEV_POP ( `a` ) , VAR_POP ( `a` ) , VAR_POP ( `a` ) , SYSTEM_USER ( ) , SYSTEM_USER ( ) , SYSTEM_USER ( ) FROM `t`)",
     R"(SELECT STDDEV_POP ( `a` ) , STDDEV_POP ( `a` ) , VAR_POP ( `a` ) , VAR_POP ( `a` ) , SYSTEM_USER ( ) , SYSTEM_USER ( ) , SYSTEM_USER ( ) FROM `t`)"},
    {R"(select a from t where f(1,2,3) = 4 and g( 1 ) = 3 and match(a) against ('x' in boolean mode))",
     R"(SELECT `a` FROM `t` WHERE `f` (...) = ? AND `g` (?) = ? AND MATCH ( `a` ) AGAINST ( ? IN BOOLEAN MODE ))",
     R"(SELECT `a` FROM `t` WHERE `f` (...) = ? AND `g` (?) = ? AND MATCH ( `a` ) AGAINST ( ? IN BOOLEAN MODE ))"},
    {R"(select a from 2020t where 1a = 3 and b = 1e5 and c = 1.5)",
     R"(SELECT `a` FROM `2020t` WHERE `1a` = ? AND `b` = ? AND `c` = ?)",
     R"(SELECT `a` FROM `2020t` WHERE `1a` = ? AND `b` = ? AND `c` = ?)"},
    {R"(select a from t limit 5 offset 6)",
     R"(SELECT `a` FROM `t` LIMIT ? OFFSET ?)",
     R"(SELECT `a` FROM `t` LIMIT ? OFFSET ?)"},
    {R"(show tables)",
     R"(SHOW TABLES)",
     R"(SHOW TABLES)"},
    {R"(call p(1,2))",
     R"(CALL `p` (...))",
     R"(CALL `p` (...))"},
    {R"(select character_length(a), char(1,2) from t)",
     R"(SELECT `character_length` ( `a` ) , CHARACTER (...) FROM `t`)",
     R"(SELECT `character_length` ( `a` ) , CHARACTER (...) FROM `t`)"},
    {R"(select @@version, @@session.sql_mode, @@global.sort_buffer_size, @x, @`y z`, @'q')",
     R"(SELECT @@`version` , @@SESSION . `sql_mode` , @@GLOBAL . `sort_buffer_size` , @? , @`y z` , @?)",
     R"()"},
    {R"(select * from t where a = -null and b in (1, null) and c in (true,false) and d = default(d))",
     R"(SELECT * FROM `t` WHERE `a` = - ? AND `b` IN (...) AND `c` IN ( TRUE , FALSE ) AND `d` = DEFAULT ( `d` ))",
     R"()"},
    {R"(insert into t values (1,null,default),(2,null,default))",
     R"(INSERT INTO `t` VALUES ( ?, ... , DEFAULT ) , ( ?, ... , DEFAULT ))",
     R"()"},
    {R"(select x, json_extract(a,'$.b') from t where a member of('[1,2]') and b not in (1,-2))",
     R"(SELECT `x` , `json_extract` ( `a` , ? ) FROM `t` WHERE `a` MEMBER OF (?) AND `b` NOT IN (...))",
     R"()"},
    {R"(select a from t as of_t where a in (select b from s where c in (1)) and b between -1 and -2)",
     R"(SELECT `a` FROM `t` AS `of_t` WHERE `a` IN ( SELECT `b` FROM `s` WHERE `c` IN (...) ) AND `b` BETWEEN ? AND ?)",
     R"()"},
    {R"(select * from t partition (p0) straight_join s using (a) left join (u join v on u.a=v.a) on u.a = t.a)",
     R"(SELECT * FROM `t` PARTITION ( `p0` ) STRAIGHT_JOIN `s` USING ( `a` ) LEFT JOIN ( `u` JOIN `v` ON `u` . `a` = `v` . `a` ) ON `u` . `a` = `t` . `a`)",
     R"()"},
    {R"(select a from t where `Weird Name` = 1 and x.`Y` = 2 limit 1;)",
     R"(SELECT `a` FROM `t` WHERE `Weird Name` = ? AND `x` . `Y` = ? LIMIT ?)",
     R"()"},
    {R"(select 0x41, b'01' , x'41')",
     R"(SELECT ?, ...)",
     R"()"},
    {R"(with r as (select 1 as n union all select n+1 from r where n < 5) select * from r)",
     R"(WITH `r` AS ( SELECT ? AS `n` UNION ALL SELECT `n` + ? FROM `r` WHERE `n` < ? ) SELECT * FROM `r`)",
     R"()"},
};
// clang-format on

TEST(MysqlFingerprint, EqualForStatementAndDigests) {
  for (const Same& one : same) {
    const std::string wanted = fingerprint(one.text, {});
    EXPECT_EQ(wanted.size(), 16U);
    EXPECT_EQ(fingerprint(one.mysql, {}), wanted) << one.text << "\n" << one.mysql;
    if (*one.mariadb != '\0') {
      EXPECT_EQ(fingerprint(one.mariadb, {}), wanted) << one.text << "\n" << one.mariadb;
    }
    EXPECT_EQ(fingerprint(normalize(one.text, {}), {}), wanted) << normalize(one.text, {});
  }
}

TEST(MysqlFingerprint, DiffersBetweenStatements) {
  std::map<std::string, const char*> seen;
  for (const Same& one : same) {
    // These are the same as others on purpose.
    const std::string_view text = one.text;
    if (text == "select * from t where id in (1,2,3)" || text == "select 0x41, b'01' , x'41'")
      continue;
    const auto [at, fresh] = seen.emplace(fingerprint(one.text, {}), one.text);
    EXPECT_TRUE(fresh) << one.text << " and " << at->second;
  }
}

TEST(MysqlFingerprint, WhatDoesNotCount) {
  const std::string wanted = fingerprint("select a from t where b in (1, 2) and c <> 'x'", {});
  for (const char* text : {"SELECT a FROM t WHERE b IN (3) AND c != 'yy';",
                           "select/* x */`a`\n from t # y\n where `B` in(1,2,3,4)and c<>?",
                           "select /*+ NO_ICP(t) */ a from t where b in (?) and c <> _utf8mb4'x'",
                           "select a from t where b in (-1, +2) and c <> null"})
    EXPECT_EQ(fingerprint(text, {}), wanted) << text;
  EXPECT_NE(fingerprint("select a from t where b in (1, 2) and d <> 'x'", {}), wanted);
  EXPECT_NE(fingerprint("select a from t where b not in (1, 2) and c <> 'x'", {}), wanted);
  EXPECT_NE(fingerprint("select a from t limit 1", {}),
            fingerprint("select a from t limit 1, 2", {}));
}

TEST(MysqlFingerprint, IsTheSameForEver) {
  EXPECT_EQ(fingerprint("select 1", {}), "6beb5f1ac7f479e8");
}

}  // namespace
}  // namespace whet::sql::mysql
