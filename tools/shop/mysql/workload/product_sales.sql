SELECT COUNT(*), SUM(quantity * unit_price) FROM order_items WHERE product_id = {uniform 1 30000}
