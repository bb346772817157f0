\set p random(10000, 60000)
SELECT id, name, price, description FROM products WHERE sku = 'SKU-00:p';
