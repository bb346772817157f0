\set customer random_zipfian(1, 180000, 1.01)
\set product random(1, 60000)
INSERT INTO events (at, customer_id, session_id, kind, product_id) VALUES (now(), :customer, gen_random_uuid(), 'view', :product);
