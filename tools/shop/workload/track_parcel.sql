\set n random(100000, 299999)
SELECT carrier, shipped_at, delivered_at FROM shipments WHERE tracking = 'TRK000:n';
