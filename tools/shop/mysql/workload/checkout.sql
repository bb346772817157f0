START TRANSACTION;
INSERT INTO orders (customer_id, status, placed_at, total) VALUES ({uniform 1 90000}, 'delivered', '2026-06-01 12:00:00', {uniform 10 400});
INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (LAST_INSERT_ID(), {uniform 1 30000}, 1, {uniform 10 400});
COMMIT
