// An advice made by hand, for the tests of its formats.
#pragma once

#include <string>

#include "advise/advisor/advice.h"

namespace whet::report::advice_testing {

inline advise::NewIndex new_index(const std::string& table, const std::string& name,
                                  const std::string& key) {
  advise::NewIndex one;
  one.schema = "public";
  one.table = table;
  one.index.name = name;
  one.index.parts.resize(1);
  one.index.parts[0].column = key;
  one.change.summary = "Create index on " + table;
  one.change.reason = "2 statements read " + table + " by it.";
  one.change.action.kind = model::ActionKind::create_index;
  one.change.action.statement =
      "CREATE INDEX CONCURRENTLY " + name + " ON public." + table + " USING btree (" + key + ")";
  one.change.action.inverse = "DROP INDEX CONCURRENTLY IF EXISTS public." + name;
  one.change.locks = "SHARE UPDATE EXCLUSIVE on public." + table + ": reads and writes go on";
  return one;
}

inline advise::OldIndex old_index(const std::string& name, bool watch) {
  advise::OldIndex one;
  one.schema = "public";
  one.table = "orders";
  one.name = name;
  one.bytes = 340.0 * 1024 * 1024;
  one.watch = watch;
  one.evidence = "0 scans in 34 d, all nodes seen.";
  if (watch) return one;
  one.covered_by = "orders_customer_idx";
  one.upkeep = 210;
  one.change.action.kind = model::ActionKind::drop_index;
  one.change.action.statement = "DROP INDEX CONCURRENTLY IF EXISTS public." + name;
  one.change.action.inverse = "CREATE INDEX CONCURRENTLY " + name + " ON public.orders (note)";
  one.change.locks = "SHARE UPDATE EXCLUSIVE on orders: reads and writes go on";
  return one;
}

/// Two indexes to make, one to drop, one watched, three statements, one skipped.
inline advise::IndexAdvice advice() {
  advise::IndexAdvice out;
  out.oracle = "PostgreSQL 15.20 shadow";
  out.notes = {"The target runs 15.18; the shadow's planner is the same."};
  out.create = {new_index("orders", "orders_customer_idx", "customer_id"),
                new_index("lines", "lines_order_idx", "order_id")};
  advise::NewIndex& first = out.create[0];
  first.bytes = 310.0 * 1024 * 1024;
  first.share = 0.41;
  first.upkeep = 8200;
  first.cost_per_write = 0.013;
  first.upkeep_arithmetic = "630,769 rows an hour x 0.013";
  first.build_seconds = 42;
  first.statements = {"q1", "q2"};
  first.note = "ANALYZE public.orders afterwards.";
  out.create[1].bytes = 100.0 * 1024 * 1024;
  out.create[1].share = 0.2;
  out.create[1].upkeep_arithmetic = "an hour: 0 rows";
  out.create[1].statements = {"q2"};
  out.drop = {old_index("orders_note_idx", false), old_index("orders_old_idx", true)};
  out.statements = {{"q1",
                     "SELECT * FROM orders\nWHERE customer_id = $1",
                     100,
                     12345,
                     8.44,
                     {"orders_customer_idx"},
                     {{"orders", "Seq Scan", "Index Scan using orders_customer_idx"}}},
                    {"q2",
                     "SELECT count(*) FROM orders JOIN lines USING (order_id)",
                     2.5,
                     90000,
                     45000,
                     {"orders_customer_idx", "lines_order_idx"},
                     {}},
                    {"q3", "SELECT 1 FROM tiny", 1, 5, 5, {}, {}}};
  out.skipped = {{"q4", "The table 'gone' does not exist."}};
  out.cost_before = 1000000;
  out.cost_after = 312500;
  out.upkeep_before = 0;
  out.upkeep_after = 8200;
  out.bound = 314000;
  out.bytes = 410.0 * 1024 * 1024;
  out.budget_bytes = 2.0 * 1024 * 1024 * 1024;
  out.candidates = 215;
  out.planner_calls = 120;
  out.cpu_seconds = 0.21;
  out.elapsed_seconds = 1.9;
  return out;
}

/// Nothing was found to be worth making.
inline advise::IndexAdvice nothing() {
  advise::IndexAdvice out = advice();
  out.create.clear();
  out.drop.clear();
  out.skipped.clear();
  for (advise::StatementAdvice& one : out.statements) {
    one.after = one.before;
    one.uses.clear();
    one.changes.clear();
  }
  out.cost_after = out.cost_before;
  out.upkeep_after = 0;
  out.bytes = 0;
  return out;
}

/// No statement could be planned.
inline advise::IndexAdvice all_skipped() {
  advise::IndexAdvice out;
  out.oracle = "HypoPG 1.3.1";
  for (int i = 0; i < 5; ++i)
    out.skipped.push_back({"s" + std::to_string(i), i < 4 ? "It does not parse." : "Too long."});
  return out;
}

/// Names and texts that somebody chose to do harm.
inline advise::IndexAdvice hostile() {
  advise::IndexAdvice out = advice();
  const std::string script = "<script>alert(1)</script>";
  out.oracle = script;
  out.notes = {script + "\n\\! touch /tmp/harm"};
  out.statements[0].id = "q1";
  out.statements[0].text = "SELECT '" + script +
                           "' -- a comment\r\nDROP TABLE orders;\rDROP TABLE lines; /* | ``` ` "
                           "*/\n\x1b[31mred\x1b]0;t\x07";
  out.statements[0].changes[0] = {script + "\nDROP TABLE a;", "<b>Seq</b>", "a|b\r\\! rm"};
  out.create[0].note = script + "\nDROP TABLE note;";
  out.create[0].change.reason = "because\rDROP TABLE reason;";
  out.create[0].change.locks = script + "\nDROP TABLE locks;";
  out.create[0].upkeep_arithmetic = script;
  out.drop[0].evidence = script + "\n\rDROP TABLE evidence;";
  out.drop[0].covered_by = "x\nDROP TABLE covered;";
  out.drop[0].name = "n\nDROP TABLE name;";
  out.drop[0].change.action.inverse = "CREATE INDEX a\nON b (c);\rDROP TABLE inverse";
  out.skipped[0] = {script + "\nDROP TABLE id;", script + "|\nDROP TABLE why;"};
  return out;
}

/// More than a screen of everything, with the longest names that PostgreSQL has.
inline advise::IndexAdvice many(std::size_t count) {
  advise::IndexAdvice out = advice();
  out.create.clear();
  out.drop.clear();
  out.skipped.clear();
  const std::string tail(50, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    const std::string at = std::to_string(i);
    out.create.push_back(new_index("table_" + at + tail, "index_" + at + tail,
                                   "a_" + tail + ", b_" + tail + ", c_" + tail + ", d_" + tail));
    out.drop.push_back(old_index("drop_" + at + tail, i % 2 == 0));
    out.drop.back().evidence += " " + tail + " " + tail + " " + tail + " " + tail + " " + tail;
    out.skipped.push_back({"s" + at, "Reason " + at + ": " + tail + " " + tail + " " + tail});
    out.notes.push_back("Note " + at + " " + tail + " " + tail + " " + tail);
  }
  return out;
}

}  // namespace whet::report::advice_testing
