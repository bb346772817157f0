#include "engine/mysql/executor_watch.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/executor_check.h"

namespace whet::engine::mysql {
namespace {

constexpr double almost_done = 0.95;  // an estimate by the clock never says more

}  // namespace

double least_free_bytes(double capacity) { return std::min(256.0 * 1048576, capacity * 0.05); }

Watch::Watch(Connection* watcher, std::int64_t session, std::string what,
             const WatchOptions& options, Progress& user)
    : watcher_(watcher),
      session_(session),
      what_(std::move(what)),
      options_(options),
      user_(user),
      started_(clock::monotonic()) {}

bool Watch::cancelled() const {
  if (user_.cancelled() || stopped_) return true;
  const double now = clock::monotonic();
  if (watcher_ == nullptr || !watcher_->alive() || now - looked_ < options_.look_every)
    return false;
  looked_ = now;
  look();
  return stopped_.has_value();
}

void Watch::look() const {
  user_.report(what_, fraction());
  look_at_disks();
}

/// What the server itself tells; nothing when it does not. MariaDB has the progress of a change
/// that copies in its process list, and that of one in place as a share of 10,000 for the whole
/// server.
std::optional<double> Watch::told_fraction() const {
  const std::string id = std::to_string(session_);
  const std::vector<std::string> asks =
      watcher_->mariadb()
          ? std::vector<std::string>{"SELECT GREATEST(STAGE - 1, 0) + PROGRESS / 100, MAX_STAGE "
                                     "FROM information_schema.PROCESSLIST WHERE MAX_STAGE > 0 AND "
                                     "ID = " +
                                         id,
                                     "SELECT VARIABLE_VALUE, 10000 FROM "
                                     "information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = "
                                     "'INNODB_ONLINEDDL_PCT_PROGRESS' AND VARIABLE_VALUE > 0"}
          : std::vector<std::string>{
                "SELECT s.WORK_COMPLETED, s.WORK_ESTIMATED "
                "FROM performance_schema.events_stages_current s "
                "JOIN performance_schema.threads t ON t.THREAD_ID = s.THREAD_ID "
                "WHERE s.WORK_ESTIMATED > 0 AND t.PROCESSLIST_ID = " +
                id};
  for (const std::string& ask : asks) {
    const auto rows = watcher_->query(ask);
    if (!rows || rows->empty()) continue;
    Row row(*rows, 0);
    const double done = row.number();
    const double all = row.number();
    if (all > 0) return std::clamp(done / all, 0.0, 1.0);
  }
  return std::nullopt;
}

double Watch::fraction() const {
  if (const auto told = told_fraction()) return *told;
  const double expected = options_.expected_seconds.value_or(0);
  if (expected <= 0) return -1;
  return std::min((clock::monotonic() - started_) / expected, almost_done);
}

void Watch::look_at_disks() const {
  if (!folders_known_) folders_ = folders_in_use(*watcher_);
  folders_known_ = true;
  for (const std::string& folder : folders_) {
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    if (unknown) continue;
    const auto free = static_cast<double>(space.available);
    if (free >= least_free_bytes(static_cast<double>(space.capacity))) continue;
    stopped_ = Error{ErrorKind::refused,
                     "'" + what_ + "' was stopped: the disk of " + folder + " has only " +
                         text::bytes(free) + " left.",
                     "Make room first.", "1021"};
    return;
  }
}

}  // namespace whet::engine::mysql
