// A finding: one thing that is wrong or could be better, with the evidence for it and the changes
// that would help.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/change.h"

namespace whet::model {

enum class Severity : std::uint8_t { info, low, medium, high, critical };
constexpr auto enum_names(Severity) {
  return Names<5>{"info", "low", "medium", "high", "critical"};
}

enum class SubjectKind : std::uint8_t {
  server,
  setting,
  database,
  table,
  column,
  index,
  constraint,
  sequence,
  view,
  function,
  statement,
  session,
  role,
  replica,
  slot,
  extension,
  host,
  policy,
  trigger,
  schema,
  publication,
  subscription
};
constexpr auto enum_names(SubjectKind) {
  return Names<22>{"server",     "setting",  "database",    "table",       "column",    "index",
                   "constraint", "sequence", "view",        "function",    "statement", "session",
                   "role",       "replica",  "slot",        "extension",   "host",      "policy",
                   "trigger",    "schema",   "publication", "subscription"};
}

/// What a finding is about. `name` alone identifies things that live in no schema.
struct Subject {
  SubjectKind kind = SubjectKind::server;
  std::string schema;
  std::string table;  ///< of an index, column, constraint, trigger or policy
  std::string name;

  /// "public.orders.status", "public.orders_idx", "work_mem".
  [[nodiscard]] std::string text() const;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("kind", s.kind), v("schema", s.schema), v("table", s.table), v("name", s.name);
  }
};

/// One figure that the finding rests on.
struct Evidence {
  using FullRange = void;  ///< a product of figures, or the end of a sequence

  std::string name;              ///< "scans since the statistics were reset"
  std::string value;             ///< as people read it: "0", "1.2 GB", "14 d"
  std::optional<double> number;  ///< in base units, where it is one
  std::string source;            ///< "pg_stat_user_indexes.idx_scan"

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("value", s.value), v("number", s.number), v("source", s.source);
  }
};

/// What it costs now. Zero means: not known, nothing is claimed.
struct Impact {
  double seconds_per_hour = 0;  ///< database time that it touches, per hour of wall time
  double share = 0;             ///< of the workload's total time, 0 to 1
  double bytes = 0;             ///< disk or memory
  double outage_risk = 0;       ///< 0 to 1: how near an outage or loss of data it is
  std::string arithmetic;       ///< how the figures came about

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("seconds_per_hour", s.seconds_per_hour), v("share", s.share), v("bytes", s.bytes);
    v("outage_risk", s.outage_risk), v("arithmetic", s.arithmetic);
  }
};

struct Finding {
  std::string id;  ///< the check's: "index.unused"
  Severity severity = Severity::info;
  Subject subject;
  std::string title;   ///< one line: what is wrong, with the figure that matters most
  std::string detail;  ///< why it matters and what to do, a few sentences
  std::vector<Evidence> evidence;
  Impact impact;
  std::vector<Change> changes;          ///< alternatives are not listed: all of these together
  std::vector<std::string> references;  ///< pages of the server's manual
  bool watch = false;                   ///< suspected only: not enough history to act

  /// The same for the same thing on every run; for suppressing and comparing.
  [[nodiscard]] std::string fingerprint() const;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("severity", s.severity), v("subject", s.subject), v("title", s.title),
        v("detail", s.detail);
    v("evidence", s.evidence), v("impact", s.impact), v("changes", s.changes),
        v("references", s.references);
    v("watch", s.watch);
  }
};

}  // namespace whet::model
