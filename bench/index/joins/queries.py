#!/usr/bin/env python3
"""Writes a workload of queries on schema.sql: queries.py FOLDER [COUNT, 96 unless told].

Each query walks the join graph from a table at random, 3 to 14 joins, and filters two to five of its
relations by conditions whose values follow the data. The same seed gives the same queries."""
import pathlib
import random
import sys

# table: (alias, [(column, other table, other column)])
EDGES = {
    "film": ("f", [("kind_id", "kind", "id"), ("language_id", "language", "id"), ("id", "casting", "film_id"),
                   ("id", "film_firm", "film_id"), ("id", "film_tag", "film_id"), ("id", "film_genre", "film_id"),
                   ("id", "film_fact", "film_id"), ("id", "rating", "film_id"), ("id", "film_link", "film_id"),
                   ("id", "nomination", "film_id")]),
    "casting": ("c", [("person_id", "person", "id"), ("part_id", "part", "id"), ("film_id", "film", "id")]),
    "person": ("p", [("id", "person_fact", "person_id"), ("id", "alias", "person_id"), ("country_id", "country", "id"),
                     ("id", "casting", "person_id")]),
    "film_firm": ("ff", [("firm_id", "firm", "id"), ("firm_role_id", "firm_role", "id"), ("film_id", "film", "id")]),
    "firm": ("fi", [("country_id", "country", "id"), ("id", "film_firm", "firm_id")]),
    "film_tag": ("ft", [("tag_id", "tag", "id"), ("film_id", "film", "id")]),
    "tag": ("t", [("id", "film_tag", "tag_id")]),
    "film_genre": ("fg", [("genre_id", "genre", "id")]),
    "film_fact": ("fa", [("fact_kind_id", "fact_kind", "id"), ("film_id", "film", "id")]),
    "person_fact": ("pf", [("fact_kind_id", "fact_kind", "id")]),
    "film_link": ("fl", [("relation_id", "relation", "id"), ("other_id", "film", "id")]),
    "nomination": ("n", [("prize_id", "prize", "id"), ("person_id", "person", "id")]),
    "prize": ("pr", [("country_id", "country", "id")]),
    "rating": ("r", []), "kind": ("k", []), "language": ("l", []), "country": ("co", []), "part": ("pt", []),
    "firm_role": ("fr", []), "genre": ("g", []), "fact_kind": ("fk", []), "relation": ("re", []), "alias": ("a", []),
}
LARGE = {"film", "casting", "person", "film_firm", "film_tag", "film_fact", "person_fact", "film_genre", "rating"}
SHOWN = {"film": "title", "person": "name", "firm": "name", "tag": "word", "film_fact": "value", "rating": "score",
         "casting": "character", "alias": "name", "person_fact": "value", "nomination": "year", "film_firm": "note",
         "country": "name", "genre": "name", "kind": "name", "prize": "name"}


def span(r, low, high, width):
    start = r.randint(low, high)
    return f"BETWEEN {start} AND {start + r.randint(0, width)}"


def some(r, low, high, most):
    return "(" + ", ".join(map(str, sorted(r.sample(range(low, high), r.randint(2, most))))) + ")"


def text_list(r, words, most):
    return "(" + ", ".join(f"'{w}'" for w in sorted(r.sample(words, r.randint(1, most)))) + ")"


CONTINENTS = ["africa", "america", "asia", "europe", "oceania"]
PARTS = ["actor", "actress", "producer", "writer", "camera", "composer", "director", "editor"]
FILTERS = {
    "film": [lambda r, a: f"{a}.year {span(r, 1920, 2020, 8)}", lambda r, a: f"{a}.year > {r.randint(2005, 2021)}",
             lambda r, a: f"{a}.title LIKE '{r.choice('ABCDEFGHKLM')}{r.choice('abcdefghk')}%'",
             lambda r, a: f"{a}.series_id = {r.randint(1, 3000)}", lambda r, a: f"{a}.kind_id = {r.choice([1, 2, 4, 5, 6])}",
             lambda r, a: f"{a}.minutes > {r.randint(120, 190)}", lambda r, a: f"{a}.language_id IN {some(r, 5, 150, 6)}",
             lambda r, a: f"{a}.year IS NULL", lambda r, a: f"{a}.added >= date '2013-{r.randint(1, 9)}-01'"],
    "casting": [lambda r, a: f"{a}.note = '(archive)'", lambda r, a: f"{a}.place <= {r.randint(1, 3)}",
                lambda r, a: f"{a}.part_id IN {some(r, 3, 12, 3)}", lambda r, a: f"{a}.note LIKE '(un%'",
                lambda r, a: f"{a}.place = 1 AND {a}.part_id = {r.randint(1, 2)}"],
    "person": [lambda r, a: f"{a}.name LIKE '{r.choice('ABCDEFGH')}{r.choice('abcdefgh')}%'", lambda r, a: f"{a}.sex = 'f'",
               lambda r, a: f"{a}.born {span(r, 1890, 2000, 6)}", lambda r, a: f"{a}.country_id = {r.randint(1, 60)}",
               lambda r, a: f"{a}.died IS NOT NULL AND {a}.born < 1920"],
    "film_firm": [lambda r, a: f"{a}.note IS NULL", lambda r, a: f"{a}.firm_role_id = {r.randint(2, 4)}",
                  lambda r, a: f"{a}.note LIKE '(19{r.randint(60, 99)})%'"],
    "firm": [lambda r, a: f"{a}.country_id = {r.randint(2, 40)}", lambda r, a: f"{a}.founded < {r.randint(1920, 1950)}",
             lambda r, a: f"{a}.name LIKE '{r.choice('ABCDEFGH')}%'", lambda r, a: f"{a}.parent_id IS NOT NULL"],
    "tag": [lambda r, a: f"{a}.word LIKE '{r.choice('abcdefgh')}{r.choice('abcdefgh')}%'", lambda r, a: f"{a}.hits > {r.randint(40, 900)}",
            lambda r, a: f"{a}.id IN {some(r, 1, 400, 5)}"],
    "film_fact": [lambda r, a: f"{a}.fact_kind_id = {r.randint(2, 59)}", lambda r, a: f"{a}.fact_kind_id IN {some(r, 5, 60, 4)}",
                  lambda r, a: f"{a}.fact_kind_id = {r.randint(10, 19)} AND {a}.value = '{r.randint(0, 299)}'",
                  lambda r, a: f"{a}.note IS NOT NULL"],
    "rating": [lambda r, a: f"{a}.score > {r.randint(80, 97) / 10}", lambda r, a: f"{a}.votes > {r.choice([1000, 20000, 200000])}",
               lambda r, a: f"{a}.score < 2 AND {a}.votes > 50"],
    "person_fact": [lambda r, a: f"{a}.fact_kind_id = {r.randint(61, 89)}"],
    "alias": [lambda r, a: f"{a}.name LIKE '{r.choice('ABCDEFGH')}%'"],
    "nomination": [lambda r, a: f"{a}.won", lambda r, a: f"{a}.year {span(r, 1960, 2015, 10)}", lambda r, a: f"{a}.prize_id = {r.randint(1, 90)}"],
    "film_link": [lambda r, a: f"{a}.relation_id IN {some(r, 1, 16, 3)}"],
    "film_genre": [lambda r, a: f"{a}.genre_id = {r.randint(2, 28)}"],
    "film_tag": [lambda r, a: f"{a}.tag_id = {r.randint(1, 900)}"],
    "country": [lambda r, a: f"{a}.continent = '{r.choice(CONTINENTS)}'", lambda r, a: f"{a}.id < {r.randint(5, 20)}"],
    "kind": [lambda r, a: f"{a}.name IN {text_list(r, ['film', 'series', 'short', 'video', 'game'], 2)}"],
    "language": [lambda r, a: f"{a}.family = 'family{r.randint(0, 11)}'", lambda r, a: f"{a}.family IS NULL"],
    "part": [lambda r, a: f"{a}.name IN {text_list(r, PARTS, 2)}"],
    "genre": [lambda r, a: f"{a}.id <= {r.randint(1, 6)}"],
    "firm_role": [lambda r, a: f"{a}.name = '{r.choice(['maker', 'seller', 'effects'])}'"],
    "fact_kind": [lambda r, a: f"{a}.name = 'fact{r.randint(2, 59)}'"],
    "prize": [lambda r, a: f"{a}.since < {r.randint(1910, 1960)}"],
    "relation": [lambda r, a: f"{a}.name = 'relation{r.randint(1, 16)}'"],
}


def walk(r, joins):
    """[(table, alias)], [join condition]"""
    first = r.choices(["film", "casting", "person", "firm", "tag", "nomination", "film_fact"], [6, 3, 3, 2, 2, 1, 1])[0]
    used, conditions, numbers, walked = [], [], {}, set()

    def take(table):
        numbers[table] = numbers.get(table, 0) + 1
        alias = EDGES[table][0] + (str(numbers[table]) if numbers[table] > 1 else "")
        used.append((table, alias))
        return alias

    take(first)
    while len(used) <= joins:
        open_edges = [(alias, edge) for table, alias in used for edge in EDGES[table][1]
                      if (alias, edge) not in walked
                      and numbers.get(edge[1], 0) < (2 if edge[1] in ("fact_kind", "country", "film") else 1)]
        if not open_edges:
            break
        alias, (column, other, key) = one = r.choice(open_edges)
        walked.add(one)
        conditions.append(f"{alias}.{column} = {take(other)}.{key}")
    return used, conditions


def query(r):
    joins = r.choice([3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12, 14])
    used, conditions = walk(r, joins)
    candidates = [one for one in used if one[0] in FILTERS]
    large = [one for one in candidates if one[0] in LARGE]
    filtered = r.sample(candidates, min(len(candidates), r.randint(2, 5)))
    if large and not any(one[0] in LARGE for one in filtered):
        filtered.append(r.choice(large))
    conditions += [r.choice(FILTERS[table])(r, alias) for table, alias in filtered]
    shown = [f"{alias}.{SHOWN[table]}" for table, alias in used if table in SHOWN][:4] or ["count(*)"]
    kind, tail = r.random(), ""
    if kind < 0.45:
        columns = ", ".join(f"min({one})" for one in shown)
    elif kind < 0.7:
        columns, tail = f"{shown[0]}, count(*)", f"\nGROUP BY {shown[0]}"
        if r.random() < 0.5:
            tail += "\nORDER BY count(*) DESC\nLIMIT 20"
    elif kind < 0.85:
        columns = "count(*)"
    else:
        columns, tail = ", ".join(shown), f"\nORDER BY {shown[0]}\nLIMIT {r.choice([10, 50, 100])}"
    tables = ", ".join(f"{table} {alias}" for table, alias in used)
    where = "\n  AND ".join(conditions)
    return f"SELECT {columns}\nFROM {tables}\nWHERE {where}{tail};\n"


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 96
    folder.mkdir(parents=True, exist_ok=True)
    r = random.Random(20)
    for i in range(count):
        (folder / f"{i + 1:03}.sql").write_text(query(r))


if __name__ == "__main__":
    main()
