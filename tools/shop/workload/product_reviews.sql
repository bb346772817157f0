\set product random_zipfian(1, 60000, 1.05)
SELECT rating, body, created_at FROM reviews WHERE product_id = :product ORDER BY created_at DESC LIMIT 10;
