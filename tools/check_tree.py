#!/usr/bin/env python3
"""Fails when the tree breaks a rule that the compiler cannot see: layering of includes, file sizes, forbidden words.

Example: tools/check_tree.py            (run by ctest as `tree`)
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# Which folders a folder may include. A folder may always include itself. Mirrors design.md, section 3.
MAY_USE = {
    "base": [],
    "model": ["base"],
    "mql": ["base", "model"],
    "sql": ["base", "model", "mql"],
    "plans": ["base", "model", "mql"],
    "logs": ["base", "model"],
    "advise": ["base", "model", "sql", "mql", "plans"],
    "engine": ["base", "model", "sql", "mql", "plans", "logs"],
    "ledger": ["base", "model", "engine"],
    "optimize": ["base", "model", "sql", "mql", "plans", "advise", "engine", "ledger"],
    "report": ["base", "model", "plans", "advise", "optimize", "ledger"],
    "cli": ["base", "model", "sql", "mql", "plans", "advise", "engine", "ledger", "optimize", "report"],
}
# Vendor headers, and the only folders that may see them.
VENDOR = {
    "libpq-fe.h": ["engine/postgres"],
    "mysql.h": ["engine/mysql"],
    "mongoc/": ["engine/mongodb"],
    "bson/": ["engine/mongodb"],
    "sqlite3.h": ["ledger"],
    "pg_query.h": ["sql"],
    "simdjson.h": ["base"],
    "CLI/": ["cli"],
}
# Words allowed only in the named files.
WORDS = {
    r"steady_clock|system_clock|sleep_for": ["base/clock.cpp"],
    r"\bstd::regex\b": [],
    r"using namespace std": [],
    r"\bTODO\b|\bFIXME\b": [],
}
MAX_FILE_LINES = 600


def folder_of(path: str) -> str:
    return path.split("/")[0]


def check_includes(rel: str, text: str) -> list[str]:
    problems = []
    own = folder_of(rel)
    for header in re.findall(r'^#include "([^"]+)"', text, re.M):
        used = folder_of(header)
        # What tests share is in tests/support/, beside src/.
        if used == "support" and rel.endswith("_test.cpp"):
            continue
        if used != own and used not in MAY_USE.get(own, []):
            problems.append(f"{rel}: may not include {header} ({own} may use: {', '.join(MAY_USE.get(own, [])) or 'nothing'})")
        # Engines never include each other.
        parts, mine = header.split("/"), rel.split("/")
        if own == "engine" and used == "engine" and len(parts) > 2 and (len(mine) < 3 or parts[1] != mine[1]):
            problems.append(f"{rel}: may not include another engine's {header}")
    for header in re.findall(r"^#include <([^>]+)>", text, re.M):
        for vendor, folders in VENDOR.items():
            if header.startswith(vendor) and not any(rel.startswith(f + "/") for f in folders):
                problems.append(f"{rel}: only {', '.join(folders)} may include <{header}>")
    return problems


def check_file(path: pathlib.Path) -> list[str]:
    rel = path.relative_to(SRC).as_posix()
    text = path.read_text()
    problems = check_includes(rel, text)
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        problems.append(f"{rel}: {lines} lines; split it (at most {MAX_FILE_LINES})")
    for pattern, allowed in WORDS.items():
        found = re.search(pattern, text)
        if found and rel not in allowed:
            problems.append(f"{rel}: '{found.group(0)}' is not allowed here")
    if path.suffix == ".h" and "#pragma once" not in text:
        problems.append(f"{rel}: no #pragma once")
    if folder_of(rel) not in MAY_USE:
        problems.append(f"{rel}: folder {folder_of(rel)} has no layer in tools/check_tree.py")
    return problems


def main() -> int:
    problems = []
    for path in sorted(SRC.rglob("*")):
        if path.suffix in (".h", ".cpp"):
            problems += check_file(path)
    print("\n".join(problems) if problems else "tree: in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
