\set p random_zipfian(1, 60000, 1.05)
SELECT id, name, price, description FROM products WHERE sku = 'SKU-' || lpad(:p::text, 7, '0');
