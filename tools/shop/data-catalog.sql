-- data-catalog.sql: customers, products and what hangs on them. Deterministic: every draw comes from
-- random() after setseed. Zipf with exponent s over N ranks is N * u^(1/(1-s)).
SELECT setseed(0.1);
INSERT INTO warehouses SELECT i, 'Warehouse ' || i, (ARRAY['Berlin','Lyon','Porto','Gdansk'])[1 + i % 4] FROM generate_series(1, 20) i;
INSERT INTO suppliers SELECT i, 'Supplier ' || i, (ARRAY['DE','FR','PT','PL','IT'])[1 + i % 5] FROM generate_series(1, 500) i;
INSERT INTO categories SELECT i, CASE WHEN i > 20 THEN 1 + i % 20 END, 'Category ' || i FROM generate_series(1, 200) i;
INSERT INTO coupons SELECT i, 'SAVE-' || 10000 + i, 5 * (1 + i % 6), '2027-01-01'::timestamptz + i * interval '1 hour'
  FROM generate_series(1, 5000) i;

-- City follows country, and country is skewed; a third gave no phone; shared landlines make phones repeat.
INSERT INTO customers (id, email, name, country, city, phone, tier, newsletter, born, created_at)
SELECT i, (ARRAY['Ana','Ben','Cleo','Dora','Emil'])[1 + i % 5] || '.' || i || '@Example.com', 'Customer ' || i,
       (ARRAY['DE','FR','PT','PL','IT'])[c], (ARRAY['Berlin','Lyon','Porto','Gdansk','Milano'])[c] || ' ' || (1 + i % 9),
       CASE WHEN r < 0.66 THEN '+49' || (i / 2)::text END,
       CASE WHEN r < 0.9 THEN 'standard' WHEN r < 0.99 THEN 'silver' ELSE 'gold' END, r < 0.4,
       CASE WHEN r > 0.3 THEN date '1950-01-01' + (r * 20000)::int END, '2022-01-01'::timestamptz + i * interval '12 minutes'
  FROM (SELECT i, random() r, 1 + floor(5 * power(random(), 2))::int c FROM generate_series(1, 200000) i) g;
INSERT INTO addresses (customer_id, street, city, postcode, is_default)
SELECT 1 + (i * 7919::bigint) % 200000, 'Street ' || i % 977, 'City ' || i % 311, lpad((i % 99999)::text, 5, '0'), i <= 200000
  FROM generate_series(1, 220000) i;

INSERT INTO products (id, sku, category_id, supplier_id, name, description, attrs, price, active, created_at)
SELECT i, 'SKU-' || lpad(i::text, 7, '0'), c, 1 + (c * 3 + i % 3) % 500,
       (ARRAY['Oak','Steel','Linen','Glass','Cotton','Copper','Pine'])[1 + i % 7] || ' '
       || (ARRAY['lamp','table','chair','mug','shelf','kettle','rug','clock','bowl','frame','desk'])[1 + i % 11] || ' ' || i,
       CASE WHEN r > 0.2 THEN repeat('A sturdy thing made with care. ', 1 + i % 8) END,
       jsonb_build_object('color', (ARRAY['red','blue','green','grey','black'])[1 + i % 5], 'weight', i % 40, 'batch', i % 3000),
       round((5 + 300 * power(r, 3))::numeric, 2), r > 0.05, '2023-01-01'::timestamptz + i * interval '20 minutes'
  FROM (SELECT i, random() r, 1 + floor(200 * power(random(), 1.8))::int c FROM generate_series(1, 60000) i) g;
INSERT INTO product_tags SELECT p, (ARRAY['new','sale','eco','gift'])[1 + k] || '-' || p % 400
  FROM generate_series(1, 60000) p, generate_series(0, 1) k;
INSERT INTO stock SELECT i, 1 + i % 20, 1000, '2026-05-01'::timestamptz + i * interval '1 second' FROM generate_series(1, 60000) i;
INSERT INTO cart_items SELECT i / 2, 1 + (i * 7919::bigint) % 60000, 1 + i % 3, repeat('x', i % 40) FROM generate_series(2, 100001) i;
INSERT INTO reviews (product_id, customer_id, rating, body, created_at)
SELECT 1 + floor(60000 * power(random(), 2))::int, 1 + floor(180000 * random())::int, least(5, 2 + floor(4 * random())::int),
       CASE WHEN i % 4 > 0 THEN repeat('Would buy it again, or not. ', 1 + i % 4) END, '2024-06-01'::timestamptz + (i * 7919::bigint) % 200000 * interval '5 minutes'
  FROM generate_series(1, 200000) i;
-- An int4 key at 95 % of its range: the sequence and the rows agree.
INSERT INTO tickets
SELECT 2040109000 + i, 1 + floor(180000 * random())::int, 'agent-' || 1 + i % 40,
       CASE WHEN i % 50 = 0 THEN 'open' ELSE 'closed' END, '2025-01-01'::timestamptz + i * interval '8 minutes', 'Where is my parcel ' || i,
       CASE WHEN i % 3 = 0 THEN json_build_object('via', 'mail', 'n', i) END
  FROM generate_series(1, 80000) i;
INSERT INTO audit_log SELECT '2025-01-01'::timestamptz + i * interval '4 minutes', 'user' || i % 30, 'login', jsonb_build_object('ip', i % 255)
  FROM generate_series(1, 150000) i;
