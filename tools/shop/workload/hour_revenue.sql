\set month random(1, 9)
\set day random(10, 28)
\set hour random(10, 22)
\set next :hour + 1
SELECT count(*), sum(total) FROM orders WHERE placed_at >= '2025-0:month-:day :hour:00' AND placed_at < '2025-0:month-:day :next:00';
