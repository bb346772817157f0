SELECT p.id, p.name, (SELECT SUM(i.quantity) FROM order_items i WHERE i.product_id = p.id) AS sold FROM products p WHERE p.category_id = {uniform 1 200} AND p.price > 295 ORDER BY sold DESC LIMIT 5
