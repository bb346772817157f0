SELECT COUNT(*) FROM tickets WHERE customer_id = {uniform 1 100000}
