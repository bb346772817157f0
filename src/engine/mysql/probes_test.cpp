#include "engine/mysql/probes.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

constexpr auto my = model::EngineKind::mysql;
constexpr auto maria = model::EngineKind::mariadb;

TEST(Probes, FeaturesBeginWithTheirVersion) {
  EXPECT_FALSE(has(Feature::statement_samples, my, 50744));
  EXPECT_TRUE(has(Feature::statement_samples, my, 80011));
  EXPECT_FALSE(has(Feature::statement_cpu, my, 80027));
  EXPECT_TRUE(has(Feature::statement_cpu, my, 80028));
  EXPECT_FALSE(has(Feature::index_expressions, my, 80012));
  EXPECT_TRUE(has(Feature::index_expressions, my, 80013));
  EXPECT_FALSE(has(Feature::plan_versions, my, 80043));
  EXPECT_TRUE(has(Feature::plan_versions, my, 80403));
}

TEST(Probes, FeaturesEndWhereTheyWereRemoved) {
  EXPECT_TRUE(has(Feature::innodb_lock_waits, my, 50744));
  EXPECT_FALSE(has(Feature::innodb_lock_waits, my, 80036));
  EXPECT_TRUE(has(Feature::data_locks, my, 80036));
  EXPECT_TRUE(has(Feature::innodb_lock_waits, maria, 110402));
  EXPECT_FALSE(has(Feature::data_locks, maria, 110402));
}

TEST(Probes, ForksHaveTheirOwn) {
  EXPECT_FALSE(has(Feature::dictionary, my, 50744));
  EXPECT_TRUE(has(Feature::dictionary, my, 80403));
  EXPECT_FALSE(has(Feature::dictionary, maria, 110402));
  EXPECT_TRUE(has(Feature::index_visibility, my, 90700));
  EXPECT_FALSE(has(Feature::index_visibility, maria, 110402));
  EXPECT_FALSE(has(Feature::index_ignored, maria, 100522));
  EXPECT_TRUE(has(Feature::index_ignored, maria, 100616));
  EXPECT_FALSE(has(Feature::descending_indexes, maria, 100616));
  EXPECT_TRUE(has(Feature::descending_indexes, maria, 100800));
  EXPECT_FALSE(has(Feature::memory_summary, maria, 100432));
  EXPECT_TRUE(has(Feature::memory_summary, maria, 101106));
  EXPECT_FALSE(has(Feature::optimizer_costs, maria, 101106));
  EXPECT_TRUE(has(Feature::optimizer_costs, maria, 110402));
}

TEST(Probes, EachServerIsAskedInItsWords) {
  EXPECT_EQ(words_for(Ask::replica_status, my, 50744), "SHOW SLAVE STATUS");
  EXPECT_EQ(words_for(Ask::replica_status, my, 80021), "SHOW SLAVE STATUS");
  EXPECT_EQ(words_for(Ask::replica_status, my, 80022), "SHOW REPLICA STATUS");
  EXPECT_EQ(words_for(Ask::replica_status, my, 90700), "SHOW REPLICA STATUS");
  EXPECT_EQ(words_for(Ask::replica_status, maria, 101106), "SHOW ALL SLAVES STATUS");
  EXPECT_EQ(words_for(Ask::innodb_table_stats, my, 50744), "INNODB_SYS_TABLESTATS");
  EXPECT_EQ(words_for(Ask::innodb_table_stats, my, 80403), "INNODB_TABLESTATS");
  EXPECT_EQ(words_for(Ask::innodb_foreign_columns, maria, 100616), "INNODB_SYS_FOREIGN_COLS");
}

}  // namespace
}  // namespace whet::engine::mysql
