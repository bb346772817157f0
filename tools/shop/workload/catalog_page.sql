\set skip 20 * random(1500, 2900)
SELECT id, sku, name, price FROM products ORDER BY id LIMIT 20 OFFSET :skip;
