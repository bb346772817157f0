#include "sql/normalize.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/tokens.h"

namespace whet::sql {
namespace {

using model::StatementKind;

struct Pair {
  const char* text;
  const char* normal;
};

TEST(Normalize, ReplacesLiterals) {
  const Pair pairs[] = {
      {"SELECT * FROM t WHERE a = 5 AND b = 'x'", "SELECT * FROM t WHERE a = $1 AND b = $2"},
      {"SELECT a FROM t WHERE b = $2 AND c = 1.5", "SELECT a FROM t WHERE b = $2 AND c = $3"},
      {"SELECT a, count(*) FROM t GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
       "SELECT a, count(*) FROM t GROUP BY 1 ORDER BY 2 DESC LIMIT $1"},
      {"SELECT x::numeric(10,2) FROM t WHERE y = 7", "SELECT x::numeric(10,2) FROM t WHERE y = $1"},
      {"select\n  a -- the secret is 42\n from t", "select a from t"},
      {"select /* user=bob */ a from t where b in (1, 2, 3)",
       "select a from t where b in ($1, $2, $3)"},
      {"insert into t values (1, 'a', null, true)", "insert into t values ($1, $2, $3, $4)"},
      {"select $$it's$$, e'a\\'b', U&'d\\0061t', B'101', X'1F'", "select $1, $2, $3, $4, $5"},
      {"select \"it's 5\" from t where a=-5", "select \"it's 5\" from t where a=$1"},
      {"select 'one'\n'two'", "select $1"},
      {"select'a'from t where b='c'and d=1", "select $1 from t where b=$2 and d=$3"},
      // Statements that are not planned lose every literal, those in DDL too.
      {"CREATE USER bob PASSWORD 'secret'", "CREATE USER bob PASSWORD $1"},
      {"ALTER ROLE bob SET work_mem = '1MB'", "ALTER ROLE bob SET work_mem = $1"},
      {"COPY t FROM PROGRAM 'curl -u a:b x'", "COPY t FROM PROGRAM $1"},
      {"CREATE TABLE t (a int DEFAULT 5, CHECK (a > 3))",
       "CREATE TABLE t (a int DEFAULT $1, CHECK (a > $2))"},
      {"CALL p(1, 'x')", "CALL p($1, $2)"},
      {"DO $x$ begin perform 'pw'; end $x$", "DO $1"},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(normalize(pair.text), pair.normal) << pair.text;
}

TEST(Normalize, TextThatDoesNotParseLosesItsLiteralsToo) {
  const Pair pairs[] = {
      {"SELECT * FROM t WHERE name = 'cut off in the mid", "SELECT * FROM t WHERE name = $1"},
      {"SELECT * FROM t WHERE name = $tag$cut off", "SELECT * FROM t WHERE name = $1"},
      {"SELECT * FROM t WHERE a = 1 AND", "SELECT * FROM t WHERE a = $1 AND"},
      {"SELECT a FROM t /* cut off 'x", "SELECT a FROM t"},
      {"SELECT a FROM t WHERE b = 0xFF AND c = 1_000 AND d = 1.5e-7 AND",
       "SELECT a FROM t WHERE b = $1 AND c = $2 AND d = $3 AND"},
      {"SELEC e'a\\'b', 'it''s', 3", "SELEC $1, $2, $3"},
      {"GET /index.html?token=abc123&n=17", "GET /index.html?token=abc123&n=$1"},
      {"", ""},
      {"  ;", ";"},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(normalize(pair.text), pair.normal) << pair.text;
}

TEST(Normalize, IsStableAndSurvivesBadBytes) {
  const std::string texts[] = {
      "select interval '5 days', date '2020-01-01', extract(year from x) from t",
      "$tag\x9c\x8c'''",
      "select '\xff\xfe', 'a' || chr(5)",
      std::string("select 'a\0b', 1", 15),
      "select " + std::string(5000, '(') + "1" + std::string(5000, ')'),
      "with x as (select 1) update t set a = 'b' from x where t.c = 'd' returning 'e'",
  };
  for (const std::string& text : texts) {
    const std::string once = normalize(text);
    EXPECT_EQ(normalize(once), once) << text;
    EXPECT_FALSE(text::contains(once, "'")) << once;
  }
}

TEST(Tokens, AreTheWholeText) {
  const std::string text =
      "sel 'a''b' \"c\"\"d\" $1 $x$ $y$ $x$ 1.5e3..2 <> /* a /* b */ c */ -- z";
  std::string together;
  for (const Token& token : tokens(text)) together += token.text;
  EXPECT_EQ(together, text);
}

TEST(Fingerprint, IgnoresWhatDoesNotMatter) {
  EXPECT_EQ(fingerprint("select * from t where a = 1"),
            fingerprint("SELECT  *\nFROM t WHERE a=$1 -- x"));
  EXPECT_EQ(fingerprint("select * from t where a in (1,2,3)"),
            fingerprint("select * from t where a in ($1)"));
  EXPECT_NE(fingerprint("select * from t where a = 1"), fingerprint("select * from t where b = 1"));
  EXPECT_EQ(fingerprint("select a from t where b in (1, 2) and"),
            fingerprint("select a FROM t where b in ($1) and"));
  EXPECT_NE(fingerprint("select a from t where b = 1 and"),
            fingerprint("select a from t where c = 1 and"));
  EXPECT_EQ(fingerprint("select 1").size(), 16U);
}

TEST(Kind, IsJudgedByTheGrammar) {
  const std::pair<const char*, StatementKind> texts[] = {
      {"select 1", StatementKind::select},
      {"(values (1))", StatementKind::select},
      {"with x as (select 1) insert into t select * from x", StatementKind::insert},
      {"update t set a = 1", StatementKind::update},
      {"delete from t", StatementKind::remove},
      {"merge into t using s on t.a = s.a when matched then delete", StatementKind::merge},
      {"create table x as select 1", StatementKind::ddl},
      {"alter table t add b int", StatementKind::ddl},
      {"begin", StatementKind::transaction},
      {"vacuum t", StatementKind::utility},
      {"show work_mem", StatementKind::utility},
      {"select json_table((", StatementKind::select},
      {"", StatementKind::other},
      {"hello world", StatementKind::other},
  };
  for (const auto& [text, kind] : texts) EXPECT_EQ(classify(text).kind, kind) << text;
}

TEST(Kind, PureReads) {
  EXPECT_TRUE(classify("select a from t where b = $1 order by c limit 3").pure_read);
  EXPECT_TRUE(classify("with x as (select 1) select * from x union select 2").pure_read);
  EXPECT_FALSE(classify("select a from t for update").pure_read);
  EXPECT_FALSE(classify("select * from (select a from t for no key update) x").pure_read);
  EXPECT_FALSE(classify("select a into u from t").pure_read);
  EXPECT_FALSE(classify("with x as (delete from t returning *) select * from x").pure_read);
  EXPECT_FALSE(classify("insert into t values (1)").pure_read);
  EXPECT_FALSE(classify("select a from t where (").pure_read);
  EXPECT_FALSE(classify("select 1; delete from t").pure_read);
  EXPECT_FALSE(classify("").pure_read);
}

TEST(Kind, NamesTheFunctions) {
  const auto found =
      classify("select count(*), pg_catalog.lower(a), app.next_no() from t where now() > b");
  EXPECT_EQ(found.functions, (std::vector<std::string>{"app.next_no", "count", "lower", "now"}));
}

TEST(Split, SeparatesStatements) {
  EXPECT_EQ(split("select 1; select ';' ;\n"),
            (std::vector<std::string>{"select 1", "select ';'"}));
  EXPECT_EQ(split("selec 1; select 'a;b"), (std::vector<std::string>{"selec 1", "select 'a;b"}));
  EXPECT_TRUE(split(" ; ").empty());
}

}  // namespace
}  // namespace whet::sql
