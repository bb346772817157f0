-- catalog.sql: make_tables(first, count): tables from number first on, with five indexes each, a few rows, statistics.
-- Batches of 50 tables per transaction keep the number of locks low.
SET client_min_messages = error;
CREATE OR REPLACE PROCEDURE make_tables(first int, count int) LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
    FOR i IN first .. first + count - 1 LOOP
        t := format('app_%s.t%s', i % 20, lpad(i::text, 5, '0'));
        EXECUTE format('CREATE TABLE %s (id bigint PRIMARY KEY, owner_id bigint, kind int NOT NULL, name text,
            amount numeric, at timestamptz NOT NULL, payload jsonb, done boolean NOT NULL)', t);
        EXECUTE format('INSERT INTO %s SELECT k, k %% 7, k %% 3, ''n'' || k, k, timestamptz ''2026-01-01'' + k * interval ''1 hour'',
            NULL, k %% 2 = 0 FROM generate_series(1, 20) k', t);
        EXECUTE format('CREATE INDEX ON %s (owner_id, at)', t);
        EXECUTE format('CREATE INDEX ON %s (kind)', t);
        EXECUTE format('CREATE INDEX ON %s (lower(name))', t);
        EXECUTE format('CREATE INDEX ON %s (at) WHERE NOT done', t);
        EXECUTE format('ANALYZE %s', t);
        IF i % 50 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$;
