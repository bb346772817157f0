\set category random(1, 200)
SELECT id, name, price FROM products WHERE category_id = :category ORDER BY price LIMIT 24;
