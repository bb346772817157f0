SELECT i.quantity, i.unit_price, p.name FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = {uniform 1 400000}
