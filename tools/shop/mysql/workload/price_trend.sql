SELECT valid_from, price FROM price_history WHERE product_id = {uniform 1 30000} ORDER BY valid_from
