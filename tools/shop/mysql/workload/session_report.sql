SELECT session, COUNT(*), MIN(at), MAX(at) FROM events WHERE at >= '2026-03-{uniform 10 20}' AND at < '2026-03-{uniform 21 28}' GROUP BY session ORDER BY COUNT(*) DESC LIMIT 50
