\set batch random(0, 2999)
SELECT id, name FROM products WHERE attrs @> jsonb_build_object('batch', :batch::int);
