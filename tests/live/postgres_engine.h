// The fixture of the PostgreSQL engine's live tests: servers of both versions with a schema that
// holds one of everything.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/postgres.h"
#include "support/pg_server.h"

namespace whet::live {

inline constexpr const char* schema = R"(
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION hypopg;
CREATE ROLE monitor LOGIN;
GRANT pg_monitor TO monitor;
CREATE ROLE visitor LOGIN;
CREATE SCHEMA shop;
CREATE DOMAIN shop.email AS varchar(200);
CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email shop.email NOT NULL,
  "Full Name" text COLLATE "C",
  balance numeric(12,2) DEFAULT 0,
  tags text[],
  note text);
CREATE TABLE shop.orders (
  id bigint PRIMARY KEY,
  customer_id bigint REFERENCES shop.customers ON DELETE CASCADE,
  status text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  total double precision) WITH (fillfactor = 90, toast.autovacuum_enabled = off);
ALTER TABLE shop.orders ADD CONSTRAINT positive CHECK (total >= 0) NOT VALID;
CREATE INDEX orders_open ON shop.orders (created_at DESC, status COLLATE "C" text_pattern_ops) INCLUDE (total)
  WHERE status = 'open';
CREATE INDEX customers_lower ON shop.customers (lower(email), balance DESC NULLS LAST);
CREATE UNIQUE INDEX customers_email ON shop.customers (email) WITH (fillfactor = 80);
CREATE TABLE shop.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.events_old PARTITION OF shop.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
CREATE INDEX events_at ON shop.events (at);
CREATE VIEW shop.open_orders AS SELECT * FROM shop.orders WHERE status = 'open';
CREATE MATERIALIZED VIEW shop.totals AS SELECT customer_id, sum(total) FROM shop.orders GROUP BY 1;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON shop.customers FOR SELECT TO monitor USING (email = current_user);
CREATE STATISTICS shop.order_stats (dependencies) ON customer_id, status FROM shop.orders;
CREATE SEQUENCE shop.invoice AS integer MAXVALUE 1000;
SELECT nextval('shop.invoice');
INSERT INTO shop.customers (email, "Full Name", tags)
  SELECT 'c' || i || '@example.org', 'Customer ' || i, ARRAY['a'] FROM generate_series(1, 2000) i;
INSERT INTO shop.orders SELECT i, 1 + i % 2000, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END,
  now() - i * interval '1 minute', i FROM generate_series(1, 20000) i;
ALTER ROLE visitor SET work_mem = '8MB';
ANALYZE;
SELECT pg_stat_statements_reset();
)";

class Engines : public ::testing::TestWithParam<int> {
 protected:
  static whet::testing::PgServer* server(int version) {
    static std::map<int, std::unique_ptr<whet::testing::PgServer>> servers;
    auto& one = servers[version];
    if (!one) {
      one = std::make_unique<whet::testing::PgServer>(
          version, std::vector<std::string>{"--preload", "hypopg,pg_stat_statements", "-c",
                                            "track_io_timing=on", "-c", "work_mem=3MB"});
      one->sql(schema);
      // ANALYZE in one transaction with the rest is seen late by the statistics system.
      one->sql("ANALYZE");
    }
    return one.get();
  }
  [[nodiscard]] whet::testing::PgServer& target() const { return *server(GetParam()); }

  std::unique_ptr<engine::Engine> open(const std::string& role) {
    engine::ConnectOptions options;
    options.url = target().url_for(role);
    auto opened = engine::postgres::open(options, progress_);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return opened ? std::move(opened).value() : nullptr;
  }
  engine::Collected collect(const std::string& role, double window = 0) {
    auto engine = open(role);
    if (!engine) return {};
    engine::CollectOptions options;
    options.window_seconds = window;
    auto collected = engine->collect(options, progress_);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    return collected ? std::move(collected).value() : engine::Collected{};
  }

  NoProgress progress_;
};

inline const model::Table* find_table(const model::Snapshot& snapshot, const std::string& name) {
  for (const auto& table : snapshot.schema.tables) {
    if (table.schema == "shop" && table.name == name) return &table;
  }
  ADD_FAILURE() << "no table " << name;
  return nullptr;
}

inline const model::Index* find_index(const model::Table& table, const std::string& name) {
  for (const auto& index : table.indexes) {
    if (index.name == name) return &index;
  }
  ADD_FAILURE() << "no index " << name;
  return nullptr;
}

inline std::string not_collected(const model::Snapshot& snapshot) {
  std::string all;
  for (const auto& one : snapshot.not_collected) all += one.what + ": " + one.reason + "\n";
  return all;
}

}  // namespace whet::live
