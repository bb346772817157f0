-- catalog.sql: 500 tables of a few rows each, in a tree of foreign keys, and statements about them.
-- After the statements have run, run inflates the tables to their real sizes: planners look at counts and lengths of files.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE SCHEMA app;
CREATE FUNCTION app.name_of(i int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'app.t' || lpad(greatest(i, 1)::text, 3, '0') $$;

CREATE PROCEDURE app.make_tables(tables int) LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
    FOR i IN 1 .. tables LOOP
        t := app.name_of(i);
        EXECUTE format('CREATE TABLE %s (id bigint PRIMARY KEY, parent_id bigint NOT NULL, ref_id bigint, status text NOT NULL,
            kind int NOT NULL, amount numeric(12,2), created timestamptz NOT NULL, closed timestamptz, name text NOT NULL,
            active boolean NOT NULL, note text)', t);
        EXECUTE format('INSERT INTO %s SELECT k, 1 + k * 7 %% 200, nullif(k * 13 %% 200, 0),
            (ARRAY[''new'', ''paid'', ''sent'', ''sent'', ''sent'', ''lost''])[1 + k %% 6], k %% 40, k * 31 %% 1000 / 7.0,
            timestamptz ''2025-01-01'' + k * interval ''1 hour'', CASE WHEN k %% 5 > 0 THEN timestamptz ''2025-01-02'' + k * interval ''1 hour'' END,
            ''name '' || md5(k::text), k %% 10 > 0, repeat(''x'', k %% 60) FROM generate_series(1, 200) k', t);
        IF i > 1 THEN EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (parent_id) REFERENCES %s', t, app.name_of(i / 2)); END IF;
        IF i % 2 = 0 THEN EXECUTE format('CREATE INDEX ON %s (parent_id)', t); END IF;
        IF i % 3 = 0 THEN EXECUTE format('CREATE INDEX ON %s (created)', t); END IF;
        IF i % 5 = 0 THEN EXECUTE format('CREATE INDEX ON %s (kind)', t); END IF;
        IF i % 10 = 0 THEN EXECUTE format('CREATE INDEX ON %s (kind, status)', t); END IF;
        IF i % 50 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$;

-- Statement number n, for one of so many tables: twenty shapes, of 1 to 6 tables that hang together.
CREATE FUNCTION app.statement(n int, tables int) RETURNS text LANGUAGE sql AS $$
    SELECT format((ARRAY[
        'SELECT * FROM %1$s WHERE parent_id = %7$s AND status = ''paid''',
        'SELECT id, name FROM %1$s WHERE created >= ''2025-01-03'' AND created < ''2025-01-04'' AND kind = %8$s',
        'SELECT * FROM %1$s WHERE kind = %8$s ORDER BY created DESC LIMIT 20',
        'SELECT status, count(*), sum(amount) FROM %1$s WHERE created > ''2025-01-08'' GROUP BY status',
        'SELECT * FROM %1$s WHERE ref_id IN (%7$s, 3, 17) AND active',
        'SELECT a.id, b.name FROM %1$s a JOIN %2$s b ON b.id = a.parent_id WHERE a.kind = %8$s AND b.status = ''new''',
        'SELECT a.*, b.amount FROM %1$s a JOIN %2$s b ON b.id = a.parent_id WHERE b.name = ''name x'' ORDER BY a.created LIMIT 10',
        'SELECT c.name, sum(a.amount) FROM %1$s a JOIN %2$s b ON b.id = a.parent_id JOIN %3$s c ON c.id = b.parent_id WHERE a.created > ''2025-01-08'' GROUP BY c.name',
        'SELECT count(*) FROM %1$s a JOIN %2$s b ON b.id = a.parent_id JOIN %3$s c ON c.id = b.parent_id JOIN %4$s d ON d.id = c.parent_id WHERE d.kind = %8$s AND a.status = ''lost''',
        'SELECT a.id, e.name FROM %1$s a JOIN %2$s b ON b.id = a.parent_id JOIN %3$s c ON c.id = b.parent_id JOIN %4$s d ON d.id = c.parent_id JOIN %5$s e ON e.id = d.parent_id WHERE a.kind = %8$s AND e.active ORDER BY a.created DESC LIMIT 50',
        'SELECT a.id FROM %1$s a JOIN %2$s b ON b.id = a.parent_id JOIN %3$s c ON c.id = b.parent_id JOIN %4$s d ON d.id = c.parent_id JOIN %5$s e ON e.id = d.parent_id JOIN %6$s f ON f.id = a.ref_id WHERE f.name = ''name y'' AND c.created < ''2025-01-02''',
        'SELECT * FROM %2$s p WHERE EXISTS (SELECT 1 FROM %1$s a WHERE a.parent_id = p.id AND a.amount > 140) AND p.kind = %8$s',
        'SELECT p.id, (SELECT max(created) FROM %1$s a WHERE a.parent_id = p.id) FROM %2$s p WHERE p.status = ''lost'' AND p.kind = %8$s',
        'SELECT kind, avg(amount) FROM %1$s WHERE closed IS NULL AND amount BETWEEN 10 AND 12 GROUP BY kind ORDER BY 2 DESC',
        'SELECT * FROM %1$s a JOIN %6$s r ON r.id = a.ref_id WHERE a.name LIKE ''name ab%%'' AND r.kind < 4',
        'UPDATE %1$s SET amount = amount + 1 WHERE name = ''name z''',
        'UPDATE %1$s SET status = ''sent'', closed = now() WHERE parent_id = %7$s AND kind = %8$s',
        'DELETE FROM %1$s WHERE created < ''2024-01-01'' AND status = ''lost''',
        'INSERT INTO %1$s SELECT 1000000 + id, parent_id, ref_id, status, kind, amount, created, closed, name, active, note FROM %1$s WHERE id = -%7$s',
        'SELECT DISTINCT status FROM %1$s WHERE ref_id = %7$s AND created > ''2025-01-05'''])[1 + n % 20],
        app.name_of(t), app.name_of(t / 2), app.name_of(t / 4), app.name_of(t / 8), app.name_of(t / 16),
        app.name_of(1 + t * 37 % tables), 1 + n % 190, n % 40)
    FROM (SELECT tables - (n * 7 + n / 20 * 3) % tables AS t) one $$;

-- Each table as if it had 20,000 to 5 million rows.
CREATE PROCEDURE app.inflate() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_class c SET reltuples = (20000 * (1 + (c.oid::bigint * 7919) % 250))::real, relpages = 20000 * (1 + (c.oid::bigint * 7919) % 250) / 60
    WHERE relnamespace = 'app'::regnamespace AND relkind = 'r';
    UPDATE pg_class c SET reltuples = t.reltuples, relpages = t.reltuples / 300
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indexrelid = c.oid AND t.relnamespace = 'app'::regnamespace;
    UPDATE pg_statistic s SET stadistinct = -0.05 FROM pg_attribute a WHERE a.attrelid = s.starelid AND a.attnum = s.staattnum
        AND a.attname IN ('parent_id', 'ref_id') AND s.starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace);
    UPDATE pg_statistic s SET stadistinct = -1 FROM pg_attribute a WHERE a.attrelid = s.starelid AND a.attnum = s.staattnum
        AND a.attname IN ('created', 'name') AND s.starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace);
END $$;
