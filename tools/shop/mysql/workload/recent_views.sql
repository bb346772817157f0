SELECT kind, product_id, at FROM events WHERE customer_id = {uniform 1 100000} AND at >= '2026-03-{uniform 10 28}' ORDER BY at DESC LIMIT 20
