// What the index advisor says: which indexes should exist, which should go, what that gains and
// what it costs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/change.h"
#include "model/oracle.h"
#include "model/schema.h"
#include "model/server.h"

namespace whet::advise {

/// How a plan reads a relation, before and after.
struct AccessChange {
  std::string relation;  ///< "orders o"
  std::string before;    ///< "Seq Scan", "Index Scan using orders_pkey"
  std::string after;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("relation", s.relation), v("before", s.before), v("after", s.after);
  }
};

/// A statement of the workload under the advice. Costs are the planner's, for one call.
struct StatementAdvice {
  std::string id;    ///< of the snapshot's statement, or the file's name
  std::string text;  ///< normalised, or as the workload file has it
  double calls = 0;  ///< per hour; 1 where nothing is known
  double before = 0, after = 0;
  std::vector<std::string> uses;  ///< names of the advised indexes in its plan
  std::vector<AccessChange> changes;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("text", s.text), v("calls", s.calls), v("before", s.before);
    v("after", s.after), v("uses", s.uses), v("changes", s.changes);
  }
};

/// An index to make.
struct NewIndex {
  std::string schema, table;
  model::Index index;                 ///< with its name
  model::IndexDimensions dimensions;  ///< as it was asked about
  double bytes = 0;
  double share = 0;   ///< of the workload's cost that its statements lose by the whole advice
  double upkeep = 0;  ///< what writes pay, in cost units per hour
  double cost_per_write = 0;  ///< cost units for one row written; 0: not known
  std::string upkeep_arithmetic;
  double build_seconds = 0;             ///< expected
  std::vector<std::string> statements;  ///< ids of those whose plans use it, most gain first
  std::string note;                     ///< what goes with it: ANALYZE for an expression, ...
  model::Change change;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("table", s.table), v("index", s.index), v("bytes", s.bytes);
    v("share", s.share), v("upkeep", s.upkeep), v("cost_per_write", s.cost_per_write);
    v("upkeep_arithmetic", s.upkeep_arithmetic), v("build_seconds", s.build_seconds);
    v("statements", s.statements), v("note", s.note), v("change", s.change);
  }
};

/// An index that should go, or be watched until it is certain.
struct OldIndex {
  std::string schema, table, name;
  double bytes = 0;
  double upkeep = 0;
  bool watch = false;      ///< suspected only: nothing is done
  std::string covered_by;  ///< the index that does its work; empty: nobody uses it
  std::string evidence;    ///< a sentence with figures
  model::Change change;    ///< kind manual when watched

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("table", s.table), v("name", s.name), v("bytes", s.bytes);
    v("upkeep", s.upkeep), v("watch", s.watch), v("covered_by", s.covered_by);
    v("evidence", s.evidence), v("change", s.change);
  }
};

/// A statement that the advice says nothing about.
struct SkippedStatement {
  std::string id, reason;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("reason", s.reason);
  }
};

struct IndexAdvice {
  model::EngineKind engine = model::EngineKind::postgresql;  ///< whose indexes they are
  std::string oracle;              ///< "PostgreSQL 15.20 shadow", "HypoPG 1.3.1"
  std::vector<std::string> notes;  ///< what the reader must know of the oracle
  std::vector<NewIndex> create;    ///< most gain for its bytes first
  std::vector<OldIndex> drop;
  std::vector<StatementAdvice> statements;  ///< all that were planned, most gain first
  std::vector<SkippedStatement> skipped;
  double cost_before = 0, cost_after = 0;  ///< of all statements: calls x cost, per hour
  double upkeep_before = 0, upkeep_after = 0;
  double bound = 0;  ///< no choice among the candidates, of any size, has a lower total than this
  double bytes = 0, budget_bytes = 0;  ///< of the new indexes; 0: no budget
  std::int64_t candidates = 0, planner_calls = 0;
  double cpu_seconds = 0, elapsed_seconds = 0;  ///< Whet's own
  bool stopped = false;                         ///< time ran out: the best until then

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("engine", s.engine), v("oracle", s.oracle), v("notes", s.notes), v("create", s.create),
        v("drop", s.drop);
    v("statements", s.statements), v("skipped", s.skipped), v("cost_before", s.cost_before);
    v("cost_after", s.cost_after), v("upkeep_before", s.upkeep_before);
    v("upkeep_after", s.upkeep_after), v("bound", s.bound), v("bytes", s.bytes);
    v("budget_bytes", s.budget_bytes), v("candidates", s.candidates);
    v("planner_calls", s.planner_calls), v("cpu_seconds", s.cpu_seconds);
    v("elapsed_seconds", s.elapsed_seconds), v("stopped", s.stopped);
  }
};

}  // namespace whet::advise
