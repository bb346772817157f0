SELECT id, customer_id, placed_at FROM orders WHERE status = 'pending' ORDER BY total DESC LIMIT 20;
