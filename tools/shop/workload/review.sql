\set product random(1, 60000)
\set customer random(1, 180000)
INSERT INTO reviews (product_id, customer_id, rating, body, created_at) VALUES (:product, :customer, 4, 'Fine.', now());
