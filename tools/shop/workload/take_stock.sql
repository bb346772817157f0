\set product random(1, 60000)
UPDATE stock SET quantity = quantity - 1, updated_at = now() WHERE product_id = :product;
