-- A console that someone forgot: an open transaction with locks.
START TRANSACTION;
UPDATE newsletter SET confirmed = confirmed WHERE id = 1;
UPDATE customers SET tier = tier + 1 WHERE id BETWEEN 99001 AND 99600;
DO SLEEP(100000);
