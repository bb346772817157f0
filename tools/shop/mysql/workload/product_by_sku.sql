SELECT id, name, price, description FROM products WHERE sku = 'SKU-00{uniform 10000 30000}'
