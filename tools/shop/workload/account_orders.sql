\set customer random_zipfian(1, 180000, 1.01)
SELECT id, status, total, placed_at FROM orders WHERE customer_id = :customer ORDER BY placed_at DESC LIMIT 10;
