\set customer random(1, 180000)
\set agent random(1, 40)
INSERT INTO tickets (customer_id, agent, state, opened_at, subject) VALUES (:customer, 'agent-:agent', 'open', now(), 'Where is it?');
