SELECT id, customer_id, placed_at FROM orders WHERE status = 'pending' ORDER BY placed_at LIMIT 20
