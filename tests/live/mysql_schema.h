// The fixture of the collector's live tests: a source of each fork with a schema that holds one of
// everything, and a replica of it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mysql/collector.h"
#include "engine/mysql/mysql.h"
#include "support/mysql_server.h"

namespace whet::live {

inline constexpr const char* shop_schema = R"(
CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4;
CREATE DATABASE archive DEFAULT CHARACTER SET latin1;
USE shop;
CREATE TABLE customers (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(200) NOT NULL,
  full_name VARCHAR(100) CHARACTER SET latin1,
  email_domain VARCHAR(100) GENERATED ALWAYS AS (substring_index(email, '@', -1)) VIRTUAL,
  balance DECIMAL(12,2) DEFAULT 0.00,
  status ENUM('new','active','gone') NOT NULL DEFAULT 'new',
  note TEXT, hidden INT INVISIBLE DEFAULT 3,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE KEY customers_email (email), KEY note_start (note(20)), KEY status_created (status, created_at))
  ROW_FORMAT=DYNAMIC;
CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id BIGINT UNSIGNED, state VARCHAR(10) NOT NULL, placed_at DATETIME NOT NULL, total DOUBLE,
  CONSTRAINT positive CHECK (total >= 0),
  KEY placed (placed_at DESC, state),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
    ON DELETE CASCADE ON UPDATE RESTRICT);
CREATE TABLE events (at DATE NOT NULL, what VARCHAR(50), KEY what (what)) PARTITION BY RANGE (TO_DAYS(at)) (
  PARTITION p2024 VALUES LESS THAN (TO_DAYS('2025-01-01')), PARTITION prest VALUES LESS THAN MAXVALUE);
CREATE TABLE texts (id INT PRIMARY KEY, body TEXT, place POINT NOT NULL, FULLTEXT KEY words (body),
  SPATIAL KEY place (place));
CREATE VIEW open_orders AS SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id
  WHERE o.state = 'open';
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW SET NEW.total = NEW.total;
CREATE FUNCTION tax(x DOUBLE) RETURNS DOUBLE DETERMINISTIC NO SQL RETURN x * 0.2;
CREATE TABLE archive.old_orders (id INT, what VARCHAR(20), KEY w (what)) ENGINE=MyISAM;
INSERT INTO archive.old_orders VALUES (1, 'a'), (2, 'b');
INSERT INTO customers (email, full_name, status)
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 800)
  SELECT CONCAT('c', i, '@d', i % 20, '.example.org'), CONCAT('SECRETname ', i), IF(i % 10 = 0, 'new', 'active') FROM n;
INSERT INTO orders (customer_id, state, placed_at, total)
  SELECT c.id, IF(c.id % 7 = 0, 'open', 'done'), NOW() - INTERVAL c.id MINUTE, d.id
  FROM customers c JOIN customers d ON d.id <= 10;
INSERT INTO events SELECT DATE('2024-06-01') + INTERVAL id DAY, 'x' FROM customers WHERE id < 600;
ANALYZE TABLE customers, orders, events;
)";
inline constexpr const char* mysql_extras = R"(
CREATE TABLE modern (id INT PRIMARY KEY, tags JSON, name VARCHAR(30), KEY lower_name ((lower(name))),
  KEY tag ((CAST(tags->'$[*]' AS UNSIGNED ARRAY))), KEY unseen (name) INVISIBLE);
ALTER TABLE orders ADD CONSTRAINT lax CHECK (total < 100000) NOT ENFORCED;
ANALYZE TABLE customers UPDATE HISTOGRAM ON status, full_name WITH 16 BUCKETS;
SET PERSIST_ONLY table_open_cache_instances = 3;
)";
inline constexpr const char* mariadb_extras = R"(
CREATE TABLE modern (id INT PRIMARY KEY, name VARCHAR(30), KEY unseen (name) IGNORED);
SET histogram_type = 'JSON_HB';
ANALYZE TABLE customers PERSISTENT FOR COLUMNS (status, full_name) INDEXES ();
CREATE SEQUENCE invoice START WITH 100 MAXVALUE 1000;
SELECT NEXTVAL(invoice);
)";

class Shops : public ::testing::TestWithParam<const char*> {
 protected:
  struct Pair {
    std::unique_ptr<testing::MysqlServer> source, replica;
  };

  static Pair& servers(const std::string& fork) {
    static std::map<std::string, Pair> all;
    Pair& pair = all[fork];
    if (!pair.source) {
      pair.source = std::make_unique<testing::MysqlServer>(fork);
      pair.source->sql(shop_schema);
      pair.source->sql(fork == "mysql" ? mysql_extras : mariadb_extras, "shop");
    }
    return pair;
  }
  [[nodiscard]] testing::MysqlServer& source() const { return *servers(GetParam()).source; }
  [[nodiscard]] testing::MysqlServer& replica() const {
    Pair& pair = servers(GetParam());
    if (!pair.replica) {
      pair.replica = std::make_unique<testing::MysqlServer>(
          GetParam(), std::vector<std::string>{"--replica-of", pair.source->folder()});
    }
    return *pair.replica;
  }
  [[nodiscard]] bool mariadb() const { return std::string(GetParam()) == "mariadb"; }

  engine::Collected collect(const std::string& url, engine::CollectOptions options) {
    engine::ConnectOptions to;
    to.url = url;
    auto engine = engine::mysql::open(to, progress_);
    EXPECT_TRUE(engine.ok()) << (engine ? "" : engine.error().text());
    if (!engine) return {};
    auto collected = (*engine)->collect(options, progress_);
    EXPECT_TRUE(collected.ok()) << (collected ? "" : collected.error().text());
    return collected ? std::move(collected).value() : engine::Collected{};
  }
  engine::Collected collect(const std::string& url, double window = 0) {
    engine::CollectOptions options;
    options.window_seconds = window;
    return collect(url, options);
  }

  NoProgress progress_;
};

inline const model::Table& find_table(const model::Snapshot& snapshot, const std::string& name) {
  static const model::Table none;
  for (const auto& table : snapshot.schema.tables) {
    if (table.name == name) return table;
  }
  ADD_FAILURE() << "no table " << name;
  return none;
}

inline const model::Index& find_index(const model::Table& table, const std::string& name) {
  static const model::Index none;
  for (const auto& index : table.indexes) {
    if (index.name == name) return index;
  }
  ADD_FAILURE() << "no index " << name;
  return none;
}

inline const model::Statement* find_statement(const model::Snapshot& snapshot,
                                              const std::string& part) {
  for (const auto& statement : snapshot.workload.statements) {
    if (statement.text.find(part) != std::string::npos && !statement.own) return &statement;
  }
  ADD_FAILURE() << "no statement with " << part;
  return nullptr;
}

inline std::string not_collected(const model::Snapshot& snapshot) {
  std::string all;
  for (const auto& one : snapshot.not_collected)
    all += one.what + ": " + one.reason + " | " + one.remedy + "\n";
  return all;
}

}  // namespace whet::live
