\set n random(1, 180000)
\set name 1 + :n % 5
SELECT id, name, tier FROM customers WHERE lower(email) = (ARRAY['ana','ben','cleo','dora','emil'])[:name] || '.' || :n || '@example.com';
