// The language of real servers: MySQL 9.7 and MariaDB 10.11 resolve and digest the 22 TPC-H queries
// and others, and what they print is read as what was written.
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "sql/mysql/fingerprint.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/shape.h"
#include "support/mysql_server.h"
#include "support/tpch.h"

namespace whet::sql::mysql {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(testing::shared_data() + "/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Statements by name: TPC-H, those of the rewrites, and forms that neither has.
std::map<std::string, std::string> statements() {
  std::map<std::string, std::string> out;
  for (const auto& [number, text] : testing::tpch_queries()) out["tpch " + number] = text;
  std::istringstream lines(file("rewrites/pairs.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto pair = json::Document::parse(line);
    if (!pair.ok()) continue;
    const std::string id = pair->root()["id"].string_or("");
    for (const char* side : {"before", "after"}) {
      std::string text = pair->root()["mysql"][side].string_or("");
      if (!text.empty() && text.find(';') == std::string::npos)
        out["shop " + id + " " + side] = std::move(text);
    }
  }
  const std::pair<const char*, const char*> own[] = {
      {"sign", "select id from orders where id in (-1, +2, null) and total = -5 and id <=> null"},
      {"literals", "select _utf8mb4'a', N'b', x'41', 0x41, date '2024-01-01', 'a' 'b' from orders"},
      {"keywords",
       "select status, count(*) from events e join orders o on o.id = e.id where "
       "o.status = 'x' group by 1 order by 2 desc limit 5, 10"},
      {"functions",
       "select substr(email, 1, 2), now(), current_timestamp, std(id), user() from "
       "customers where lower(email) rlike '^a'"},
      {"insert",
       "insert into blocked values (1, 2, 3, 'x'), (4, 5, 6, null) on duplicate key "
       "update reason = values(reason)"},
      {"update",
       "update orders o join customers c on c.id = o.customer_id set o.total = o.total + "
       "1 where c.country = 'PL' and o.status in ('a', 'b')"},
      {"delete",
       "delete o from orders o left join blocked b on b.customer_id = o.customer_id where "
       "b.id is null"}};
  for (const auto& [name, text] : own) out[std::string("shop ") + name] = text;
  return out;
}

class MysqlLanguage : public ::testing::TestWithParam<const char*> {
 protected:
  static const testing::MysqlServer& server() {
    static std::map<std::string, std::unique_ptr<testing::MysqlServer>> all;
    auto& one = all[GetParam()];
    if (one == nullptr) {
      one = std::make_unique<testing::MysqlServer>(GetParam());
      one->sql("create database tpch; create database shop;");
      one->sql(text::replace_all(file("tpch-stats/schema.sql"), "public.", ""), "tpch");
      one->sql(file("rewrites/ddl_my.sql"), "shop");
      one->sql(file("rewrites/idx.sql"), "shop");
    }
    return *one;
  }

  static model::Schema schema() {
    model::Schema out;
    std::istringstream lines(server().sql(
        "select table_schema, table_name, column_name from information_schema.columns where "
        "table_schema in ('tpch', 'shop') order by 1, 2, ordinal_position"));
    for (std::string line; std::getline(lines, line);) {
      const auto parts = text::split(line, '|');
      if (parts.size() != 3) continue;
      if (out.tables.empty() || out.tables.back().name != parts[1] ||
          out.tables.back().schema != parts[0]) {
        out.tables.push_back({});
        out.tables.back().schema = parts[0];
        out.tables.back().name = parts[1];
      }
      out.tables.back().columns.push_back({});
      out.tables.back().columns.back().name = parts[2];
    }
    return out;
  }

  static Mode mode(const std::string& database) {
    Mode out;
    out.mariadb = server().mariadb();
    out.version = out.mariadb ? 101100 : 90700;
    out.database = database;
    return out;
  }

  /// As the server resolved it; empty when it does not take the statement. Line breaks of the
  /// client's output are its own.
  static std::string resolved(const std::string& text, const std::string& database) {
    std::string out;
    std::istringstream lines(server().sql(
        "explain " + std::string(server().mariadb() ? "extended " : "format=traditional ") + text +
            ";\nshow warnings;",
        database));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Note|1003|")) out = text::replace_all(line.substr(10), "\\n", "\n");
    }
    return out;
  }

  static std::string digest(const std::string& text, const std::string& database) {
    if (!server().mariadb())
      return server().sql("select statement_digest_text('" +
                              text::replace_all(text::replace_all(text, "\\", "\\\\"), "'", "''") +
                              "')",
                          database);
    server().sql("truncate performance_schema.events_statements_summary_by_digest");
    server().sql(text, database);
    return server().sql(
        "select digest_text from performance_schema.events_statements_summary_by_digest where "
        "schema_name = '" +
        database + "' and digest_text not like 'TRUNCATE%'");
  }
};

std::set<std::string> tables_of(const model::Shape& shape) {
  std::set<std::string> out;
  for (const auto& relation : shape.relations) {
    if (!relation.opaque) out.insert(relation.table);
  }
  return out;
}

// MariaDB 10.11 has no LATERAL, no VALUES ROW, and no column names behind a derived table.
bool is_foreign(const std::string& text) {
  return text.find("lateral") != std::string::npos || text.find("row(") != std::string::npos ||
         text.find("as c_orders (") != std::string::npos;
}

// MySQL 9 takes no date for a timestamp.
std::string adapted(std::string text) {
  for (std::size_t at = text.find("timestamp '"); at != std::string::npos;
       at = text.find("timestamp '", at + 1)) {
    if (text.size() > at + 21 && text[at + 21] == '\'') text.insert(at + 21, " 00:00:00");
  }
  return text;
}

TEST_P(MysqlLanguage, ReadsWhatTheServerPrints) {
  const model::Schema schema = MysqlLanguage::schema();
  ASSERT_GE(schema.tables.size(), 19U);
  const Catalog catalog(schema, {});
  int seen = 0;
  for (const auto& [name, original] : statements()) {
    const std::string database = name.substr(0, 4);
    const std::string text = adapted(original);
    if (server().mariadb() && is_foreign(text)) continue;
    SCOPED_TRACE(name + ": " + text);
    const Mode how = mode(database);
    const std::string printed = resolved(text, database);
    ASSERT_NE(printed, "");
    const auto written = shape(text, catalog, how);
    ASSERT_TRUE(written.ok()) << written.error().text();
    EXPECT_EQ(text::join(written->unresolved, " "), "");
    for (const auto& relation : written->relations) EXPECT_FALSE(relation.opaque) << relation.table;
    const std::string masked = mask(printed, how);
    EXPECT_EQ(mask(masked, how), masked);
    const auto read = shape(masked, catalog, how);
    ASSERT_TRUE(read.ok()) << read.error().text() << "\n" << masked;
    EXPECT_EQ(text::join(read->unresolved, " "), "") << masked;
    // The server may do without a table, never with another.
    for (const std::string& table : tables_of(*read))
      EXPECT_TRUE(tables_of(*written).contains(table)) << table << "\n" << masked;
    ++seen;
  }
  EXPECT_GE(seen, 130);
}

TEST_P(MysqlLanguage, FingerprintsAreThoseOfTheDigests) {
  const model::Schema schema = MysqlLanguage::schema();
  const Catalog catalog(schema, {});
  int compared = 0;
  for (const auto& [name, original] : statements()) {
    const std::string database = name.substr(0, 4);
    const std::string text = adapted(original);
    if (server().mariadb() && is_foreign(text)) continue;
    SCOPED_TRACE(name + ": " + text);
    const Mode how = mode(database);
    const std::string printed = digest(text, database);
    ASSERT_NE(printed, "");
    if (truncated(printed, how)) continue;
    EXPECT_EQ(fingerprint(printed, how), fingerprint(text, how)) << printed;
    EXPECT_EQ(fingerprint(normalize(text, how), how), fingerprint(text, how));
    const auto read = shape(printed, catalog, how);
    ASSERT_TRUE(read.ok()) << read.error().text() << "\n" << printed;
    const auto written = shape(text, catalog, how);
    ASSERT_TRUE(written.ok());
    EXPECT_EQ(tables_of(*read), tables_of(*written)) << printed;
    ++compared;
  }
  EXPECT_GE(compared, server().mariadb() ? 100 : 130);
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlLanguage, ::testing::Values("mysql", "mariadb"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace whet::sql::mysql
