// The replica itself: its receiver, its replay, and the queries that replay cancels.
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "base/text.h"

namespace whet::advise::replica {
namespace {

using model::ConflictCounters;
using model::Severity;

constexpr double conflicts_per_hour = 1;

void receiver_down(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& recovery = facts.snapshot().replication.recovery;
  const model::Setting* source = facts.server().setting("primary_conninfo");
  // Without primary_conninfo it follows an archive, and has no receiver to miss.
  if (!recovery || recovery->receiver_running || source == nullptr || source->value.empty()) return;
  model::Finding finding;
  finding.severity = Severity::high;
  finding.subject = server_subject();
  finding.title = "This replica receives nothing: its WAL receiver does not run";
  finding.detail =
      "It falls behind until the receiver is back, and its slot on the source, if it has one, "
      "keeps "
      "WAL meanwhile. The server's log says why: the source cannot be reached, the password is "
      "wrong, or the WAL it needs has been removed.";
  finding.evidence = {fact("receiver", "not running", "pg_stat_wal_receiver"),
                      fact("primary_conninfo", "set", "pg_settings.setting")};
  // All that came in is replayed: the server then gives no age.
  if (recovery->replay_delay_seconds.value_or(0) > 0) {
    finding.title += fmt::format(" ({} since the last transaction)",
                                 text::duration(*recovery->replay_delay_seconds));
    finding.evidence.push_back(time("age of the last replayed transaction",
                                    *recovery->replay_delay_seconds,
                                    "pg_last_xact_replay_timestamp()"));
  }
  out.push_back(std::move(finding));
}

void replay_paused(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& recovery = facts.snapshot().replication.recovery;
  if (!recovery || !recovery->replay_paused) return;
  const double bytes = static_cast<double>(recovery->unreplayed_bytes.value_or(0));
  model::Finding finding;
  finding.severity = Severity::high;
  finding.subject = server_subject();
  finding.title =
      fmt::format("Replay is paused on this replica, {} of WAL wait", text::bytes(bytes));
  finding.detail =
      "Somebody called pg_wal_replay_pause(), or a setting such as max_connections is smaller here "
      "than on the source (the log says so). WAL collects until the disk is full. Resume it, or "
      "end "
      "what the pause was for.";
  finding.evidence = {fact("paused", "yes", "pg_is_wal_replay_paused()"),
                      size("received, not replayed", bytes,
                           "pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn()")};
  finding.impact.bytes = bytes;
  finding.changes = {
      manual("replica.replay_paused", "Resume replay", "SELECT pg_wal_replay_resume();")};
  out.push_back(std::move(finding));
}

std::int64_t sum(const ConflictCounters& conflicts) {
  return conflicts.tablespace + conflicts.lock + conflicts.snapshot + conflicts.buffer_pin +
         conflicts.deadlock + conflicts.logical_slot;
}

void conflicts(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& total = facts.snapshot().replication.conflicts;
  const double hours = facts.history_seconds() / 3600;
  if (!total || hours < 1) return;
  const double per_hour = static_cast<double>(sum(*total)) / hours;
  if (per_hour < conflicts_per_hour) return;
  model::Finding finding;
  finding.severity = per_hour >= 60 ? Severity::medium : Severity::low;
  finding.subject = server_subject();
  finding.title =
      fmt::format("Replay cancels {} queries an hour on this replica", text::number(per_hour));
  finding.detail =
      "A query that reads what replay must remove is cancelled after max_standby_streaming_delay. "
      "Raise that delay (the replica then lags during such queries), or turn on "
      "hot_standby_feedback (the source then keeps dead rows longer): one of the two must give.";
  finding.evidence = {
      count("cancelled because of removed rows", total->snapshot,
            "pg_stat_database_conflicts.confl_snapshot"),
      count("because of locks", total->lock, "pg_stat_database_conflicts.confl_lock"),
      count("because of pinned buffers", total->buffer_pin,
            "pg_stat_database_conflicts.confl_bufferpin"),
      count("for other reasons", sum(*total) - total->snapshot - total->lock - total->buffer_pin,
            "pg_stat_database_conflicts"),
      time("counted over", facts.history_seconds(), "pg_stat_database.stats_reset"),
      fact("hot_standby_feedback", facts.server().text("hot_standby_feedback"),
           "pg_settings.setting"),
      fact("max_standby_streaming_delay", facts.server().text("max_standby_streaming_delay"),
           "pg_settings.setting")};
  finding.impact.arithmetic =
      fmt::format("{} cancelled / {} h", text::count(sum(*total)), text::number(hours));
  finding.references = {"https://www.postgresql.org/docs/current/hot-standby.html"};
  out.push_back(std::move(finding));
}

const Register receiver_check{
    {
        .id = "replica.receiver_down",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "A replica whose WAL receiver does not run",
        .why = "It falls behind, and its slot fills the source's disk.",
        .privileges = "pg_monitor",
        .guards = "replicas that follow an archive only (no primary_conninfo)",
        .source = "PostgreSQL manual, pg_stat_wal_receiver",
    },
    receiver_down};

const Register paused_check{{
                                .id = "replica.replay_paused",
                                .area = Area::replica,
                                .severity = Severity::high,
                                .engines = postgresql,
                                .summary = "Replay is paused on the replica",
                                .why = "Its data grows stale and WAL collects.",
                                .privileges = "",
                                .guards = "none: the server itself says so",
                                .source = "PostgreSQL manual, 9.28.4 Recovery Control Functions",
                            },
                            replay_paused};

const Register conflict_check{
    {
        .id = "replica.conflicts",
        .area = Area::replica,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "Replay cancels queries on the replica",
        .why = "Readers get errors through no fault of theirs.",
        .privileges = "",
        .guards = "less than one an hour; counters younger than an hour",
        .source = "one an hour: a user notices; PostgreSQL manual, 26.4.2 Handling Query Conflicts",
    },
    conflicts};

}  // namespace
}  // namespace whet::advise::replica
