-- score.sql: compare the findings of `whet analyze --format json` with the planted faults and the healthy parts.
--   psql URL -X -q -v findings=FILE -v faults=tools/shop/faults.tsv -v healthy=tools/shop/healthy.txt -f tools/shop/score.sql
-- Uses temporary tables only; any database will do. Files are read on the client's side.
SET client_min_messages = error;
SET pg_stat_statements.track = none; -- with --keep, the workload stays as it was
\set text `cat :'findings'`
CREATE TEMP TABLE found AS
SELECT f ->> 'id' AS id, s ->> 'name' AS subject, s ->> 'table' AS parent, f ->> 'severity' AS severity, f::text AS body
  FROM jsonb_array_elements(:'text'::jsonb -> 'findings') f, jsonb_extract_path(f, 'subject') s;
\set text `grep -v '^#' :'faults'`
CREATE TEMP TABLE score AS
WITH fault AS (
    SELECT n, c[1] AS name, c[2] AS matched, '^(' || c[3] || ')$' AS ids, c[4] AS subject, c[5] AS what
      FROM regexp_split_to_table(:'text', E'\n') WITH ORDINALITY line(t, n), string_to_array(t, E'\t') c)
SELECT fault.*, (SELECT min(id) FROM found WHERE id ~ ids
    AND CASE matched WHEN 'object' THEN found.subject ~ ('^(' || fault.subject || ')$') ELSE body ~ fault.subject END) AS id
  FROM fault;
\set text `grep -v '^#' :'healthy'`
CREATE TEMP TABLE alarm AS
SELECT found.* FROM found, regexp_split_to_table(:'text', E'\n') healthy WHERE healthy IN (subject, parent);
\pset tuples_only on
\pset format unaligned
SELECT format('Planted faults found: %s of %s', count(id), count(*)) FROM score;
SELECT format('  %s %s %s%s', CASE WHEN id IS NULL THEN '-' ELSE '+' END, rpad(name, 28), what, '  [' || id || ']')
  FROM score ORDER BY id IS NULL, n;
SELECT format('False alarms about healthy parts: %s', count(*)) FROM alarm;
SELECT format('  ! %s %s (%s)', id, subject, severity) FROM alarm ORDER BY id, subject;
