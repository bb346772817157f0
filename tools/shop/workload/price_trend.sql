\set product random(1, 60000)
SELECT valid_from, price FROM price_history WHERE product_id = :product ORDER BY valid_from;
