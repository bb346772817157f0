-- faults.sql: the planted faults that are not simply something left out of schema.sql and keys-*.sql.
SET maintenance_work_mem = '128MB';
CREATE INDEX orders_placed_at_idx1 ON orders (placed_at);                  -- exact duplicate
CREATE INDEX payments_order_id_idx ON payments (order_id);                 -- prefix of payments_order_id_paid_at_idx
CREATE INDEX order_items_unit_price_quantity_idx ON order_items (unit_price, quantity); -- large, never used
CREATE INDEX orders_is_gift_idx ON orders (is_gift);                       -- a boolean: selects too much
ALTER TABLE orders ADD FOREIGN KEY (coupon_id) REFERENCES coupons NOT VALID;

-- Numbers that repeat make this build fail; an invalid index stays behind.
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY customers_phone_key ON customers (phone);
\set ON_ERROR_STOP on

-- Statistics taken on a near empty table, then a bulk load; autovacuum is off here (schema.sql).
INSERT INTO price_history SELECT i, '2026-01-01', 10, 'start' FROM generate_series(1, 2000) i;
ANALYZE price_history;
INSERT INTO price_history SELECT i, '2026-02-01'::timestamptz + k * interval '7 days', 10 + (i * k) % 90, 'bulk'
  FROM generate_series(1, 60000) i, generate_series(1, 3) k;

-- Bloat: each pass leaves a dead version of every row behind; autovacuum is off here (schema.sql).
UPDATE cart_items SET quantity = quantity + 1;
UPDATE cart_items SET quantity = quantity + 1;
UPDATE cart_items SET quantity = quantity + 1;

-- Each change of stock moves its entry in stock_updated_at_idx, so no update can be heap-only.
UPDATE stock SET quantity = quantity - 1, updated_at = updated_at + interval '1 day' WHERE product_id % 3 = 0;
SELECT pg_stat_force_next_flush(); -- or the count of dead rows would arrive after the vacuum
VACUUM stock;
