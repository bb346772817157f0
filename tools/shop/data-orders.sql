-- data-orders.sql: orders and the click stream. Customers above 180000 never ordered (the workload closes
-- their accounts). Ids, time and total go together, as in a real shop.
SELECT setseed(0.2);
INSERT INTO orders (id, customer_id, status, placed_at, total, channel, is_gift, coupon_id, note)
SELECT i, 1 + floor(180000 * power(random(), 2.5))::int,
       CASE WHEN r < 0.003 THEN 'pending' WHEN r < 0.02 THEN 'shipped' WHEN r < 0.07 THEN 'cancelled' ELSE 'delivered' END,
       '2024-06-01'::timestamptz + i * interval '2 minutes', round((20 + 400 * r * r)::numeric, 2),
       (ARRAY['web','web','web','app','app','phone'])[1 + i % 6], r > 0.96, CASE WHEN r > 0.9 THEN 1 + i % 5000 END,
       CASE WHEN r > 0.85 THEN 'Leave it with the neighbours, please' END
  FROM (SELECT i, random() r FROM generate_series(1, 500000) i) g;
INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT 1 + (i * 5) / 12, 1 + floor(60000 * power(random(), 2))::int, 1 + i % 4, 5 + (i % 30000)::numeric / 100
  FROM generate_series(0, 1199999) i;
INSERT INTO payments (order_id, method, amount, paid_at)
SELECT i, (ARRAY['card','card','card','transfer','wallet'])[1 + i % 5], (20 + i % 400)::int::money, '2024-06-01'::timestamp + i * interval '2 minutes'
  FROM generate_series(1, 400000) i;
INSERT INTO invoices SELECT i, i, date '2024-06-01' + i / 720 FROM generate_series(1, 100000) i;
INSERT INTO shipments (order_id, tracking, carrier, shipped_at, delivered_at)
SELECT i, 'TRK' || lpad((i * 7919::bigint % 300007)::text, 9, '0'), (ARRAY['post','courier','van'])[1 + i % 3], '2024-06-02'::timestamptz + i * interval '2 minutes',
       CASE WHEN i % 50 > 0 THEN '2024-06-04'::timestamptz + i * interval '2 minutes' END
  FROM generate_series(1, 300000) i;
INSERT INTO events (at, customer_id, session_id, kind, product_id, payload)
SELECT '2026-03-01'::timestamptz + i * interval '10 seconds', 1 + floor(180000 * power(random(), 2))::int, md5((i / 6)::text)::uuid,
       (ARRAY['view','view','view','search','cart','buy'])[1 + i % 6], CASE WHEN i % 6 <> 3 THEN 1 + i % 60000 END,
       CASE WHEN i % 4 = 0 THEN jsonb_build_object('ms', i % 900, 'ref', 'campaign-' || i % 50) END
  FROM generate_series(1, 700000) i;
