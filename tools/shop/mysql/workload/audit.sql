INSERT INTO audit_log VALUES ('2026-06-01 12:00:00', 'user{uniform 1 30}', 'login', NULL)
