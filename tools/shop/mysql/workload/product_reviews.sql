SELECT rating, body, created_at FROM reviews WHERE product_id = {uniform 1 30000} ORDER BY created_at DESC LIMIT 10
