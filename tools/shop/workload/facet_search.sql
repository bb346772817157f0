\set batch random(0, 2999)
SELECT id, name FROM products WHERE attrs @> '{"batch": :batch}';
