INSERT INTO events (at, customer_id, session, kind, product_id) VALUES ('2026-07-06 12:00:00', {uniform 1 100000}, '00000000-{uniform 1 100000}', 'view', {uniform 1 30000})
