-- keys-orders.sql: keys and indexes of orders and events, as the shop's developers made them.
SET maintenance_work_mem = '128MB';
ALTER TABLE orders ADD PRIMARY KEY (id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
ALTER TABLE order_items ADD PRIMARY KEY (id);
ALTER TABLE payments ADD PRIMARY KEY (id);
CREATE INDEX payments_order_id_paid_at_idx ON payments (order_id, paid_at);
ALTER TABLE invoices ADD PRIMARY KEY (id);
ALTER TABLE shipments ADD PRIMARY KEY (id), ADD CONSTRAINT shipments_tracking_key UNIQUE (tracking);
CREATE INDEX shipments_order_id_idx ON shipments (order_id);
ALTER TABLE events ADD PRIMARY KEY (id);
VACUUM ANALYZE orders, order_items, payments, invoices, shipments, events;
