// The engine: the adapter for one kind of server. Nothing else in the program speaks to a target.
//
// Everything but Executor is read-only. At most two connections exist at a time: the reader's, and
// the sampler's or the executor's. Every statement has a timeout.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "model/change.h"
#include "model/oracle.h"
#include "model/snapshot.h"

namespace whet::engine {

struct ConnectOptions {
  std::string url;
  double connect_timeout_seconds = 10;
  double statement_timeout_seconds = 15;
  double lock_timeout_seconds = 1;
};

struct CollectOptions {
  double window_seconds = 10;            ///< between the two samples; 0: one sample only
  double sample_interval_seconds = 0.1;  ///< between looks at the sessions
  bool with_samples = false;             ///< keep literals and row values in the snapshot
  bool planner_facts = false;            ///< read what a shadow needs: row values among it
  int plans_at_most = 60;                ///< statements to plan, the most important first
  std::int64_t log_bytes = 8 << 20;      ///< of the end of the server's log; 0: leave it alone
  std::vector<std::string> log_files;    ///< MongoDB: the server's structured logs, where readable
  int documents_at_most = 400;           ///< MongoDB: sampled of one collection
  std::optional<std::int64_t> stated_memory_bytes,
      stated_cpus;  ///< by the user, for remote targets
};

/// A statement of the workload as it was seen, with its literals. Kept in memory only.
struct Captured {
  std::string statement_id;
  std::string text;
};

struct Collected {
  model::Snapshot snapshot;
  std::vector<Captured> captured;
};

/// A read that can be run again: complete text, no parameters left.
struct Replayable {
  std::string statement_id;
  std::string text;
  bool captured =
      false;  ///< seen in the workload; else its parameters were drawn from planner statistics
  std::string database;  ///< of its session; empty: the connection's own
  bool with_hidden =
      false;  ///< measured in a session that uses hidden indexes too (Executor::build_hidden)
  std::string on_member;  ///< MongoDB: host:port of the set's member to ask; empty: the target
};

/// One execution of a read.
struct Measurement {
  double elapsed_ms = 0;
  std::int64_t rows = 0;
  std::int64_t shared_blocks = 0;  ///< hit or read; 0 when not known
  std::string plan_shape;     ///< equal for equal plans: node types, relations, indexes; no figures
  std::string result_digest;  ///< equal for equal sets of rows, whatever their order
};

/// One line of `whet doctor`.
struct Diagnosis {
  std::string topic;  ///< "pg_stat_statements"
  bool good = false;
  std::string finding;  ///< "is not installed"
  std::string remedy;   ///< what to run, and who may; empty when good
};

/// What an interrupted change left behind.
enum class ChangeState : std::uint8_t {
  absent,   ///< nothing of it is there
  present,  ///< it is there, complete
  partial,  ///< something unusable is there (an invalid index)
};

/// Executes changes, on a connection of its own that may write.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  /// The change as it is to be journalled and done: statements rendered, and the inverse made exact
  /// from what the target holds now (the earlier value of a setting, an index's own definition).
  [[nodiscard]] virtual Result<model::Change> prepare(const model::Change& change) = 0;
  /// Checks that it may be done now: privilege, space, no long transaction in the way. Says in a
  /// sentence why not.
  [[nodiscard]] virtual Status check(const model::Change& change) = 0;
  /// Does it, with lock timeouts and retries. After a failure nothing of it is left (a leftover is
  /// removed).
  [[nodiscard]] virtual Status apply(const model::Change& change, Progress& progress) = 0;
  /// Takes it back. Fine when there is nothing to take back.
  [[nodiscard]] virtual Status revert(const model::Change& change, Progress& progress) = 0;
  /// What is there of it now.
  [[nodiscard]] virtual Result<ChangeState> inspect(const model::Change& change) = 0;
  /// Removes what a broken attempt left.
  [[nodiscard]] virtual Status clean(const model::Change& change) = 0;

  /// Whether a new index can be built hidden, tried (Replayable::with_hidden), and then revealed or
  /// reverted. Between build_hidden and reveal inspect says partial, so that clean removes it.
  [[nodiscard]] virtual bool can_try_hidden(const model::Change& /*change*/) { return false; }
  /// The first half of apply: the index is there, complete and kept up to date, and no session
  /// uses it that does not ask for it. After a failure nothing of it is left.
  [[nodiscard]] virtual Status build_hidden(const model::Change& change, Progress& /*progress*/) {
    return cannot_hide(change);
  }
  /// The other half.
  [[nodiscard]] virtual Status reveal(const model::Change& change, Progress& /*progress*/) {
    return cannot_hide(change);
  }

 private:
  static Error cannot_hide(const model::Change& change) {
    return {ErrorKind::internal, "'" + change.summary + "' cannot be done in two steps here.", "",
            ""};
  }
};

/// Where indexes are tried on a copy of a part of the data.
struct LaboratoryOptions {
  std::string url;      ///< of another server; empty: on the target itself
  std::string scratch;  ///< the name of the database that is made for it
  std::int64_t documents = 20'000, bytes = 64 << 20;  ///< of one collection, at most
};

/// What databases made for trials are called; the rest of the name tells them apart.
inline constexpr std::string_view scratch_prefix = "whet_trial_";

/// An oracle that really builds the indexes it is asked about, on a sample of the data in a scratch
/// database, and really runs the reads there. Its costs are those of the whole data, scaled up.
/// Collections are copied when they are first asked about.
class Laboratory : public model::Oracle {
 public:
  /// Where the scratch database is: for messages, and for the ledger.
  [[nodiscard]] virtual std::string target() const = 0;
  [[nodiscard]] virtual Result<std::string> identity() = 0;
  /// Removes a scratch database; fine when there is none of that name.
  [[nodiscard]] virtual Status remove(const std::string& scratch) = 0;
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// "host:port/database", never with a password.
  [[nodiscard]] virtual std::string target() const = 0;
  /// Names the database across addresses: system identifier and database. For the ledger.
  [[nodiscard]] virtual Result<std::string> identity() = 0;

  [[nodiscard]] virtual Result<Collected> collect(const CollectOptions& options,
                                                  Progress& progress) = 0;

  /// The plan of a statement. It runs only with `analyze`, then in a transaction that is rolled
  /// back.
  [[nodiscard]] virtual Result<model::Plan> explain(const std::string& statement, bool analyze) = 0;

  [[nodiscard]] virtual Result<std::vector<Diagnosis>> diagnose() = 0;

  /// The best what-if oracle that the target offers; the Error says why there is none.
  [[nodiscard]] virtual Result<std::unique_ptr<model::Oracle>> oracle() = 0;

  /// Nothing is made until it is asked. `progress` must outlive it.
  [[nodiscard]] virtual Result<std::unique_ptr<Laboratory>> laboratory(
      const LaboratoryOptions& /*options*/, Progress& /*progress*/) {
    return Error{ErrorKind::usage, "Trials on a sample are for MongoDB only.", "Leave out --trial.",
                 ""};
  }

  /// Reads of these statements with captured parameters; where none were seen, with parameters
  /// drawn from planner statistics. At most `each` for one statement. Statements that are no reads,
  /// or whose parameters cannot be found, are left out.
  [[nodiscard]] virtual Result<std::vector<Replayable>> replayable(
      const Collected& collected, const std::vector<std::string>& statement_ids, int each) = 0;
  /// Runs a read in a read-only transaction, with `timeout_seconds`.
  [[nodiscard]] virtual Result<Measurement> measure(const Replayable& read,
                                                    double timeout_seconds) = 0;

  [[nodiscard]] virtual Result<std::unique_ptr<Executor>> executor() = 0;

  /// What all of the above cost the target so far.
  [[nodiscard]] virtual model::CollectionCost cost() const = 0;
};

/// Fills the statements, inverses, locks and preconditions of a change for one kind and version of
/// server. Pure.
using Renderer = void (*)(model::Change& change, const model::Server& server);

}  // namespace whet::engine
