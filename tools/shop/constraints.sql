-- constraints.sql: foreign keys, after the rows of both sides are in; and the sequences moved past the rows.
ALTER TABLE categories ADD FOREIGN KEY (parent_id) REFERENCES categories;
ALTER TABLE addresses ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;
ALTER TABLE products ADD FOREIGN KEY (category_id) REFERENCES categories, ADD FOREIGN KEY (supplier_id) REFERENCES suppliers;
ALTER TABLE product_tags ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE stock ADD FOREIGN KEY (product_id) REFERENCES products, ADD FOREIGN KEY (warehouse_id) REFERENCES warehouses;
ALTER TABLE price_history ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders, ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE reviews ADD FOREIGN KEY (product_id) REFERENCES products, ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE tickets ADD FOREIGN KEY (customer_id) REFERENCES customers;
SELECT setval(pg_get_serial_sequence('public.' || t, 'id'), m) FROM (VALUES
    ('customers', 200000), ('addresses', 220000), ('products', 60000), ('orders', 500000), ('order_items', 1200000), ('payments', 400000),
    ('shipments', 300000), ('reviews', 200000), ('events', 700000), ('tickets', 2040189000)) v(t, m);
SELECT setval('invoice_number_seq', 985000);
