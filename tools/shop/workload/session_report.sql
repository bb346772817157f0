\set from random(10, 25)
\set to :from + 3
SELECT session_id, count(*), min(at), max(at) FROM events WHERE at >= '2026-03-:from' AND at < '2026-03-:to' GROUP BY session_id ORDER BY count(*) DESC, session_id;
