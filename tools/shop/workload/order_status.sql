\set order random(1, 500000)
SELECT o.status, o.total, p.method, p.paid_at FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE o.id = :order ORDER BY p.paid_at;
