// A look at a change while it runs: how far it is, and whether it must be stopped for the server's
// sake.
#pragma once

#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/executor_pressure.h"
#include "model/change.h"

namespace whet::engine::mongodb {

/// Passed in the place of the user's Progress while a command runs: the connection asks it several
/// times a second whether to stop, and now and then it uses that to look, through another
/// connection.
class Watch final : public Progress {
 public:
  /// All must outlive it. Without a `watcher` it only passes on.
  Watch(Connection* watcher, const model::Change& change, std::string what,
        const ExecutorOptions& options, Progress& user);

  void report(std::string_view what, double fraction) override { user_.report(what, fraction); }
  /// Also true when the server or its replicas suffer, or when others wait behind it.
  [[nodiscard]] bool cancelled() const override;

  /// Why it stopped the command by itself.
  [[nodiscard]] const std::optional<Error>& stopped() const { return stopped_; }

 private:
  void look() const;

  Connection* watcher_;
  const model::Change& change_;
  std::string what_;
  ExecutorOptions options_;
  Progress& user_;
  double started_;
  mutable PressureWatch pressure_;
  mutable double looked_ = 0;
  mutable double waits_since_ = 0;  ///< for its collection; 0: it does not
  mutable std::optional<Error> stopped_;
};

/// What $currentOp tells of an index build. Pure.
struct BuildProgress {
  std::string phase;     ///< "scanning collection"
  double fraction = -1;  ///< of the phase; negative: not told
  bool waits = false;    ///< for a lock
};
[[nodiscard]] BuildProgress build_progress(const std::vector<mql::Value>& operations);

}  // namespace whet::engine::mongodb
