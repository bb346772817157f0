\set n random(1, 60000)
SELECT id, name, price FROM products WHERE name LIKE '%:n%' LIMIT 20;
