-- Films, the people and firms that made them, and what is said of both: large link tables around two
-- large entities, and small tables of kinds. About 2.3 million rows. Made up: popular films and people have
-- most of the links, and columns go together (kind and year, language and country, part and order).
-- Deterministic but for ANALYZE's samples. Primary keys come from keys.sql, where they are wanted.
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.4);

CREATE TABLE kind (id int NOT NULL, name text NOT NULL);
CREATE TABLE country (id int NOT NULL, code text NOT NULL, name text NOT NULL, continent text NOT NULL);
CREATE TABLE language (id int NOT NULL, code text NOT NULL, family text);
CREATE TABLE genre (id int NOT NULL, name text NOT NULL);
CREATE TABLE part (id int NOT NULL, name text NOT NULL);
CREATE TABLE firm_role (id int NOT NULL, name text NOT NULL);
CREATE TABLE fact_kind (id int NOT NULL, name text NOT NULL, about text NOT NULL);
CREATE TABLE relation (id int NOT NULL, name text NOT NULL);
CREATE TABLE prize (id int NOT NULL, name text NOT NULL, country_id int NOT NULL, since int);
CREATE TABLE tag (id int NOT NULL, word text NOT NULL, hits int NOT NULL);
CREATE TABLE firm (id int NOT NULL, name text NOT NULL, country_id int, founded int, parent_id int);
CREATE TABLE person (id int NOT NULL, name text NOT NULL, sex char(1), born int, died int, country_id int);
CREATE TABLE film (id int NOT NULL, title text NOT NULL, kind_id int NOT NULL, year int, language_id int,
                   minutes int, series_id int, season int, added date NOT NULL);
CREATE TABLE casting (id int NOT NULL, film_id int NOT NULL, person_id int NOT NULL, part_id int NOT NULL,
                      character text, place int, note text);
CREATE TABLE film_firm (id int NOT NULL, film_id int NOT NULL, firm_id int NOT NULL, firm_role_id int NOT NULL,
                        note text);
CREATE TABLE film_tag (id int NOT NULL, film_id int NOT NULL, tag_id int NOT NULL);
CREATE TABLE film_genre (film_id int NOT NULL, genre_id int NOT NULL);
CREATE TABLE film_fact (id int NOT NULL, film_id int NOT NULL, fact_kind_id int NOT NULL, value text NOT NULL,
                        note text);
CREATE TABLE rating (film_id int NOT NULL, votes int NOT NULL, score numeric(3,1) NOT NULL, day date NOT NULL);
CREATE TABLE person_fact (id int NOT NULL, person_id int NOT NULL, fact_kind_id int NOT NULL, value text NOT NULL);
CREATE TABLE alias (id int NOT NULL, person_id int NOT NULL, name text NOT NULL);
CREATE TABLE film_link (id int NOT NULL, film_id int NOT NULL, other_id int NOT NULL, relation_id int NOT NULL);
CREATE TABLE nomination (id int NOT NULL, prize_id int NOT NULL, film_id int NOT NULL, person_id int, year int NOT NULL,
                         won boolean NOT NULL);

-- skewed(n, s): a number from 1 to n; the larger s, the more often a small one.
CREATE FUNCTION skewed(n int, s float8) RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT 1 + floor(n * power(random(), s))::int $$;
-- word(i): a name that i gives away.
CREATE FUNCTION word(i int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT initcap(translate(substr(md5(i::text), 1, 4 + i % 7), '0123456789', 'ghklmnoprs')) $$;

INSERT INTO kind SELECT i, (ARRAY['film','series','episode','short','video','game','special'])[i] FROM generate_series(1, 7) i;
INSERT INTO country SELECT i, lower(substr(md5(i::text), 1, 3)), word(i), (ARRAY['africa','america','asia','europe','oceania'])[1 + i % 5]
FROM generate_series(1, 120) i;
INSERT INTO language SELECT i, substr(md5((i + 500)::text), 1, 2), CASE WHEN i % 9 > 0 THEN 'family' || i % 12 END FROM generate_series(1, 150) i;
INSERT INTO genre SELECT i, word(i + 1000) FROM generate_series(1, 28) i;
INSERT INTO part SELECT i, (ARRAY['actor','actress','producer','writer','camera','composer','costume','director','editor','guest','crew','design'])[i]
FROM generate_series(1, 12) i;
INSERT INTO firm_role SELECT i, (ARRAY['maker','seller','effects','other'])[i] FROM generate_series(1, 4) i;
INSERT INTO fact_kind SELECT i, 'fact' || i, CASE WHEN i <= 60 THEN 'film' ELSE 'person' END FROM generate_series(1, 90) i;
INSERT INTO relation SELECT i, 'relation' || i FROM generate_series(1, 16) i;
INSERT INTO prize SELECT i, word(i + 2000) || ' prize', skewed(120, 2), 1900 + i FROM generate_series(1, 90) i;
INSERT INTO tag SELECT i, lower(word(i)) || '-' || i % 50, 20000 / i FROM generate_series(1, 15000) i;
INSERT INTO firm SELECT i, word(i) || ' ' || (ARRAY['Pictures','Films','Media','Studio'])[1 + i % 4], skewed(120, 2.5),
       CASE WHEN i % 3 > 0 THEN 1900 + skewed(120, 0.6) END, CASE WHEN i % 10 = 0 THEN skewed(2000, 2) END
FROM generate_series(1, 20000) i;
INSERT INTO person SELECT i, word(i) || ', ' || word(i * 7 + 3), CASE WHEN i % 11 < 6 THEN 'm' WHEN i % 11 < 10 THEN 'f' END,
       CASE WHEN i % 3 = 0 THEN 1880 + skewed(125, 0.5) END, CASE WHEN i % 12 = 0 THEN 1930 + skewed(90, 0.7) END,
       CASE WHEN i % 4 = 0 THEN skewed(120, 2.5) END
FROM generate_series(1, 200000) i;
INSERT INTO film SELECT i, word(i) || ' ' || word(i / 3 + 17) || CASE WHEN i % 5 = 0 THEN ' ' || i % 12 ELSE '' END, k,
       CASE WHEN i % 50 > 0 THEN CASE k WHEN 3 THEN 1955 + skewed(68, 0.4) WHEN 6 THEN 1985 + skewed(38, 0.6)
            ELSE 1900 + skewed(123, 0.5) END END,
       skewed(150, 3.5), CASE WHEN k IN (1, 3) AND i % 4 > 0 THEN 20 + skewed(180, 1.2) END,
       CASE WHEN k = 3 THEN skewed(4000, 2) END, CASE WHEN k = 3 THEN skewed(12, 2) END, date '2000-01-01' + (i / 30)
FROM (SELECT i, (ARRAY[3,3,3,1,1,1,4,5,2,6,3,7])[skewed(12, 1.2)] k FROM generate_series(1, 150000) i OFFSET 0) s;
INSERT INTO casting SELECT i, f, skewed(200000, 1.8), p, CASE WHEN p <= 2 OR p = 10 THEN word(i % 90000) END,
       CASE WHEN p <= 2 THEN skewed(40, 1.5) END,
       CASE WHEN i % 4 = 0 THEN (ARRAY['(voice)','(uncredited)','(archive)','(as himself)'])[skewed(4, 1.7)] END
FROM (SELECT i, skewed(150000, 1.6) f, skewed(12, 1.8) p FROM generate_series(1, 700000) i OFFSET 0) s;
INSERT INTO film_firm SELECT i, skewed(150000, 1.4), skewed(20000, 2.6), skewed(4, 1.6),
       CASE WHEN i % 3 = 0 THEN '(' || 1950 + i % 73 || ')' || (ARRAY['(tv)','(worldwide)','(video)','(usa)'])[1 + i % 4] END
FROM generate_series(1, 180000) i;
INSERT INTO film_tag SELECT i, skewed(150000, 2.2), skewed(15000, 2.4) FROM generate_series(1, 300000) i;
INSERT INTO film_genre SELECT i % 150000 + 1, skewed(28, 1.9) FROM generate_series(1, 220000) i;
INSERT INTO film_fact SELECT i, f, k, CASE WHEN k < 10 THEN word(k * 100 + i % 40) WHEN k < 20 THEN (i % 300)::text
       ELSE word(i % 50000) END, CASE WHEN i % 20 = 0 THEN word(i % 30) END
FROM (SELECT i, skewed(150000, 1.3) f, skewed(60, 1.7) k FROM generate_series(1, 400000) i OFFSET 0) s;
INSERT INTO rating SELECT i, skewed(500000, 8), 1 + round((9 * power(random(), 0.6))::numeric, 1), date '2023-01-01' + i % 300
FROM generate_series(1, 150000, 2) i;
INSERT INTO person_fact SELECT i, skewed(200000, 1.8), 60 + skewed(30, 1.5), word(i % 30000) FROM generate_series(1, 150000) i;
INSERT INTO alias SELECT i, skewed(200000, 1.5), word(i * 3) || ' ' || word(i) FROM generate_series(1, 60000) i;
INSERT INTO film_link SELECT i, skewed(150000, 2), skewed(150000, 2.5), skewed(16, 1.6) FROM generate_series(1, 30000) i;
INSERT INTO nomination SELECT i, skewed(90, 1.3), skewed(150000, 3), CASE WHEN i % 3 > 0 THEN skewed(200000, 3) END,
       1950 + skewed(73, 0.7), i % 5 = 0
FROM generate_series(1, 40000) i;
