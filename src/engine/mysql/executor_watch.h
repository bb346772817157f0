// A look at a statement while it runs: how far it is, and whether it must be stopped for the
// server's sake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

struct WatchOptions {
  double look_every = 1;  ///< seconds
  std::optional<double> expected_seconds;
};

/// Passed in the place of the user's Progress while a statement runs: the connection asks it ten
/// times a second whether to stop, and now and then it uses that to look, through another
/// connection.
class Watch final : public Progress {
 public:
  /// All must outlive it. Without a `watcher` it only passes on.
  Watch(Connection* watcher, std::int64_t session, std::string what, const WatchOptions& options,
        Progress& user);

  void report(std::string_view what, double fraction) override { user_.report(what, fraction); }
  /// Also true when the disk is nearly full.
  [[nodiscard]] bool cancelled() const override;

  /// Why it stopped the statement by itself.
  [[nodiscard]] const std::optional<Error>& stopped() const { return stopped_; }

 private:
  void look() const;
  [[nodiscard]] std::optional<double> told_fraction() const;
  /// Else by the time that was expected; negative when nothing is known.
  [[nodiscard]] double fraction() const;
  void look_at_disks() const;

  Connection* watcher_;
  std::int64_t session_;
  std::string what_;
  WatchOptions options_;
  Progress& user_;
  double started_;
  mutable double looked_ = 0;
  mutable bool folders_known_ = false;
  mutable std::vector<std::string> folders_;
  mutable std::optional<Error> stopped_;
};

/// So little room on a disk is left alone: 256 MB, but no more than 5 % of it.
[[nodiscard]] double least_free_bytes(double capacity);

}  // namespace whet::engine::mysql
