-- What bench/upkeep/run writes to: all in memory, half-empty pages so that updates can be heap-only.
SET client_min_messages = error;
CREATE SCHEMA b;
CREATE TABLE b.items (id bigint PRIMARY KEY, a int, b int, t text, at timestamptz, v int, tags int[])
  WITH (fillfactor = 60);
INSERT INTO b.items
  SELECT i, (random() * 1e6)::int, (random() * 1000)::int, md5(i::text),
         timestamptz '2024-01-01' + i * interval '1 s', (random() * 1e6)::int,
         ARRAY[(random() * 999)::int, (random() * 999)::int, (random() * 999)::int]
  FROM generate_series(1, 400000) i;
CREATE SEQUENCE b.next START 400001 CACHE 10000;
-- The processor time of this backend so far, in microseconds.
CREATE FUNCTION b.cpu() RETURNS float8 LANGUAGE sql VOLATILE AS
  $$ SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 200), ' ', 1)::float8 / 1000 $$;
CREATE FUNCTION b.inserted(n int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE began float8 := b.cpu();
BEGIN
  INSERT INTO b.items
    SELECT i, (random() * 1e6)::int, (random() * 1000)::int, md5(i::text),
           timestamptz '2024-01-01' + i * interval '1 s', (random() * 1e6)::int,
           ARRAY[(random() * 999)::int, (random() * 999)::int, (random() * 999)::int]
    FROM (SELECT nextval('b.next') AS i FROM generate_series(1, n)) new;
  IF to_regclass('b.elements') IS NOT NULL THEN  -- its entries wait for somebody to bring them in
    PERFORM gin_clean_pending_list('b.elements');
  END IF;
  RETURN (b.cpu() - began) / n;
END $$;
-- Rows all over the table, each once a run.
CREATE FUNCTION b.updated(n int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE began float8; ids bigint[] := ARRAY(SELECT DISTINCT 1 + (random() * 399998)::bigint FROM generate_series(1, n));
BEGIN
  began := b.cpu();
  UPDATE b.items SET v = (random() * 1e6)::int WHERE id = ANY (ids);
  RETURN (b.cpu() - began) / cardinality(ids);
END $$;
VACUUM ANALYZE b.items;
