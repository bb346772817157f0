UPDATE stock SET quantity = quantity - 1, updated_at = '2026-06-01 12:00:00' WHERE product_id = {uniform 1 30000}
