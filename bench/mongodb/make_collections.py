#!/usr/bin/env python3
"""make_collections.py PORT COLLECTIONS: collections of a few documents in 10 databases, three indexes each beside _id."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
import mongo  # noqa: E402  (beside mongodserver)

INDEXES = [{"key": {"owner": 1, "at": -1}, "name": "owner_at"}, {"key": {"kind": 1}, "name": "kind"},
           {"key": {"name": 1}, "name": "name"}]


def main():
    server = mongo.Server(int(sys.argv[1]))

    def must(database, command):
        reply = server.run(database, command)
        if not reply.get("ok"):
            sys.exit(f"make_collections: {reply.get('errmsg')}")

    for n in range(int(sys.argv[2])):
        database, name = f"app_{n % 10}", f"c{n:05}"
        must(database, {"createIndexes": name, "indexes": INDEXES})
        must(database, {"insert": name, "documents": [
            {"_id": i, "owner": i % 7, "kind": "abc"[i % 3], "name": f"name {i}", "at": 1000 * n + i,
             "lines": [{"sku": f"s{i % 5}", "count": i}], "address": {"city": "x", "zip": str(i)}} for i in range(20)]})


main()
