\set hour random(1, 16000)
SELECT count(*), sum(total) FROM orders WHERE placed_at >= timestamptz '2024-06-01' + :hour * interval '1 hour' AND placed_at < timestamptz '2024-06-01' + (:hour + 1) * interval '1 hour';
