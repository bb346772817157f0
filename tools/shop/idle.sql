-- idle.sql: pgbench script that leaves a transaction open, as a forgotten console does. It reads suppliers
-- only: its lock there must not hold up the index builds that whet does elsewhere.
BEGIN;
SELECT count(*) FROM suppliers;
\sleep 1800 s
COMMIT;
