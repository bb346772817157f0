\set customer random(1, 200000)
SELECT street, city, postcode FROM addresses WHERE customer_id = :customer;
