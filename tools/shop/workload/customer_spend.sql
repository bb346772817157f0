\set customer 1 + permute(random_zipfian(1, 180000, 1.01) - 1, 180000)
SELECT o.id, sum(i.quantity * i.unit_price) FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.customer_id = :customer GROUP BY o.id;
