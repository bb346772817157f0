#include "sql/mysql/kind.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace whet::sql::mysql {
namespace {

using model::StatementKind;

TEST(MysqlKind, ByVerb) {
  const std::pair<const char*, StatementKind> all[] = {
      {"select 1", StatementKind::select},
      {"((select 1) union (select 2))", StatementKind::select},
      {"/* x */ SELECT 1", StatementKind::select},
      {"with r as (select 1) select * from r", StatementKind::select},
      {"with r (a) as (select 1), s as (delete from t) update t set a = 1", StatementKind::update},
      {"with r as (select 1) delete from t", StatementKind::remove},
      {"table t", StatementKind::select},
      {"values row(1)", StatementKind::select},
      {"insert into t select 1", StatementKind::insert},
      {"replace into t values (1)", StatementKind::insert},
      {"update t set a = 1", StatementKind::update},
      {"delete from t", StatementKind::remove},
      {"start transaction", StatementKind::transaction},
      {"START REPLICA", StatementKind::utility},
      {"commit", StatementKind::transaction},
      {"create table t (a int)", StatementKind::ddl},
      {"truncate t", StatementKind::ddl},
      {"explain select 1", StatementKind::utility},
      {"call p()", StatementKind::utility},
      {"set @a = 1", StatementKind::utility},
      {"/*!50000 select */ 1", StatementKind::select},
      {"hello", StatementKind::other},
      {"", StatementKind::other},
      {"SELECT `a` , ...", StatementKind::select},
  };
  for (const auto& [text, kind] : all) {
    EXPECT_EQ(kind_of(text, {}), kind) << text;
    EXPECT_EQ(classify(text, {}).kind, kind) << text;
  }
}

TEST(MysqlKind, WhatMayRunAgain) {
  for (const char* text :
       {"select count(*), lower(a), `lower`(a) from t where b in (1, 2) and (c, d) = (1, 2)",
        "select now(), @@sql_mode", "select if(a, 1, 2), left(b, 2), insert(c, 1, 1, 'x') from t",
        "with r (a, b) as (select 1, 2), s (c) as (select a from r) select * from s",
        "select row_number() over (partition by a order by b) from t use index (i)",
        "select * from t where exists (select 1 from u) and x = any (select 1) order by f.into",
        "select a from t join s using (a) where match (a) against ('x' in boolean mode)",
        "select cast(a as decimal(10, 2)), convert(b using utf8mb4), interval(1, 2) from t",
        "select j.a from json_table('[]', '$' columns (a int path '$')) as j",
        "select * from (values row(1, 2)) as v (a, b)", "select 1 from (select 1) v(a)"}) {
    const auto made = classify(text, {});
    EXPECT_EQ(made.obstacle, "") << text;
    EXPECT_TRUE(made.pure_read) << text;
  }
}

TEST(MysqlKind, WhatMayNot) {
  const std::pair<const char*, const char*> all[] = {
      {"select a from t for update", "it locks the rows that it reads"},
      {"select a from t for share of t skip locked", "it locks the rows that it reads"},
      {"select a from t lock in share mode", "it locks the rows that it reads"},
      {"select a into @x from t", "it writes its result elsewhere"},
      {"select a from t into outfile 'x'", "it writes its result elsewhere"},
      {"select @a := 5", "it uses a variable of the session"},
      {"select @a", "it uses a variable of the session"},
      {"select sleep(5)", "it calls sleep"},
      {"select SLEEP (5)", "it calls sleep"},
      {"select rand()", "it calls rand"},
      {"select get_lock('a', 1)", "it calls get_lock"},
      {"select last_insert_id()", "it calls last_insert_id"},
      {"select db.f(1)", "it calls db.f, which may write"},
      {"select `f`(a) from t", "it calls f, which may write"},
      {"select nextval(s)", "it calls nextval"},
      {"select next value for s", "it uses a sequence"},
      {"update t set a = 1", "it is no query"},
      {"select 1; delete from t", "it is no query"},
      {"", "it is no query"},
  };
  for (const auto& [text, why] : all) EXPECT_EQ(classify(text, {}).obstacle, why) << text;
  EXPECT_FALSE(classify("select a from t for update", {}).pure_read);
  EXPECT_FALSE(classify("select @a := 5", {}).pure_read);
  EXPECT_TRUE(classify("select sleep(5)", {}).pure_read);
  EXPECT_FALSE(classify("select 1; delete from t", {}).pure_read);
}

TEST(MysqlKind, Functions) {
  EXPECT_EQ(
      text::join(classify("select COUNT(*), db.F(lower(a)) from t where b in (1)", {}).functions,
                 " "),
      "count db.f lower");
}

}  // namespace
}  // namespace whet::sql::mysql
