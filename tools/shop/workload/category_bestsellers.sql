\set category random(100, 200)
SELECT p.id, p.name, (SELECT sum(i.quantity) FROM order_items i WHERE i.product_id = p.id) AS sold FROM products p WHERE p.category_id = :category AND p.price > 285 ORDER BY sold DESC NULLS LAST LIMIT 5;
