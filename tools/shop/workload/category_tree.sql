\set parent random(1, 20)
SELECT id, name FROM categories WHERE parent_id = :parent ORDER BY name;
