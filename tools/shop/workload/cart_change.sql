\set cart random(1, 50000)
UPDATE cart_items SET quantity = 1 + quantity % 9 WHERE cart_id = :cart;
