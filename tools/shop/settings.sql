-- settings.sql: poor settings, by ALTER SYSTEM so that whet can replace them. shared_buffers waits for a restart.
ALTER SYSTEM SET shared_buffers = '16MB';
ALTER SYSTEM SET work_mem = '64kB';
ALTER SYSTEM SET effective_cache_size = '64MB';
ALTER SYSTEM SET maintenance_work_mem = '1MB';
ALTER SYSTEM SET random_page_cost = 4;
ALTER SYSTEM SET max_wal_size = '32MB';
ALTER SYSTEM SET checkpoint_completion_target = 0.1;
ALTER SYSTEM SET track_io_timing = off;
ALTER SYSTEM SET autovacuum_vacuum_cost_delay = '100ms';
ALTER SYSTEM SET autovacuum_vacuum_cost_limit = 20;
ALTER SYSTEM SET statement_timeout = 0;
ALTER SYSTEM SET lock_timeout = 0;
ALTER SYSTEM SET idle_in_transaction_session_timeout = 0;
