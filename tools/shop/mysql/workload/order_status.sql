SELECT o.status, o.total, p.method, p.paid_at FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE o.id = {uniform 1 400000} ORDER BY p.paid_at
