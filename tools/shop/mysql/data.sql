-- Data of the shop: the same in every run. r(n, salt) of other databases is CRC32(CONCAT(salt, n)) here.
SET SESSION cte_max_recursion_depth = 1000000, unique_checks = 0, foreign_key_checks = 0, sql_log_bin = 0;
CREATE TEMPORARY TABLE k (i INT UNSIGNED NOT NULL PRIMARY KEY);
INSERT INTO k WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 999) SELECT i FROM c;
-- A temporary table cannot be opened twice in one statement.
CREATE TABLE n (n INT UNSIGNED NOT NULL PRIMARY KEY);
CREATE TEMPORARY TABLE k2 LIKE k;
INSERT INTO k2 SELECT i FROM k;
INSERT INTO n SELECT a.i * 1000 + b.i + 1 FROM k a JOIN k2 b WHERE a.i < 800 ORDER BY 1;

INSERT INTO categories SELECT n, NULLIF(FLOOR(n / 10), 0), CONCAT('Category ', n) FROM n WHERE n <= 200;
INSERT INTO products SELECT n, 1 + CRC32(CONCAT('c', n)) % 200, CONCAT('SKU-', LPAD(n, 7, '0')),
  CONCAT(ELT(1 + n % 7, 'Blue', 'Red', 'Plain', 'Heavy', 'Light', 'Old', 'New'), ' thing ', n),
  5 + CRC32(CONCAT('p', n)) % 29500 / 100, REPEAT(CONCAT('About thing ', n, '. '), 12) FROM n WHERE n <= 30000;
INSERT INTO customers SELECT n, CONCAT(ELT(1 + n % 5, 'ana', 'ben', 'cleo', 'dan', 'eva'), '.', n, '@example.com'),
  CONCAT('4', LPAD(CRC32(CONCAT('t', n)) % 1000000000, 9, '0')), CONCAT('Customer ', n),
  ELT(1 + CRC32(CONCAT('l', n)) % 6, 'de', 'fr', 'nl', 'es', 'it', 'pl'), n % 17 = 0,
  '2024-01-01' + INTERVAL n * 5 MINUTE FROM n WHERE n <= 100000;
INSERT INTO addresses SELECT n, n, CONCAT(n % 300 + 1, ' Long street'), CONCAT('City ', n % 900), LPAD(n % 99999, 5, '0')
  FROM n WHERE n <= 100000;
INSERT INTO coupons SELECT n, CONCAT('SAVE-', n), 5 + n % 30, '2027-01-01' FROM n WHERE n <= 20000;
INSERT INTO orders SELECT n, 1 + FLOOR(POW(CRC32(CONCAT('o', n)) / 4294967296, 2) * 90000),
  CASE WHEN CRC32(CONCAT('s', n)) % 400 = 0 THEN 'pending' WHEN n % 9 = 0 THEN 'returned' ELSE 'delivered' END,
  '2025-01-01' + INTERVAL n * 100 SECOND, 10 + CRC32(CONCAT('m', n)) % 40000 / 100,
  IF(n % 4 = 0, CONCAT('SAVE-', 1 + CRC32(CONCAT('k', n)) % 20000), NULL), n % 33 = 0, IF(n % 50 = 0, 'Leave it at the door.', NULL)
  FROM n WHERE n <= 400000;
INSERT INTO order_items SELECT n, 1 + CRC32(CONCAT('i', n)) % 400000, 1 + CRC32(CONCAT('q', n)) % 30000,
  1 + n % 4, 5 + CRC32(CONCAT('u', n)) % 29500 / 100 FROM n WHERE n <= 800000;
INSERT INTO payments SELECT n, n, ELT(1 + n % 3, 'card', 'transfer', 'wallet'), 10 + CRC32(CONCAT('m', n)) % 40000 / 100,
  '2025-01-01' + INTERVAL n * 100 + 60 SECOND FROM n WHERE n <= 200000;
INSERT INTO reviews SELECT n, 1 + CRC32(CONCAT('rp', n)) % 30000, 1 + CRC32(CONCAT('rc', n)) % 100000, 1 + n % 5,
  REPEAT('It does what it should. ', 1 + n % 5), '2025-01-01' + INTERVAL CRC32(CONCAT('rt', n)) % 40000000 SECOND
  FROM n WHERE n <= 150000;
INSERT INTO events SELECT n, '2026-01-01' + INTERVAL n * 40 SECOND, 1 + CRC32(CONCAT('e', n)) % 100000,
  LPAD(HEX(CRC32(CONCAT('se', FLOOR(n / 8)))), 36, '0'), ELT(1 + n % 3, 'view', 'click', 'search'), 1 + CRC32(CONCAT('ep', n)) % 30000
  FROM n WHERE n <= 400000;
INSERT INTO carts SELECT INSERT(INSERT(INSERT(INSERT(LEFT(SHA2(n, 256), 32), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'),
  1 + CRC32(CONCAT('ct', n)) % 100000, '2026-05-01' + INTERVAL CRC32(CONCAT('cu', n)) % 5000000 SECOND, REPEAT('x', 80 + n % 100)
  FROM n WHERE n <= 80000;
INSERT INTO tickets SELECT 1999 + n, 1 + CRC32(CONCAT('tc', n)) % 100000, CONCAT('agent-', 1 + n % 40),
  IF(n % 60 = 0, 'open', 'closed'), '2025-06-01' + INTERVAL n * 5 MINUTE, CONCAT('Where is order ', n, '?') FROM n WHERE n <= 61000;
INSERT INTO audit_log SELECT '2026-01-01' + INTERVAL n * 30 SECOND, CONCAT('user', n % 30), 'login', NULL FROM n WHERE n <= 100000;
INSERT INTO newsletter SELECT n, CONCAT('reader.', n, '@example.com'), n % 10 > 0 FROM n WHERE n <= 50000;
INSERT INTO shipments SELECT n, n, CONCAT('TRK', LPAD(n, 9, '0')), ELT(1 + n % 4, 'dhl', 'ups', 'gls', 'post'),
  '2025-01-02' + INTERVAL n * 100 SECOND FROM n WHERE n <= 150000;
INSERT INTO stock SELECT n, 10 + n % 90, '2026-01-01' FROM n WHERE n <= 30000;
INSERT INTO page_views SELECT n, '2026-01-01' + INTERVAL n % 180 DAY, 1 + CRC32(CONCAT('v', n)) % 30000, 1 + n % 300
  FROM n WHERE n <= 300000;
-- A table that was analysed while it was small, and grew since.
INSERT INTO price_history SELECT n, n, '2025-01-01', 10 FROM n WHERE n <= 2000;
ANALYZE LOCAL TABLE price_history;
INSERT INTO price_history SELECT 2000 + n, 1 + CRC32(CONCAT('h', n)) % 30000, '2025-01-01' + INTERVAL n % 500 DAY,
  5 + CRC32(CONCAT('hp', n)) % 29500 / 100 FROM n WHERE n <= 200000;
-- Most of it was deleted, and its space never given back.
CREATE TABLE imports (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, batch INT UNSIGNED NOT NULL, line VARCHAR(500) NOT NULL, KEY imports_batch (batch));
INSERT INTO imports SELECT n, n % 50, REPEAT('import ', 60) FROM n WHERE n <= 150000;
DELETE FROM imports WHERE id > 12000;
-- Hidden a year ago to see who misses it; nobody did, and nobody dropped it.
ALTER TABLE customers ADD INDEX customers_registered_at (registered_at) INVISIBLE;
DROP TABLE n;
ANALYZE LOCAL TABLE categories, products, customers, addresses, orders, order_items, payments, coupons, reviews, events, carts, tickets, shipments, stock, page_views;
