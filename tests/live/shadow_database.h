// A database with one of everything that a planner looks at, and queries of many kinds.
#pragma once

#include <string>
#include <vector>

namespace whet::live {

inline constexpr const char* shadow_database = R"(
CREATE ROLE reader LOGIN;
GRANT pg_monitor, pg_read_all_data TO reader;
CREATE SCHEMA shop;
CREATE SCHEMA "Odd Name";
CREATE EXTENSION pg_trgm SCHEMA shop;
CREATE EXTENSION btree_gist;
CREATE COLLATION shop.bytewise (provider = libc, locale = 'C');
CREATE TYPE shop.state AS ENUM ('new', 'paid', 'sent', 'returned');
ALTER TYPE shop.state ADD VALUE 'lost' BEFORE 'sent';
CREATE DOMAIN shop.email AS varchar(80) NOT NULL CHECK (VALUE LIKE '%@%');
CREATE TYPE shop.place AS (street text, zip text COLLATE shop.bytewise);
CREATE TYPE shop.span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE FUNCTION shop.initial(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT upper(left($1, 2))';
CREATE FUNCTION shop.busy(integer) RETURNS boolean LANGUAGE plpgsql STABLE COST 500 AS
  $$BEGIN RETURN $1 > 3; END$$;
CREATE FUNCTION shop.some_orders(integer) RETURNS SETOF integer LANGUAGE sql STABLE ROWS 17 AS
  'SELECT generate_series(1, $1)';

CREATE TABLE shop.customers (
  gone integer,
  id integer PRIMARY KEY,
  email shop.email,
  name text NOT NULL COLLATE shop.bytewise,
  city text,
  born date,
  score numeric(10,2),
  tags text[],
  home shop.place,
  profile jsonb,
  also_gone text,
  name_length integer GENERATED ALWAYS AS (length(name)) STORED,
  CHECK (score >= 0));
ALTER TABLE shop.customers DROP COLUMN gone, DROP COLUMN also_gone;
INSERT INTO shop.customers (id, email, name, city, born, score, tags, home, profile)
  SELECT i, 'c' || i || '@example.org', 'Name ' || md5(i::text),
    CASE WHEN i % 10 < 6 THEN 'Paris' WHEN i % 10 < 9 THEN 'Lyon' ELSE 'Town ' || i % 500 END,
    DATE '1950-01-01' + (i * 7919) % 20000, (i * 31) % 10000 / 7.0,
    ARRAY['t' || i % 7, 't' || i % 101], ROW('Street ' || i % 300, (10000 + i % 90)::text)::shop.place,
    jsonb_build_object('level', i % 5, 'note', 'n' || i)
  FROM generate_series(1, 20000) i;
CREATE UNIQUE INDEX customers_email ON shop.customers (email);
CREATE INDEX customers_lower ON shop.customers (lower(name));
CREATE INDEX customers_initial ON shop.customers (shop.initial(city), born);
CREATE INDEX customers_sum ON shop.customers ((id + name_length));
CREATE INDEX customers_born ON shop.customers (born DESC NULLS LAST) INCLUDE (score);
CREATE INDEX customers_pattern ON shop.customers (name text_pattern_ops);
CREATE INDEX customers_rich ON shop.customers (score) WHERE score > 1300;
CREATE INDEX customers_length ON shop.customers (name_length);
CREATE INDEX customers_city_hash ON shop.customers USING hash (city);
CREATE STATISTICS shop.customers_expr ON (id % 10), (lower(city)), city FROM shop.customers;
CREATE STATISTICS shop.customers_one ON (score + 1) FROM shop.customers;

CREATE TABLE shop.orders (
  id bigint NOT NULL,
  customer_id integer NOT NULL REFERENCES shop.customers,
  placed timestamptz NOT NULL,
  state shop.state NOT NULL,
  region text NOT NULL,
  total double precision,
  during tstzrange,
  dropped text,
  PRIMARY KEY (id, placed, region)) PARTITION BY RANGE (placed);
ALTER TABLE shop.orders DROP COLUMN dropped;
CREATE TABLE shop.orders_2023 PARTITION OF shop.orders
  FOR VALUES FROM ('2023-01-01 00:00+00') TO ('2024-01-01 00:00+00');
CREATE TABLE shop.orders_2024 PARTITION OF shop.orders
  FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00') PARTITION BY LIST (region);
CREATE TABLE shop.orders_2024_north PARTITION OF shop.orders_2024 FOR VALUES IN ('north');
CREATE TABLE shop.orders_2024_rest PARTITION OF shop.orders_2024 DEFAULT;
-- A partition whose columns have other numbers than its parent's.
CREATE TABLE shop.orders_2025 (region text NOT NULL, x integer, total double precision, id bigint NOT NULL,
  customer_id integer NOT NULL, placed timestamptz NOT NULL, state shop.state NOT NULL, during tstzrange);
ALTER TABLE shop.orders_2025 DROP COLUMN x;
ALTER TABLE shop.orders ATTACH PARTITION shop.orders_2025
  FOR VALUES FROM ('2025-01-01 00:00+00') TO (MAXVALUE);
CREATE INDEX orders_customer ON shop.orders (customer_id);
CREATE INDEX orders_placed ON shop.orders (placed);
CREATE INDEX orders_open ON shop.orders (state, total) WHERE state IN ('new', 'paid');
CREATE INDEX orders_brin ON shop.orders_2023 USING brin (placed) WITH (pages_per_range = 4);
CREATE INDEX orders_during ON shop.orders_2023 USING gist (during);
INSERT INTO shop.orders (id, customer_id, placed, state, region, total, during)
  SELECT i, 1 + (i::bigint * i) % 20000, TIMESTAMPTZ '2023-01-01 00:00+00' + i * interval '12 minutes',
    (ARRAY['new','paid','sent','sent','sent','sent','lost','returned'])[1 + i % 8]::shop.state,
    CASE WHEN i % 3 = 0 THEN 'north' WHEN i % 50 = 1 THEN 'isle' ELSE 'south' END, (i * 17) % 1000 + i % 7 / 3.0,
    tstzrange(TIMESTAMPTZ '2023-01-01 00:00+00' + i * interval '12 minutes',
              TIMESTAMPTZ '2023-01-01 00:00+00' + i * interval '13 minutes')
  FROM generate_series(1, 120000) i;
CREATE STATISTICS shop.orders_all (ndistinct, dependencies, mcv) ON state, region, customer_id FROM shop.orders;
CREATE STATISTICS shop.orders_2023_all (ndistinct, dependencies, mcv) ON state, region FROM shop.orders_2023;

CREATE TABLE shop.lines (
  order_id bigint NOT NULL, line smallint NOT NULL, product integer NOT NULL, quantity integer,
  note varchar(30), PRIMARY KEY (order_id, line)) WITH (fillfactor = 70);
INSERT INTO shop.lines SELECT i / 2, i % 2, 1 + (i % 300) * (i % 7), i % 12, CASE WHEN i % 4 = 0 THEN 'note ' || i % 90 END
  FROM generate_series(1, 200000) i;
CREATE INDEX lines_product ON shop.lines (product);
CREATE INDEX lines_product_quantity ON shop.lines (product, quantity DESC);
CREATE STATISTICS shop.lines_stats (dependencies, ndistinct) ON product, quantity, note FROM shop.lines;

CREATE TABLE shop.log (id serial PRIMARY KEY, at timestamp, what text);
CREATE TABLE shop.log_old (archived date) INHERITS (shop.log);
CREATE INDEX log_old_at ON shop.log_old (at);
ALTER TABLE shop.log_old ADD CONSTRAINT old CHECK (at < '2020-01-01');
INSERT INTO shop.log (at, what) SELECT timestamp '2020-01-01' + i * interval '1 minute', 'w' || i % 9 FROM generate_series(1, 8000) i;
INSERT INTO shop.log_old (at, what) SELECT timestamp '2019-01-01' + i * interval '1 minute', 'w' || i % 5 FROM generate_series(1, 15000) i;

CREATE TABLE "Odd Name"."Rooms" (id integer, "Span" int4range, floor shop.span,
  CONSTRAINT "no overlap" EXCLUDE USING gist (id WITH =, "Span" WITH &&));
INSERT INTO "Odd Name"."Rooms" SELECT i % 40, int4range(i, i + 1), shop.span(i, i + 2) FROM generate_series(1, 4000) i;
CREATE TABLE shop.empty (a integer PRIMARY KEY, b text);
CREATE TABLE shop.fresh (a integer, b text);

CREATE VIEW shop.open_orders AS SELECT o.*, c.city FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id
  WHERE o.state IN ('new', 'paid');
CREATE VIEW shop.rich_open AS SELECT * FROM shop.open_orders WHERE total > 900;
CREATE MATERIALIZED VIEW shop.per_city AS SELECT city, count(*) AS n FROM shop.customers GROUP BY city;
CREATE UNIQUE INDEX per_city_key ON shop.per_city (city);
VACUUM ANALYZE;
-- Since then the tables have grown: the true ends lie beyond the histograms, the files are longer.
INSERT INTO shop.orders (id, customer_id, placed, state, region, total)
  SELECT i, 1 + i % 20000, TIMESTAMPTZ '2025-10-01 00:00+00' + i * interval '1 minute', 'new', 'south', 5000 + i
  FROM generate_series(120001, 124000) i;
INSERT INTO shop.customers (id, email, name, city, born, score) SELECT i, 'd' || i || '@example.org', 'Zz ' || i, 'Nice', DATE '2010-01-01' + i % 700, 2000 + i % 13
  FROM generate_series(30001, 31500) i;
DELETE FROM shop.lines WHERE order_id < 500;
INSERT INTO shop.fresh SELECT i, 'b' || i FROM generate_series(1, 3000) i;
)";

inline const std::vector<std::string>& shadow_queries() {
  static const std::vector<std::string> queries{
      "SELECT * FROM shop.customers",
      "SELECT * FROM shop.customers WHERE id = 77",
      "SELECT * FROM shop.customers WHERE id < 50",
      "SELECT * FROM shop.customers WHERE id > 30800",
      "SELECT * FROM shop.customers WHERE id BETWEEN 19990 AND 31000",
      "SELECT * FROM shop.customers WHERE id > 40000",
      "SELECT * FROM shop.customers WHERE email = 'c5@example.org'",
      "SELECT * FROM shop.customers WHERE email::text LIKE 'c5%'",
      "SELECT * FROM shop.customers WHERE name LIKE 'Name 00%'",
      "SELECT * FROM shop.customers WHERE name LIKE '%abc%'",
      "SELECT * FROM shop.customers WHERE name > 'Zz 314'",
      "SELECT * FROM shop.customers WHERE lower(name) = 'name 77'",
      "SELECT * FROM shop.customers WHERE lower(name) > 'zz 3140'",
      "SELECT * FROM shop.customers WHERE shop.initial(city) = 'TO' AND born > '2000-01-01'",
      "SELECT * FROM shop.customers WHERE id + name_length > 31400",
      "SELECT * FROM shop.customers WHERE id + name_length < 60",
      "SELECT * FROM shop.customers WHERE born > '2011-10-01' ORDER BY born DESC NULLS LAST LIMIT "
      "5",
      "SELECT born, score FROM shop.customers WHERE born < '1950-03-01'",
      "SELECT count(*) FROM shop.customers WHERE score > 1350",
      "SELECT * FROM shop.customers WHERE score > 1300 AND score < 1310",
      "SELECT * FROM shop.customers WHERE city = 'Lyon' AND lower(city) = 'lyon'",
      "SELECT id % 10, count(*) FROM shop.customers GROUP BY 1",
      "SELECT lower(city), id % 10, count(*) FROM shop.customers GROUP BY 1, 2",
      "SELECT * FROM shop.customers WHERE score + 1 > 1400",
      "SELECT * FROM shop.customers WHERE tags @> ARRAY['t3']",
      "SELECT * FROM shop.customers WHERE tags && ARRAY['t3', 't99']",
      "SELECT * FROM shop.customers WHERE 't5' = ANY(tags)",
      "SELECT * FROM shop.customers WHERE profile @> '{\"level\": 3}'",
      "SELECT * FROM shop.customers WHERE (home).zip = '10005'",
      "SELECT * FROM shop.customers WHERE home = ROW('Street 7', '10007')::shop.place",
      "SELECT * FROM shop.customers WHERE name_length = 37",
      "SELECT * FROM shop.customers WHERE shop.busy(id) AND city IS NULL",
      "SELECT * FROM shop.customers c, shop.some_orders(9) s WHERE c.id = s",
      "SELECT * FROM shop.customers WHERE id IN (1, 5, 9, 30001) OR born = '1960-05-05'",
      "SELECT DISTINCT city FROM shop.customers ORDER BY city",
      "SELECT * FROM shop.orders WHERE id = 5",
      "SELECT * FROM shop.orders WHERE placed > '2025-12-20 00:00+00'",
      "SELECT * FROM shop.orders WHERE placed < '2023-01-02 00:00+00'",
      "SELECT * FROM shop.orders WHERE placed BETWEEN '2024-06-01 00:00+00' AND '2024-07-01 "
      "00:00+00' AND region = 'north'",
      "SELECT * FROM shop.orders WHERE customer_id = 17",
      "SELECT * FROM shop.orders WHERE customer_id > 19990 AND state = 'lost'",
      "SELECT * FROM shop.orders WHERE state = 'lost' AND region = 'isle'",
      "SELECT * FROM shop.orders WHERE state IN ('new', 'paid') AND total > 990",
      "SELECT * FROM shop.orders WHERE state > 'sent'",
      "SELECT * FROM shop.orders_2023 WHERE state = 'lost' AND region = 'isle'",
      "SELECT state, region, count(*) FROM shop.orders_2023 GROUP BY 1, 2",
      "SELECT state, region, customer_id, count(*) FROM shop.orders GROUP BY 1, 2, 3",
      "SELECT state, sum(total) FROM shop.orders GROUP BY state ORDER BY 2 DESC",
      "SELECT * FROM shop.orders_2023 WHERE during && tstzrange('2023-05-01 00:00+00', '2023-05-02 "
      "00:00+00')",
      "SELECT * FROM shop.orders_2023 WHERE placed < '2023-01-03 00:00+00'",
      "SELECT * FROM shop.orders_2025 WHERE total > 100000",
      "SELECT * FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE c.city = "
      "'Town 9'",
      "SELECT c.city, count(*), avg(o.total) FROM shop.orders o JOIN shop.customers c ON c.id = "
      "o.customer_id GROUP BY 1",
      "SELECT * FROM shop.orders o JOIN shop.lines l ON l.order_id = o.id WHERE o.placed > "
      "'2025-09-20 00:00+00' AND l.product = 6",
      "SELECT * FROM shop.lines WHERE product = 8 AND quantity = 8",
      "SELECT * FROM shop.lines WHERE product = 8 ORDER BY quantity DESC LIMIT 3",
      "SELECT product, quantity, count(*) FROM shop.lines GROUP BY 1, 2",
      "SELECT product, count(*) FROM shop.lines GROUP BY 1 HAVING count(*) > 10",
      "SELECT max(product), min(product) FROM shop.lines",
      "SELECT * FROM shop.lines WHERE order_id < 520",
      "SELECT * FROM shop.lines WHERE note = 'note 8' AND quantity IS NOT NULL",
      "SELECT * FROM shop.log WHERE at > '2020-01-06 12:00'",
      "SELECT * FROM shop.log WHERE at < '2019-01-01 02:00'",
      "SELECT * FROM ONLY shop.log WHERE id < 30",
      "SELECT what, count(*) FROM shop.log GROUP BY what",
      "SELECT * FROM \"Odd Name\".\"Rooms\" WHERE id = 7 AND \"Span\" && int4range(10, 30)",
      "SELECT * FROM \"Odd Name\".\"Rooms\" WHERE floor && shop.span(100, 200)",
      "SELECT * FROM shop.empty WHERE a = 1",
      "SELECT * FROM shop.fresh WHERE a < 100",
      "SELECT * FROM shop.open_orders WHERE city = 'Paris' LIMIT 20",
      "SELECT city, count(*) FROM shop.rich_open GROUP BY city",
      "SELECT * FROM shop.per_city WHERE city > 'Town 4'",
      "SELECT * FROM shop.customers c WHERE NOT EXISTS (SELECT 1 FROM shop.orders o WHERE "
      "o.customer_id = c.id)",
      "SELECT * FROM shop.customers c WHERE id IN (SELECT customer_id FROM shop.orders WHERE total "
      "> 995)",
      "SELECT c.id, (SELECT max(placed) FROM shop.orders o WHERE o.customer_id = c.id) FROM "
      "shop.customers c WHERE c.id < 100",
      "SELECT * FROM shop.customers c LEFT JOIN LATERAL (SELECT * FROM shop.orders o WHERE "
      "o.customer_id = c.id ORDER BY placed DESC LIMIT 1) x ON true WHERE c.born = '1970-01-01'",
      "WITH big AS (SELECT customer_id, sum(total) AS s FROM shop.orders GROUP BY 1) SELECT * FROM "
      "big JOIN shop.customers c ON c.id = big.customer_id WHERE s > 5000",
      "SELECT o.state, rank() OVER (PARTITION BY o.region ORDER BY o.total) FROM shop.orders_2023 "
      "o WHERE o.id < 3000",
      "SELECT id FROM shop.customers WHERE id < 10 UNION SELECT customer_id FROM shop.orders WHERE "
      "total > 999",
      "SELECT count(*) FROM shop.orders o JOIN shop.lines l ON l.order_id = o.id JOIN "
      "shop.customers c ON c.id = o.customer_id",
      "UPDATE shop.customers SET score = 0 WHERE city = 'Lyon' AND id < 1000",
      "DELETE FROM shop.orders WHERE placed < '2023-02-01 00:00+00'",
  };
  return queries;
}

}  // namespace whet::live
