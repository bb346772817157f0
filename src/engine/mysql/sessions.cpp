#include "engine/mysql/sessions.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

struct Sign {
  std::string_view part, type;
};

// Parts of performance_schema's events, the more special ones first.
constexpr std::array<Sign, 9> events{{{"wait/lock/metadata", "Lock"},
                                      {"wait/lock/", "Lock"},
                                      {"wait/io/socket/", "Network"},
                                      {"wait/io/table/", "CPU"},
                                      {"wait/io/redo_log", "Commit"},
                                      {"wait/io/", "IO"},
                                      {"/cond/sql/MYSQL_BIN_LOG", "Commit"},
                                      {"semisync", "Replication"},
                                      {"wait/synch/", "Latch"}}};

// Parts of the process list's states.
constexpr std::array<Sign, 20> states{
    {{"lock", "Lock"},      // Waiting for table metadata lock, System lock, User lock
     {"commit", "Commit"},  // waiting for handler commit
     {"semi-sync", "Replication"},
     {"Waiting for GTID", "Replication"},
     {"Waiting for prior transaction", "Commit"},
     {"Sending to client", "Network"},
     {"Writing to net", "Network"},
     {"Reading from net", "Network"},
     {"Receiving from client", "Network"},
     {"executing", "CPU"},
     {"Sending data", "CPU"},
     {"Creating sort index", "CPU"},
     {"Sorting", "CPU"},
     {"statistics", "CPU"},
     {"updating", "CPU"},
     {"Updating", "CPU"},
     {"update", "CPU"},
     {"Update", "CPU"},
     {"Copying to tmp table", "CPU"},
     {"optimizing", "CPU"}}};

template <std::size_t N>
std::string_view type_in(std::string_view text, const std::array<Sign, N>& signs) {
  for (const auto& sign : signs) {
    if (text::contains(text, sign.part)) return sign.type;
  }
  return {};
}

bool is_idle(std::string_view command) { return command == "Sleep"; }

/// Rows and columns of the server's matrix of object locks, in this order (sql/mdl.cc).
constexpr std::array<std::string_view, 10> modes{"INTENTION_EXCLUSIVE",  "SHARED",
                                                 "SHARED_HIGH_PRIO",     "SHARED_READ",
                                                 "SHARED_WRITE",         "SHARED_UPGRADABLE",
                                                 "SHARED_READ_ONLY",     "SHARED_NO_WRITE",
                                                 "SHARED_NO_READ_WRITE", "EXCLUSIVE"};
constexpr std::array<std::string_view, 10> conflicts{
    // one string for each wanted mode: x where it must wait for a held one
    ".x.......x",  // INTENTION_EXCLUSIVE, on scopes
    "x........x",  // SHARED
    ".........x",  // SHARED_HIGH_PRIO
    "........xx",  // SHARED_READ
    "......xxxx",  // SHARED_WRITE
    ".....x.xxx",  // SHARED_UPGRADABLE
    "....x...xx",  // SHARED_READ_ONLY
    "....xx.xxx",  // SHARED_NO_WRITE
    "...xxxxxxx",  // SHARED_NO_READ_WRITE
    "xxxxxxxxxx",  // EXCLUSIVE
};

std::size_t mode_number(std::string_view mode) {
  std::string_view name = mode;
  if (name == "SHARED_WRITE_LOW_PRIO") name = "SHARED_WRITE";
  return static_cast<std::size_t>(std::find(modes.begin(), modes.end(), name) - modes.begin());
}

bool same_object(const MetadataLock& a, const MetadataLock& b) {
  return a.object_type == b.object_type && a.schema == b.schema && a.name == b.name;
}

}  // namespace

WaitState wait_of(std::string_view command, std::string_view state, std::string_view event) {
  if (is_idle(command)) return {};
  // A table event means that the storage engine works for the session, and its state says more.
  if (!event.empty() && event != "idle" && !event.starts_with("wait/io/table/")) {
    const std::string_view type = type_in(event, events);
    return {type.empty() ? "Stage" : std::string(type), std::string(event)};
  }
  if (state.empty()) return {"CPU", "CPU"};
  const std::string_view type = type_in(state, states);
  if (type == "CPU") return {"CPU", "CPU"};
  return {type.empty() ? "Stage" : std::string(type), std::string(state)};
}

std::string kind_of_session(std::string_view thread, std::string_view user,
                            std::string_view command) {
  if (command.starts_with("Binlog Dump")) return "binlog dump";
  if (text::contains(thread, "replica_io") || text::contains(thread, "slave_io") ||
      command == "Slave_IO")
    return "replication receiver";
  if (text::contains(thread, "replica_sql") || text::contains(thread, "replica_worker") ||
      text::contains(thread, "slave_sql") || text::contains(thread, "slave_worker") ||
      text::contains(thread, "rpl_parallel") || command == "Slave_SQL" || command == "Slave_worker")
    return "replication applier";
  if (user == "event_scheduler") return "event scheduler";
  if (command == "Daemon" || user == "system user") return "background";
  return "client backend";
}

std::string state_of(std::string_view command, bool in_transaction) {
  if (!is_idle(command)) return "active";
  return in_transaction ? "idle in transaction" : "idle";
}

std::string client_of(std::string_view host) {
  if (host.empty() || host == "localhost") return "local";
  const std::size_t colon = host.rfind(':');
  const bool one_colon = colon != std::string_view::npos && host.find(':') == colon;
  return std::string(one_colon ? host.substr(0, colon) : host);
}

bool metadata_locks_conflict(std::string_view wanted, std::string_view held) {
  const std::size_t w = mode_number(wanted), h = mode_number(held);
  if (w >= modes.size() || h >= modes.size()) return false;
  return conflicts.at(w).at(h) == 'x';
}

std::vector<long long> metadata_blockers(const std::vector<MetadataLock>& locks,
                                         std::size_t waiting) {
  const MetadataLock& wanted = locks[waiting];
  std::vector<long long> held, queued;
  for (const auto& lock : locks) {
    if (lock.session == wanted.session || !same_object(lock, wanted)) continue;
    if (!metadata_locks_conflict(wanted.mode, lock.mode)) continue;
    (lock.pending ? queued : held).push_back(lock.session);
  }
  // Readers queue behind a writer that waits itself.
  std::vector<long long>& out = held.empty() ? queued : held;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace whet::engine::mysql
