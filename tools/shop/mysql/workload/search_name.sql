SELECT id, name, price FROM products WHERE name LIKE '%thing {uniform 100 30000}%' LIMIT 20
