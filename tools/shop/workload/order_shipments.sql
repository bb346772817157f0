\set order random(1, 300000)
SELECT tracking, carrier, delivered_at FROM shipments WHERE order_id = :order;
