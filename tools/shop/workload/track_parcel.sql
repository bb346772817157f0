\set n random(1, 300000)
SELECT carrier, shipped_at, delivered_at FROM shipments WHERE tracking = 'TRK' || lpad(:n::text, 9, '0');
