-- A console that someone forgot: an open transaction with locks.
START TRANSACTION;
UPDATE customers SET tier = tier + 1 WHERE id BETWEEN 99001 AND 99600;
