\set customer random_zipfian(1, 180000, 1.01)
\set day random(1, 60)
SELECT kind, product_id, at FROM events WHERE customer_id = :customer AND at >= timestamptz '2026-03-01' + :day * interval '1 day' ORDER BY at DESC LIMIT 20;
