\set agent random(1, 40)
SELECT id, subject, opened_at FROM tickets WHERE agent = 'agent-:agent' AND state = 'open' ORDER BY opened_at LIMIT 10;
