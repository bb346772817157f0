\set customer random_zipfian(1, 180000, 1.01)
\set day random(10, 28)
SELECT kind, product_id, at FROM events WHERE customer_id = :customer AND at >= '2026-03-:day' ORDER BY at DESC LIMIT 20;
