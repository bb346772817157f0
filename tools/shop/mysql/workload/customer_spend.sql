SELECT o.id, SUM(i.quantity * i.unit_price) FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.customer_id = {uniform 1 90000} GROUP BY o.id
