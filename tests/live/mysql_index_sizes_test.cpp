// Sizes of secondary indexes: the model against indexes that MySQL and MariaDB have built.
#include <cmath>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "advise/innodb/sizes.h"
#include "base/text.h"
#include "support/mysql_server.h"

namespace whet::advise::innodb {
namespace {

// Columns of many types, with the average length and the part of NULLs that the statements below
// give them; and the keys of the indexes.
struct Given {
  const char* name;
  const char* type;
  const char* set;
  bool not_null;
};

constexpr Given columns[] = {{"id", "bigint", "", true},
                             {"i", "int", "", true},
                             {"ni", "int", "", false},
                             {"b", "bigint", "", true},
                             {"s", "varchar(40)", "utf8mb4", true},
                             {"ls", "varchar(300)", "utf8mb4", false},
                             {"c", "char(12)", "utf8mb4", true},
                             {"cl", "char(12)", "latin1", true},
                             {"d", "date", "", true},
                             {"dt", "datetime(6)", "", false},
                             {"ts", "timestamp", "", false},
                             {"de", "decimal(15,2)", "", false},
                             {"de2", "decimal(30,10)", "", true},
                             {"e", "enum('a','b','c')", "", true},
                             {"t", "text", "utf8mb4", false},
                             {"u", "char(36)", "utf8mb4", true},
                             {"bin", "binary(16)", "", true},
                             {"f", "double", "", false},
                             {"fl", "tinyint(1)", "", true}};

constexpr const char* keys[] = {
    "i",   "ni",          "b",    "s",     "ls",     "c",      "cl",      "d",
    "dt",  "ts",          "de",   "de2",   "e",      "t(20)",  "u",       "bin",
    "f",   "fl",          "i,d",  "s,i",   "s(10)",  "i,id",   "e,d,i",   "ls(50)",
    "u,i", "s,ls,c,d,de", "d,de", "fl,dt", "c,cl,e", "b,i,ni", "t(60),i", "ts,f"};

std::string create() {
  std::vector<std::string> lines;
  for (const Given& one : columns) {
    const std::string set = *one.set != 0 ? std::string(" CHARACTER SET ") + one.set : "";
    lines.push_back(std::string(one.name) + " " + one.type + set +
                    (one.not_null ? " NOT NULL" : " NULL"));
  }
  return "CREATE TABLE a (" + text::join(lines, ", ") +
         ", PRIMARY KEY (id)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;";
}

constexpr const char* fill = R"(
INSERT INTO a SELECT x.n * 1000 + y.n, x.n * y.n, IF(x.n % 4 = 0, NULL, y.n), x.n * 1000000000,
  CONCAT('name ', LEFT(SHA2(CONCAT(x.n, y.n), 256), 4 + x.n % 20)),
  IF(y.n % 3 = 0, NULL, REPEAT('wxyz', 5 + x.n % 20)), CONCAT('k', x.n), CONCAT('k', y.n),
  DATE_ADD('2020-01-01', INTERVAL (x.n * 7 + y.n) % 2000 DAY), '2024-05-06 07:08:09.123456',
  '2024-05-06 07:08:09', x.n * 1.5, y.n * 2.5, ELT(1 + x.n % 3, 'a', 'b', 'c'),
  REPEAT(SHA2(y.n, 224), 2), LEFT(SHA2(CONCAT(x.n, '-', y.n), 256), 36),
  UNHEX(LEFT(SHA2(CONCAT(y.n, '-', x.n), 256), 32)), RAND(x.n), x.n % 2
FROM seq x JOIN seq y WHERE x.n <= 500 AND y.n <= 200;)";

class MysqlIndexSizes : public ::testing::TestWithParam<const char*> {
 protected:
  MysqlIndexSizes() : server_(GetParam()) {
    server_.sql("CREATE DATABASE sizes");
    server_.sql("CREATE TABLE seq (n INT PRIMARY KEY)", "sizes");
    std::string rows;
    for (int n = 1; n <= 1000; ++n) rows += (n > 1 ? ",(" : "(") + std::to_string(n) + ")";
    server_.sql("INSERT INTO seq VALUES " + rows, "sizes");
    server_.sql(create() + fill, "sizes");
    std::string add = "ALTER TABLE a ";
    for (std::size_t k = 0; k < std::size(keys); ++k)
      add += (k > 0 ? ", " : "") + ("ADD INDEX k" + std::to_string(k)) + " (" + keys[k] + ")";
    server_.sql(add + "; ANALYZE TABLE a;", "sizes");
  }

  model::Table table() {
    model::Table out;
    out.name = "a";
    out.row_estimate = 100000;
    for (const Given& one : columns) {
      model::Column column;
      column.name = one.name;
      column.type = one.type;
      column.base_type = column.type.substr(0, column.type.find('('));
      column.character_set = one.set;
      column.not_null = one.not_null;
      const auto known =
          text::split(server_.sql(std::string("SELECT AVG(OCTET_LENGTH(") + one.name + ")), AVG(" +
                                      one.name + " IS NULL) FROM a",
                                  "sizes"),
                      '|');
      column.stats.emplace();
      column.stats->average_width = text::to_double(text::trim(known.at(0))).value_or(0);
      column.stats->null_fraction = text::to_double(text::trim(known.at(1))).value_or(0);
      out.columns.push_back(std::move(column));
    }
    model::Index primary;
    primary.primary = primary.unique = true;
    primary.parts.emplace_back().column = "id";
    out.indexes = {primary};
    return out;
  }

  double pages(std::size_t number) {
    return text::to_double(
               text::trim(server_.sql("SELECT stat_value FROM mysql.innodb_index_stats WHERE "
                                      "database_name = 'sizes' AND index_name = 'k" +
                                      std::to_string(number) + "' AND stat_name = 'size'")))
        .value_or(0);
  }

  testing::MysqlServer server_;
};

model::Index index_of(std::string_view key) {
  model::Index out;
  for (const std::string& one : text::split(key, ',')) {
    model::IndexPart& part = out.parts.emplace_back();
    const std::size_t open = one.find('(');
    part.column = one.substr(0, open);
    if (open != std::string::npos)
      part.prefix_length = text::to_int(one.substr(open + 1, one.size() - open - 2)).value_or(0);
  }
  return out;
}

TEST_P(MysqlIndexSizes, WithinFifteenPercent) {
  const model::Table known = table();
  const Constants constants = constants_of({}, 0);
  for (std::size_t k = 0; k < std::size(keys); ++k) {
    const double real = pages(k);
    const double modelled = index_size(constants, known, index_of(keys[k])).pages;
    EXPECT_NEAR(modelled / real, 1, 0.15) << keys[k] << ": " << real << " pages";
    ::testing::Test::RecordProperty(keys[k], std::to_string(modelled / real));
  }
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlIndexSizes, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::advise::innodb
