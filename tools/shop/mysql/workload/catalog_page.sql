SELECT id, sku, name, price FROM products ORDER BY id LIMIT 20 OFFSET {uniform 20000 29900}
