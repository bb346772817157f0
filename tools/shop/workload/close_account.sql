\set customer random(180001, 200000)
DELETE FROM customers WHERE id = :customer;
