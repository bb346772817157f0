SELECT product_id, rating, created_at FROM reviews ORDER BY created_at DESC LIMIT 20
