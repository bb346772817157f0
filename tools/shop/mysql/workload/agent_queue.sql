SELECT id, subject, opened_at FROM tickets WHERE agent = 'agent-{uniform 1 40}' AND state = 'open' ORDER BY opened_at LIMIT 10
