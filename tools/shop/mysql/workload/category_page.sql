SELECT id, name, price FROM products WHERE category_id = {uniform 1 200} ORDER BY price LIMIT 24
