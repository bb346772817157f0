// The snapshot: every fact collected from a target at one time, and enough by itself to run every
// check offline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/activity.h"
#include "model/planner_facts.h"
#include "model/replication.h"
#include "model/resources.h"
#include "model/schema.h"
#include "model/server.h"
#include "model/workload.h"

namespace whet::model {

/// Raised when a reader of the old version could misunderstand a new file. A reader refuses a
/// higher one.
inline constexpr std::int64_t snapshot_format = 1;

/// A fact that could not be read, and what would let it be read.
struct NotCollected {
  std::string what;    ///< "settings of other roles"
  std::string reason;  ///< what the server said
  std::string remedy;  ///< a GRANT or another statement; may be empty

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("what", s.what), v("reason", s.reason), v("remedy", s.remedy);
  }
};

/// What collecting cost the target.
struct CollectionCost {
  std::int64_t statements = 0;
  double server_seconds = 0;  ///< time in which the target worked for Whet, as seen from here
  std::int64_t rows = 0;
  std::int64_t received_bytes = 0;
  double elapsed_seconds = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("statements", s.statements), v("server_seconds", s.server_seconds), v("rows", s.rows);
    v("received_bytes", s.received_bytes), v("elapsed_seconds", s.elapsed_seconds);
  }
};

struct Snapshot {
  std::int64_t format = 0;  ///< snapshot_format of the writer
  std::string whet_version;
  std::string target;       ///< host:port/database, never with a password
  double collected_at = 0;  ///< seconds since 1970, UTC
  double window_seconds =
      0;  ///< between the two samples; 0: one sample, all `window` counters are 0
  bool with_samples = false;  ///< it holds row values and literals
  Server server;
  Schema schema;
  Workload workload;
  Activity activity;
  Replication replication;
  Resources resources;
  std::optional<PlannerFacts> planner;  ///< only when asked for: it holds row values
  std::vector<NotCollected> not_collected;
  CollectionCost cost;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("format", s.format), v("whet_version", s.whet_version), v("target", s.target);
    v("collected_at", s.collected_at), v("window_seconds", s.window_seconds),
        v("with_samples", s.with_samples);
    v("server", s.server), v("schema", s.schema), v("workload", s.workload),
        v("activity", s.activity);
    v("replication", s.replication), v("resources", s.resources), v("planner", s.planner);
    v("not_collected", s.not_collected), v("cost", s.cost);
  }
};

}  // namespace whet::model
