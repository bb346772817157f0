\set customer random_zipfian(1, 180000, 1.01)
\set product random(1, 60000)
\set total random(10, 400)
BEGIN;
INSERT INTO orders (customer_id, status, placed_at, total, channel, is_gift) VALUES (:customer, 'delivered', now(), :total, 'web', false) RETURNING id AS order \gset
INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (:order, :product, 1, :total);
INSERT INTO payments (order_id, method, amount, paid_at) VALUES (:order, 'card', :total, now());
COMMIT;
