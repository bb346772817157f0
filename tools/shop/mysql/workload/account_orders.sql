SELECT id, status, total, placed_at FROM orders WHERE customer_id = {zipf 1 90000} ORDER BY placed_at DESC LIMIT 10
