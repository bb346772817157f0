\set customer random(1, 180000)
UPDATE orders SET status = 'cancelled' WHERE customer_id = :customer AND status = 'pending';
