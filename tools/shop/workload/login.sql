\set n 5 * random(1, 36000)
SELECT id, name, tier FROM customers WHERE lower(email) = 'ana.:n@example.com';
