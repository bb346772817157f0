// What one run of the loop did: the fate of every change, and every measured read before and after.
// A plain value, for the report and for programs (JSON).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/change.h"
#include "model/finding.h"

namespace whet::optimize {

/// How far a change came in this run.
enum class Fate : std::uint8_t {
  proposed,     ///< a dry run: it would be applied
  told,         ///< for a person: it needs a restart, or is to be reviewed and run by hand
  filtered,     ///< left out by --only, --skip or --max-risk
  superseded,   ///< another change covers it, or relies on what it would take away
  unhelpful,    ///< its trial gave no gain
  declined,     ///< the user said no
  refused,      ///< the target does not allow it now (privilege, space, a long transaction)
  failed,       ///< tried; nothing of it is left
  interrupted,  ///< the run was stopped before or while it was done; nothing of it is left
  applied,      ///< done; reads cannot measure what it gives
  verified,     ///< done, and the measurement shows the gain
  reverted,     ///< done, and taken back because it slowed a read or gave nothing
};
constexpr auto enum_names(Fate) {
  return Names<12>{"proposed", "told",   "filtered",    "superseded", "unhelpful", "declined",
                   "refused",  "failed", "interrupted", "applied",    "verified",  "reverted"};
}

/// One statement's planner cost without and with a change.
struct TrialCost {
  std::string statement_id;
  double before = 0, after = 0;
  bool used = false;  ///< the plan with it uses the new index

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("statement_id", s.statement_id), v("before", s.before), v("after", s.after),
        v("used", s.used);
  }
};

/// The estimated evidence for a change. Costs are the planner's, not times.
struct Trial {
  std::string oracle;                 ///< who answered: "HypoPG 1.3.1 on the target"
  std::vector<TrialCost> costs;       ///< of the affected statements
  std::optional<double> index_bytes;  ///< expected size
  std::string problem;                ///< why there is no estimate; empty when there is one

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("oracle", s.oracle), v("costs", s.costs), v("index_bytes", s.index_bytes),
        v("problem", s.problem);
  }
};

struct ChangeOutcome {
  model::Change change;  ///< with rendered statements
  std::string finding;   ///< id of the finding that asked for it
  model::Severity severity = model::Severity::info;
  Fate fate = Fate::proposed;
  std::string reason;  ///< why this fate, a sentence; empty when the fate says it all
  std::optional<Trial> trial;
  std::string ledger_id;                  ///< empty: it never reached the ledger
  std::optional<double> elapsed_seconds;  ///< of applying

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("change", s.change), v("finding", s.finding), v("severity", s.severity), v("fate", s.fate),
        v("reason", s.reason);
    v("trial", s.trial), v("ledger_id", s.ledger_id), v("elapsed_seconds", s.elapsed_seconds);
  }
};

enum class Verdict : std::uint8_t {
  unmeasured,  ///< too few executions before or after
  unchanged,   ///< the interval of the ratio holds 1, or the difference does not matter
  faster,
  slower,
};
constexpr auto enum_names(Verdict) {
  return Names<4>{"unmeasured", "unchanged", "faster", "slower"};
}

/// One statement's executions in one phase.
struct Timing {
  std::int64_t executions = 0;
  double median_ms = 0, p95_ms = 0;
  double shared_blocks = 0;  ///< median for one execution
  std::string plan_shape;    ///< of the last execution

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("executions", s.executions), v("median_ms", s.median_ms), v("p95_ms", s.p95_ms);
    v("shared_blocks", s.shared_blocks), v("plan_shape", s.plan_shape);
  }
};

/// One statement, replayed before and after.
struct StatementOutcome {
  std::string statement_id;
  std::string text;       ///< normalised
  bool control = false;   ///< no change touches it: it measures the drift of the machine
  bool captured = false;  ///< replayed with parameters of the workload; else drawn from statistics
  double calls_per_hour = 0;
  Timing before, after;
  std::optional<double> ratio;  ///< after / before, divided by the drift; below 1 is faster
  double ratio_low = 0, ratio_high = 0;  ///< its 95 % bootstrap interval
  Verdict verdict = Verdict::unmeasured;
  bool result_changed = false;       ///< other rows than before: see the note
  std::string note;                  ///< what a reader must know; empty: nothing
  std::vector<std::string> changes;  ///< ids of the applied changes that concern it

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("statement_id", s.statement_id), v("text", s.text), v("control", s.control),
        v("captured", s.captured);
    v("calls_per_hour", s.calls_per_hour), v("before", s.before), v("after", s.after),
        v("ratio", s.ratio);
    v("ratio_low", s.ratio_low), v("ratio_high", s.ratio_high), v("verdict", s.verdict);
    v("result_changed", s.result_changed), v("note", s.note), v("changes", s.changes);
  }
};

/// A change that an earlier run left unfinished.
struct Recovered {
  std::string ledger_id;
  std::string summary;  ///< the change's
  std::string found;    ///< what the target held: absent, present, partial
  std::string done;     ///< a sentence: what was done about it

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("ledger_id", s.ledger_id), v("summary", s.summary), v("found", s.found), v("done", s.done);
  }
};

/// All measured statements together.
struct Totals {
  std::int64_t statements = 0;  ///< measured before and after, controls aside
  std::int64_t faster = 0, slower = 0, unchanged = 0;
  /// Database seconds per hour of these statements: median time x calls per hour. After is divided
  /// by the drift.
  double seconds_per_hour_before = 0, seconds_per_hour_after = 0;
  /// Median ratio of the control statements, after / before, with its 95 % interval; 1: the machine
  /// is as fast as before. Absent when there was no control.
  std::optional<double> drift;
  double drift_low = 0, drift_high = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("statements", s.statements), v("faster", s.faster), v("slower", s.slower),
        v("unchanged", s.unchanged);
    v("seconds_per_hour_before", s.seconds_per_hour_before),
        v("seconds_per_hour_after", s.seconds_per_hour_after);
    v("drift", s.drift), v("drift_low", s.drift_low), v("drift_high", s.drift_high);
  }
};

struct Outcome {
  std::string target;     ///< never with a password
  double started_at = 0;  ///< seconds since 1970, UTC
  double elapsed_seconds = 0;
  bool dry_run = false;
  bool interrupted = false;
  std::vector<ChangeOutcome> changes;        ///< in the order of the plan
  std::vector<StatementOutcome> statements;  ///< by time saved, falling; controls last
  std::vector<Recovered> recovered;
  Totals totals;
  std::vector<std::string> notes;  ///< sentences about the run as a whole

  [[nodiscard]] std::int64_t count(Fate fate) const {
    std::int64_t n = 0;
    for (const ChangeOutcome& one : changes) n += one.fate == fate ? 1 : 0;
    return n;
  }

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("target", s.target), v("started_at", s.started_at), v("elapsed_seconds", s.elapsed_seconds);
    v("dry_run", s.dry_run), v("interrupted", s.interrupted), v("changes", s.changes);
    v("statements", s.statements), v("recovered", s.recovered), v("totals", s.totals),
        v("notes", s.notes);
  }
};

/// Indented by `indent` blanks; 0: one line.
[[nodiscard]] std::string to_json(const Outcome& outcome, int indent = 0);
[[nodiscard]] std::string to_json(const StatementOutcome& statement);

}  // namespace whet::optimize
