#!/usr/bin/env python3
"""measure.py: asks whet for indexes, makes them, and compares; see bench/mysql/run, which starts it.

Times are by the clock of the server (SYSDATE before and after each statement). Indexes are built invisible, and each
query runs without and with them in turns (use_invisible_indexes), so that what else the machine does hits both; the
least of the rounds counts.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

SLOW_MS = 3000  # a query that takes longer is measured once
LONGEST_MS = 40000
NOISE_MS = 5


def is_slower(before, after):
    return after > 1.1 * before and after > before + NOISE_MS


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("client", "socket", "whet", "predict", "url", "queries", "work", "budget"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


class Server:
    def __init__(self, options):
        self.command = [options.client, "--no-defaults", "-u", "root", "-S", options.socket, "-BN", "tpch"]

    def sql(self, text):
        done = subprocess.run(self.command, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"measure: {done.stderr}\n{text}")
        return done.stdout

    def time_ms(self, query, with_indexes):
        """The server's own clock around the statement, so that the client's start does not count."""
        switch = "on" if with_indexes else "off"
        out = self.sql(f"SET optimizer_switch = 'use_invisible_indexes={switch}'; SELECT SYSDATE(6);\n{query}\n"
                       f"SELECT CONCAT('end ', SYSDATE(6));").splitlines()
        begin, end = out[0], out[-1].removeprefix("end ")
        return float(self.sql(f"SELECT TIMESTAMPDIFF(MICROSECOND, '{begin}', '{end}') / 1000"))

    def plan(self, query, with_indexes):
        """Without the figures."""
        switch = "on" if with_indexes else "off"
        tree = self.sql(f"SET optimizer_switch = 'use_invisible_indexes={switch}'; EXPLAIN FORMAT=TREE {query}")
        return re.sub(r"\(cost=[^)]*\)", "", tree)

    def both_ms(self, query, rounds, known=0.0):
        """Without and with the invisible indexes; `known`: a slow query's time without them."""
        without, after = known or self.time_ms(query, False), self.time_ms(query, True)
        for _ in range(rounds - 1):
            if without <= SLOW_MS:
                without = min(without, self.time_ms(query, False))
            if after <= SLOW_MS:
                after = min(after, self.time_ms(query, True))
        return without, after


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    out, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in range(i, j + 1):
            out[order[k]] = (i + j) / 2
        i = j + 1
    return out


def correlation(a, b):
    """Spearman's."""
    x, y = ranks(a), ranks(b)
    n = len(a)
    mx, my = sum(x) / n, sum(y) / n
    both = sum((p - mx) * (q - my) for p, q in zip(x, y))
    return both / (sum((p - mx) ** 2 for p in x) * sum((q - my) ** 2 for q in y)) ** 0.5


def advice(options, extra):
    command = [options.whet, "index", "--workload", options.queries, "--format", "json", "--max-time", "120s", *extra,
               options.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"measure: whet failed: {done.stderr}")
    return json.loads(done.stdout)


def parts_of(index):
    return [part["column"] for part in index["index"]["parts"]]


def singles(path):
    """Indexes to rank, good and bad ones: name, table, columns."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(line[0], line[1], line[2:]) for line in lines]


def predictions(options, indexes):
    listing = pathlib.Path(options.work) / "indexes"
    listing.write_text("".join(f"{name} {table} {' '.join(key)}\n" for name, table, key in indexes), encoding="utf-8")
    snapshot = pathlib.Path(options.work) / "snapshot.json"
    subprocess.run([options.whet, "collect", "--with-samples", "--window", "0s", options.url, "-o", str(snapshot)],
                   check=True, capture_output=True)
    out = subprocess.run([options.predict, str(snapshot), options.queries, str(listing)], check=True,
                         capture_output=True, text=True).stdout
    predicted = {}
    for line in out.splitlines():
        fields = line.split("\t")
        if fields[0] != "size" and fields[2] != "error":
            predicted[fields[0], fields[1]] = float(fields[2]) / 1000
    return predicted


def main():
    options = arguments()
    server = Server(options)
    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(pathlib.Path(options.queries).glob("*.sql"))}
    found = advice(options, ["--budget", options.budget])
    print(f"advised: {len(found['create'])} indexes, {found['bytes'] / 2**20:.0f} MB by the model, "
          f"{found['candidates']} candidates, {found['planner_calls']} plans, {found['cpu_seconds']:.1f} s of CPU")

    for index in found["create"]:
        server.sql(f"ALTER TABLE {index['table']} ADD INDEX {index['index']['name']} ({', '.join(parts_of(index))}) INVISIBLE;")
    server.sql("ANALYZE TABLE customer, orders, lineitem, part, partsupp, supplier, nation, region;")
    real = float(server.sql("SELECT SUM(stat_value) * @@innodb_page_size / 1048576 FROM mysql.innodb_index_stats "
                            "WHERE database_name = 'tpch' AND stat_name = 'size' AND index_name <> 'PRIMARY'") or 0)
    none, after, slower = {}, {}, []
    for name, text in queries.items():
        none[name], after[name] = server.both_ms(text, options.rounds)
        if is_slower(none[name], after[name]):  # look again, longer
            none[name], after[name] = server.both_ms(text, 4 * options.rounds)
        # The same plan is as fast: the rest is what else the machine does.
        if is_slower(none[name], after[name]) and server.plan(text, False) != server.plan(text, True):
            slower.append(name)
    for index in found["create"]:
        server.sql(f"ALTER TABLE {index['table']} DROP INDEX {index['index']['name']};")

    # One index at a time: does the model know which are worth it, and for which query?
    indexes = singles(pathlib.Path(__file__).parent / "indexes")
    predicted = predictions(options, indexes)
    model, measured = [], []
    for name, table, key in indexes:
        moved = [q for q in queries if abs(predicted[q, name] - predicted[q, "-"]) > 0.02 * predicted[q, "-"]]
        # A plan that would take minutes is not run.
        moved = [q for q in moved if predicted[q, name] < LONGEST_MS]
        if not moved:
            continue
        server.sql(f"ALTER TABLE {table} ADD INDEX {name} ({', '.join(key)}) INVISIBLE; ANALYZE TABLE {table};")
        gains = []
        for q in moved:
            known = none[q] if none[q] > SLOW_MS else 0.0
            without, with_it = server.both_ms(queries[q], options.rounds, known)
            gains.append(without - with_it)
            model.append(predicted[q, "-"] - predicted[q, name])
            measured.append(gains[-1])
        server.sql(f"ALTER TABLE {table} DROP INDEX {name};")
        total = sum(predicted[q, "-"] - predicted[q, name] for q in moved)
        print(f"  {table}({', '.join(key)}): gain of {len(moved)} queries, model {total:.0f} ms, measured {sum(gains):.0f} ms")
    rank = correlation(model, measured)

    print(f"\n{'query':>6} {'without':>10} {'advised':>10}")
    for name in queries:
        print(f"{name:>6} {none[name]:>8.1f} ms {after[name]:>7.1f} ms  {none[name] / max(after[name], 0.01):.2f}x")
    ratio = sum(after.values()) / sum(none.values())
    print(f"\ntotal {sum(none.values()):.0f} ms -> {sum(after.values()):.0f} ms: {ratio:.3f} of before (bar 0.5)")
    print(f"indexes {real:.0f} MB, the model said {found['bytes'] / 2**20:.0f} MB (budget {options.budget})")
    print(f"slower by more than a tenth: {', '.join(slower) or 'none'}")
    print(f"rank correlation of predicted with measured gain, over {len(model)} pairs of index and query: {rank:.2f} "
          f"(bar 0.7)")
    return 0 if ratio <= 0.5 and not slower and rank >= 0.7 else 1


sys.exit(main())
