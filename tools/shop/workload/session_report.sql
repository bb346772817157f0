\set day random(1, 70)
SELECT session_id, count(*), min(at), max(at) FROM events WHERE at >= timestamptz '2026-03-01' + :day * interval '1 day' AND at < timestamptz '2026-03-04' + :day * interval '1 day' GROUP BY session_id ORDER BY count(*) DESC, session_id;
