// The table of facts about ALTER TABLE, asked of real servers: each stated algorithm and lock is
// accepted, and a lighter one is refused.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/mysql/connection.h"
#include "engine/mysql/ddl_facts.h"
#include "support/mysql_server.h"

namespace whet::engine::mysql {
namespace {

using enum Operation;

/// A table, and a change of it.
struct Trial {
  Operation operation = create_index;
  std::string table, change;
  bool partitions = false;  ///< ALGORITHM and LOCK go before such a change, with a comma or without
  bool comma = true;
};

std::vector<Trial> trials() {
  const std::string plain =
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT, v VARCHAR(20), e "
      "ENUM('x', 'y'), KEY ia (a))";
  const std::string with_text =
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, d TEXT, d2 TEXT, FULLTEXT KEY f (d))";
  const std::string generated =
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, g INT AS (a + 1) VIRTUAL, s INT AS (a + "
      "2) STORED)";
  const std::string no_key = "CREATE TABLE t (id INT NOT NULL, a INT NOT NULL)";
  const std::string latin =
      "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)) CHARACTER SET latin1";
  const std::string ranges =
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT) PARTITION BY RANGE (id) (PARTITION p0 "
      "VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))";
  return {
      {create_index, plain, "ADD INDEX n (a, b)"},
      {create_expression_index, plain, "ADD INDEX n ((a + b))"},
      {create_first_fulltext_index, plain, "ADD FULLTEXT INDEX n (v)"},
      {create_fulltext_index, with_text, "ADD FULLTEXT INDEX n (d2)"},
      {create_spatial_index, "CREATE TABLE t (id INT PRIMARY KEY, p POINT NOT NULL)",
       "ADD SPATIAL INDEX n (p)"},
      {drop_index, plain, "DROP INDEX ia"},
      {rename_index, plain, "RENAME INDEX ia TO ib"},
      {set_index_visibility, plain, "ALTER INDEX ia {hidden}"},
      {add_primary_key, no_key, "ADD PRIMARY KEY (id)"},
      {drop_primary_key, plain, "DROP PRIMARY KEY"},
      {replace_primary_key, plain, "DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)"},
      {add_foreign_key, plain, "ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES r (id)"},
      {drop_foreign_key,
       "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, CONSTRAINT fk FOREIGN KEY (a) "
       "REFERENCES r (id))",
       "DROP FOREIGN KEY fk"},
      {add_column, plain, "ADD COLUMN z INT"},
      {drop_column, plain, "DROP COLUMN v"},
      {rename_column, plain, "RENAME COLUMN v TO w"},
      {move_column, plain, "MODIFY COLUMN b INT FIRST"},
      {set_column_default, plain, "ALTER COLUMN v SET DEFAULT 'q'"},
      {change_column_type, plain, "MODIFY COLUMN b BIGINT"},
      {extend_varchar, plain, "MODIFY COLUMN v VARCHAR(40)"},
      {drop_not_null, plain, "MODIFY COLUMN a INT NULL"},
      {set_not_null, plain, "MODIFY COLUMN b INT NOT NULL"},
      {extend_enum, plain, "MODIFY COLUMN e ENUM('x', 'y', 'z')"},
      {add_stored_column, plain, "ADD COLUMN z INT AS (a + 5) STORED"},
      {add_virtual_column, plain, "ADD COLUMN z INT AS (a + 5) VIRTUAL"},
      {drop_stored_column, generated, "DROP COLUMN s"},
      {drop_virtual_column, generated, "DROP COLUMN g"},
      {rebuild_table, plain, "FORCE"},
      {rebuild_table_with_fulltext, with_text, "FORCE"},
      {set_row_format, plain, "ROW_FORMAT=COMPACT"},
      {set_statistics_options, plain, "STATS_PERSISTENT=1, STATS_SAMPLE_PAGES=50"},
      {set_default_charset, latin, "DEFAULT CHARACTER SET utf8mb4"},
      {convert_charset, latin, "CONVERT TO CHARACTER SET utf8mb4"},
      {rename_table, plain, "RENAME TO t2"},
      {partition_table, plain, "PARTITION BY HASH (id) PARTITIONS 4", true, false},
      {remove_partitioning, ranges, "REMOVE PARTITIONING", true, false},
      {add_range_partition, ranges, "ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))", true},
      {drop_range_partition, ranges, "DROP PARTITION p0", true},
      {reorganize_partition, ranges,
       "REORGANIZE PARTITION p0 INTO (PARTITION q0 VALUES LESS THAN (5), PARTITION q1 VALUES LESS "
       "THAN (10))",
       true},
      {rebuild_partition, ranges, "REBUILD PARTITION p0", true},
  };
}

class DdlTest : public ::testing::TestWithParam<const char*> {
 protected:
  DdlTest() : server_(GetParam()), connection_(open(server_.url())) {}

  static Connection open(const std::string& url) {
    auto opened = Connection::open({.url = url}, Access::write);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return std::move(opened).value();
  }

  /// Whether the server does it, on a fresh table.
  Status outcome(const Trial& trial, const DdlFacts& facts) {
    for (const std::string& sql :
         {std::string("DROP DATABASE IF EXISTS ddl"), std::string("CREATE DATABASE ddl"),
          std::string("USE ddl"), std::string("CREATE TABLE r (id INT PRIMARY KEY)"),
          std::string("INSERT INTO r VALUES (1)"), trial.table})
      WHET_TRY_VOID(connection_.execute(sql));
    std::string change = trial.change;
    if (const auto at = change.find("{hidden}"); at != std::string::npos)
      change.replace(at, 8, server_.mariadb() ? "IGNORED" : "INVISIBLE");
    std::string clause = ddl_clause(facts);
    if (trial.partitions && !clause.empty()) {
      clause.erase(0, 2);
      return connection_.execute("ALTER TABLE t " + clause + (trial.comma ? ", " : " ") + change);
    }
    return connection_.execute("ALTER TABLE t " + change + clause);
  }

  /// The next lighter way of doing it, in this fork's words.
  [[nodiscard]] std::optional<Algorithm> lighter(Algorithm algorithm) const {
    switch (algorithm) {
      case Algorithm::instant:
        return std::nullopt;
      case Algorithm::nocopy:
        return Algorithm::instant;
      case Algorithm::inplace:
        return server_.mariadb() ? Algorithm::nocopy : Algorithm::instant;
      case Algorithm::copy:
        return Algorithm::inplace;
    }
    return std::nullopt;
  }

  testing::MysqlServer server_;
  Connection connection_;
};

TEST_P(DdlTest, EachStatedWayIsAcceptedAndALighterOneRefused) {
  int refused = 0;
  for (const Trial& trial : trials()) {
    SCOPED_TRACE(trial.change);
    const auto facts = ddl_facts(trial.operation, connection_.fork(), connection_.version());
    if (!facts) {
      EXPECT_FALSE(connection_.execute("ALTER TABLE t " + trial.change).ok());
      continue;
    }
    const Status stated = outcome(trial, *facts);
    EXPECT_TRUE(stated.ok()) << (stated ? "" : stated.error().text());
    if (!facts->clause) continue;
    if (const auto less = lighter(facts->algorithm)) {
      DdlFacts wrong = *facts;
      wrong.algorithm = *less;
      EXPECT_FALSE(outcome(trial, wrong).ok()) << algorithm_name(*less) << " would do";
      ++refused;
    }
    if (facts->algorithm != Algorithm::instant && facts->lock != DdlLock::none) {
      DdlFacts wrong = *facts;
      wrong.lock = facts->lock == DdlLock::exclusive ? DdlLock::shared : DdlLock::none;
      EXPECT_FALSE(outcome(trial, wrong).ok()) << lock_name(wrong.lock) << " would do";
      ++refused;
    }
  }
  EXPECT_GE(refused, 20);
}

INSTANTIATE_TEST_SUITE_P(Forks, DdlTest, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::engine::mysql
