#include "engine/mysql/ddl_facts.h"

#include <gtest/gtest.h>

#include "engine/mysql/online_change.h"

namespace whet::engine::mysql {
namespace {

using enum Operation;
using model::EngineKind;

constexpr auto my = EngineKind::mysql;
constexpr auto maria = EngineKind::mariadb;

TEST(DdlFacts, HoldFromTheVersionThatBroughtThem) {
  EXPECT_EQ(ddl_facts(add_column, my, 50744)->algorithm, Algorithm::inplace);
  EXPECT_TRUE(ddl_facts(add_column, my, 80011)->rebuilds);
  EXPECT_EQ(ddl_facts(add_column, my, 80012)->algorithm, Algorithm::instant);
  EXPECT_EQ(ddl_facts(drop_column, my, 80028)->algorithm, Algorithm::inplace);
  EXPECT_EQ(ddl_facts(drop_column, my, 80029)->algorithm, Algorithm::instant);
  EXPECT_EQ(ddl_facts(drop_column, maria, 100400)->algorithm, Algorithm::instant);
  EXPECT_EQ(ddl_facts(convert_charset, maria, 101106)->lock, DdlLock::shared);
  EXPECT_EQ(ddl_facts(convert_charset, maria, 110400)->lock, DdlLock::none);
}

TEST(DdlFacts, SayWhatAVersionCannotDo) {
  EXPECT_FALSE(ddl_facts(set_index_visibility, my, 50744));
  EXPECT_TRUE(ddl_facts(set_index_visibility, my, 80000));
  EXPECT_FALSE(ddl_facts(set_index_visibility, maria, 100523));
  EXPECT_TRUE(ddl_facts(set_index_visibility, maria, 100600));
  EXPECT_FALSE(ddl_facts(create_expression_index, my, 80012));
  EXPECT_FALSE(ddl_facts(create_expression_index, maria, 110400));
  EXPECT_FALSE(ddl_facts(create_index, EngineKind::postgresql, 150000));
}

TEST(DdlFacts, EveryOperationIsKnownToBothForksSomewhere) {
  for (int number = 0; number <= static_cast<int>(rebuild_partition); ++number) {
    const auto operation = static_cast<Operation>(number);
    EXPECT_TRUE(ddl_facts(operation, my, 90700)) << number;
    const bool none = operation == create_expression_index;
    EXPECT_EQ(ddl_facts(operation, maria, 101106).has_value(), !none) << number;
  }
}

TEST(DdlFacts, ThePartsOfAFactFitTogether) {
  for (const auto fork : {my, maria}) {
    for (const std::int64_t version : {50744, 80043, 90700, 100523, 101106, 110402}) {
      for (int number = 0; number <= static_cast<int>(rebuild_partition); ++number) {
        const auto one = ddl_facts(static_cast<Operation>(number), fork, version);
        if (!one) continue;
        SCOPED_TRACE(std::to_string(number) + " " + std::to_string(version));
        EXPECT_FALSE(one->source.empty());
        if (one->algorithm == Algorithm::copy) {
          EXPECT_TRUE(one->rebuilds);
        }
        if (one->algorithm == Algorithm::instant) {
          EXPECT_TRUE(one->metadata_only());
        }
        if (one->rebuilds) {
          EXPECT_EQ(one->space, DdlSpace::table);
        }
        if (fork == my) {
          EXPECT_NE(one->algorithm, Algorithm::nocopy);
        }
      }
    }
  }
}

TEST(DdlFacts, TheClauseMakesTheServerRefuseWhatIsHeavier) {
  EXPECT_EQ(ddl_clause(*ddl_facts(create_index, my, 90700)), ", ALGORITHM=INPLACE, LOCK=NONE");
  EXPECT_EQ(ddl_clause(*ddl_facts(create_index, maria, 101106)), ", ALGORITHM=NOCOPY, LOCK=NONE");
  EXPECT_EQ(ddl_clause(*ddl_facts(add_column, my, 90700)), ", ALGORITHM=INSTANT");
  EXPECT_EQ(ddl_clause(*ddl_facts(drop_range_partition, maria, 101106)), "");
}

TEST(DdlFacts, SayWhoWaitsAndWhoFallsBehind) {
  const auto build = *ddl_facts(create_index, my, 90700);
  EXPECT_NE(ddl_locks(build, "shop.t").find("reads and writes go on"), std::string::npos);
  EXPECT_NE(ddl_replicas(build).find("falls behind"), std::string::npos);
  const auto text = *ddl_facts(create_first_fulltext_index, my, 90700);
  EXPECT_NE(ddl_locks(text, "shop.t").find("writes wait"), std::string::npos);
  const auto hide = *ddl_facts(set_index_visibility, my, 90700);
  EXPECT_NE(ddl_locks(hide, "shop.t").find("for a moment"), std::string::npos);
  EXPECT_EQ(ddl_replicas(hide), "");
}

TEST(OnlineChange, TakesAnAlterTableApart) {
  const auto one = parse_alter_table("alter table `my``shop`.orders  MODIFY total DECIMAL(12,2) ;");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->schema, "my`shop");
  EXPECT_EQ(one->table, "orders");
  EXPECT_EQ(one->clauses, "MODIFY total DECIMAL(12,2)");
  EXPECT_EQ(parse_alter_table("ALTER TABLE t FORCE;\nANALYZE TABLE t")->clauses, "FORCE");
  EXPECT_FALSE(parse_alter_table("ALTER TABLESPACE t"));
  EXPECT_FALSE(parse_alter_table("CREATE INDEX i ON t (a)"));
  EXPECT_FALSE(parse_alter_table("ALTER TABLE t"));
}

TEST(OnlineChange, FindsTheHeaviestOperation) {
  EXPECT_EQ(heaviest_operation("ADD INDEX i (a), MODIFY b BIGINT"), change_column_type);
  EXPECT_EQ(heaviest_operation("CONVERT TO CHARACTER SET utf8mb4"), convert_charset);
  EXPECT_EQ(heaviest_operation("ENGINE = InnoDB"), change_column_type);
  EXPECT_EQ(heaviest_operation("ADD PRIMARY KEY (id)"), add_primary_key);
  EXPECT_FALSE(heaviest_operation("COMMENT='x'"));
}

TEST(OnlineChange, GivesEachForkItsTool) {
  const AlterTable change{"shop", "orders", "MODIFY note VARCHAR(10) DEFAULT 'it''s'"};
  const std::string ghost = online_change_command(change, my);
  EXPECT_TRUE(ghost.starts_with("gh-ost --host=HOST --user=USER --ask-pass "));
  EXPECT_NE(ghost.find("--table='orders'"), std::string::npos);
  EXPECT_NE(ghost.find(R"(DEFAULT '\''it'\'''\''s'\''')"), std::string::npos) << ghost;
  EXPECT_EQ(ghost.find("--execute"), std::string::npos) << "it only checks";
  const std::string toolkit = online_change_command(change, maria);
  EXPECT_TRUE(toolkit.starts_with("pt-online-schema-change "));
  EXPECT_NE(toolkit.find("'h=HOST,u=USER,D=shop,t=orders'"), std::string::npos);
  EXPECT_NE(toolkit.find("--dry-run"), std::string::npos);
}

}  // namespace
}  // namespace whet::engine::mysql
