\set n random(0, 399)
SELECT p.id, p.name FROM product_tags t JOIN products p ON p.id = t.product_id WHERE t.tag = 'sale-:n' LIMIT 20;
