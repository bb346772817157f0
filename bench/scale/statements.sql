-- statements.sql: 5,000 statements that differ in more than their literals, for pg_stat_statements.
SET client_min_messages = error;
SELECT format(f, format('app_%s.t%s', i % 20, lpad(i::text, 5, '0')))
  FROM generate_series(1, 1000) i, unnest(ARRAY[
    'SELECT name FROM %s WHERE id = 7',
    'SELECT id, at FROM %s WHERE owner_id = 3 AND at > ''2026-01-01'' ORDER BY at DESC LIMIT 10',
    'SELECT kind, count(*), sum(amount) FROM %s WHERE done GROUP BY kind',
    'SELECT a.id, b.name FROM %1$s a JOIN %1$s b ON b.id = a.owner_id WHERE a.kind = 1',
    'UPDATE %s SET amount = amount + 1 WHERE lower(name) = ''n5''']) f
\gexec
