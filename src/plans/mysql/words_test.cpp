#include "plans/mysql/words.h"

#include <gtest/gtest.h>

namespace whet::plans::mysql {
namespace {

using Names = std::vector<std::string>;

TEST(Words, NamesLoseTheirSchemaAndBackquotes) {
  EXPECT_EQ(plain_expression("(`lib`.`l`.`fine` > 1.00)"), "(l.fine > 1.00)");
  EXPECT_EQ(plain_expression("(m.`status` = `odd name`)"), "(m.status = \"odd name\")");
  EXPECT_EQ(plain_expression("(<hash>(l2.a)=<hash>(l1.a))"), "((l2.a)=(l1.a))");
}

TEST(Words, StringsLoseTheirBackslashes) {
  EXPECT_EQ(plain_expression(R"((`a`.`b` = 'it\'s `x`'))"), "(a.b = 'it''s `x`')");
  EXPECT_EQ(plain_expression(R"('a\\' = "b")"), R"('a\' = 'b')");
  EXPECT_EQ(plain_expression("'open"), "'open'");
}

TEST(Words, KeywordsCastsAndIntervalsAreWrittenInOneWay) {
  EXPECT_EQ(plain_expression("(cast(`lib`.`m`.`card` as double) = cast(v.n as double))"),
            "((m.card)::double = (v.n)::double)");
  EXPECT_EQ(plain_expression("(l.lent >= TIMESTAMP'2023-01-01 00:00:00') and (not(a))"),
            "(l.lent >= '2023-01-01 00:00:00') AND (NOT(a))");
  EXPECT_EQ(plain_expression("(a > (now() - interval 1 day))"), "(a > (now() - '1 day'))");
  EXPECT_EQ(plain_expression("(t.end in (1,2))"), "(t.end IN (1,2))");
}

TEST(Words, ConjunctsAreSplitOutsideOfBracketsAndBetween) {
  EXPECT_EQ(conjuncts_of("((a = 1) AND (b = 'x AND y'))"), (Names{"(a = 1)", "(b = 'x AND y')"}));
  EXPECT_EQ(conjuncts_of("(a BETWEEN 1 AND 2 AND b > 3)"), (Names{"a BETWEEN 1 AND 2", "b > 3"}));
  EXPECT_EQ(conjuncts_of("(a = 1)"), (Names{"a = 1"}));
}

TEST(Words, ColumnsAreNamedOnce) {
  EXPECT_EQ(columns_named("(1950 <= year <= 1960) OR (year = 3 AND lang < 'de')"),
            (Names{"year", "lang"}));
  EXPECT_EQ(columns_named("NULL < fine"), (Names{"fine"}));
}

TEST(Words, TablesAreFoundByTheirQualifier) {
  EXPECT_TRUE(names_any("(l2.remark = l1.remark)", {"l1"}));
  EXPECT_FALSE(names_any("(all1.remark = 3)", {"l1"}));
}

}  // namespace
}  // namespace whet::plans::mysql
