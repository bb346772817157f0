\set user random(1, 30)
INSERT INTO audit_log VALUES (now(), 'user:user', 'login', NULL);
