UPDATE orders SET status = 'cancelled' WHERE customer_id = {uniform 1 90000} AND status = 'pending'
