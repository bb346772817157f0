// Lag and what replicas do to their source, as the source sees it.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::replica {
namespace {

using model::Recovery;
using model::Replica;
using model::Severity;
using model::SubjectKind;

// pghero warns at 5 s; a checkpoint or a bulk load makes that on healthy replicas.
constexpr double low_seconds = 10, medium_seconds = 60, high_seconds = 600;
constexpr double medium_bytes = 1 * gigabyte, high_bytes = 10 * gigabyte;
constexpr double noise_bytes = 1 * megabyte;  // less is replayed before anybody reads this
constexpr std::int64_t old_xmin = 10'000'000;

Severity lag_severity(double seconds, double bytes) {
  if (seconds >= high_seconds || bytes >= high_bytes) return Severity::high;
  if (seconds >= medium_seconds || bytes >= medium_bytes) return Severity::medium;
  return Severity::low;
}

void lag_of_replica(const Replica& replica, double intended, std::vector<model::Finding>& out) {
  if (replica.state == "backup") return;
  const double bytes = static_cast<double>(replica.lag_bytes.value_or(0));
  const double seconds = std::max(0.0, replica.replay_lag_seconds.value_or(0) - intended);
  // The time alone stays at its last value on an idle source: WAL must be missing too.
  if (bytes < noise_bytes || (seconds < low_seconds && bytes < medium_bytes)) return;
  model::Finding finding;
  finding.severity = lag_severity(seconds, bytes);
  finding.subject = named(SubjectKind::replica, replica.name);
  finding.title = fmt::format("Replica {} is {} of WAL behind", replica.name, text::bytes(bytes));
  if (replica.replay_lag_seconds)
    finding.title += fmt::format(" ({})", text::duration(*replica.replay_lag_seconds));
  finding.detail =
      "Reads there are that old, and a failover to it loses or waits for that much. Compare the "
      "three lags: a large write lag is the network, a large flush lag the replica's disk, a large "
      "replay lag alone its replay (a long query, or one core that is busy).";
  finding.evidence = {
      size("WAL not replayed", bytes, "pg_current_wal_lsn() - pg_stat_replication.replay_lsn"),
      fact("state", replica.state, "pg_stat_replication.state")};
  const auto add = [&](const char* name, const std::optional<double>& value, const char* source) {
    if (value) finding.evidence.push_back(time(name, *value, source));
  };
  add("write lag", replica.write_lag_seconds, "pg_stat_replication.write_lag");
  add("flush lag", replica.flush_lag_seconds, "pg_stat_replication.flush_lag");
  add("replay lag", replica.replay_lag_seconds, "pg_stat_replication.replay_lag");
  finding.impact.bytes = bytes;
  out.push_back(std::move(finding));
}

void lag_of_this(const Facts& facts, const Recovery& recovery, std::vector<model::Finding>& out) {
  const double intended = facts.server().number("recovery_min_apply_delay").value_or(0);
  const double bytes = static_cast<double>(recovery.unreplayed_bytes.value_or(0));
  const double seconds = std::max(0.0, recovery.replay_delay_seconds.value_or(0) - intended);
  if (recovery.replay_paused || bytes < noise_bytes ||
      (seconds < low_seconds && bytes < medium_bytes) || (intended > 0 && seconds < low_seconds))
    return;
  model::Finding finding;
  finding.severity = lag_severity(seconds, bytes);
  finding.subject = server_subject();
  finding.title =
      fmt::format("This replica has {} of WAL received but not replayed", text::bytes(bytes));
  if (recovery.replay_delay_seconds)
    finding.title +=
        fmt::format(", its data is {} old", text::duration(*recovery.replay_delay_seconds));
  finding.detail =
      "WAL arrives faster than it is replayed. Look for long queries that replay waits for, for a "
      "disk that is slower than the source's, and for bulk changes on the source.";
  finding.evidence = {
      size("received, not replayed", bytes, "pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn()"),
      time("age of the last replayed transaction", recovery.replay_delay_seconds.value_or(0),
           "pg_last_xact_replay_timestamp()"),
      time("delay that is wanted", intended, "recovery_min_apply_delay")};
  finding.impact.bytes = bytes;
  out.push_back(std::move(finding));
}

void lag(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Replica& replica : facts.snapshot().replication.replicas)
    lag_of_replica(replica, 0, out);
  if (const auto& recovery = facts.snapshot().replication.recovery)
    lag_of_this(facts, *recovery, out);
}

void feedback_xmin(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Replica& replica : facts.snapshot().replication.replicas) {
    if (replica.xmin_age < old_xmin) continue;
    model::Finding finding;
    finding.severity = replica.xmin_age >= 10 * old_xmin ? Severity::high : Severity::medium;
    finding.subject = named(SubjectKind::replica, replica.name);
    finding.title = fmt::format("A query on replica {} holds back vacuum here: {} transactions",
                                replica.name, text::count(replica.xmin_age));
    finding.detail =
        "hot_standby_feedback tells this server to keep every row version that a query over there "
        "may still see. Find and end the old transaction on the replica, and give it a "
        "statement_timeout or idle_in_transaction_session_timeout.";
    finding.evidence = {count("transactions since its oldest snapshot", replica.xmin_age,
                              "age(pg_stat_replication.backend_xmin)"),
                        fact("client", replica.client, "pg_stat_replication.client_addr")};
    out.push_back(std::move(finding));
  }
}

// What keeps WAL for a replica that was away: a slot, wal_keep_size, or an archive.
void no_wal_keeping(const Facts& facts, std::vector<model::Finding>& out) {
  const auto keep = facts.server().number("wal_keep_size");
  const std::string archive = facts.server().text("archive_mode");
  if (!keep || *keep > 0 || archive.empty() || archive != "off") return;
  for (const Replica& replica : facts.snapshot().replication.replicas) {
    if (!replica.slot.empty() || replica.state == "backup") continue;
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.subject = named(SubjectKind::replica, replica.name);
    finding.title = fmt::format("Nothing keeps WAL for replica {} while it is away", replica.name);
    finding.detail =
        "It has no slot, wal_keep_size is 0 and nothing is archived. After a break of a few "
        "checkpoints the WAL it needs is gone and it must be made again from a copy. Give it a "
        "slot "
        "(with max_slot_wal_keep_size as a bound), or set wal_keep_size.";
    finding.evidence = {fact("slot", "none", "pg_replication_slots.active_pid"),
                        size("wal_keep_size", *keep, "pg_settings.setting"),
                        fact("archive_mode", archive, "pg_settings.setting")};
    finding.references = {"https://www.postgresql.org/docs/current/warm-standby.html"};
    out.push_back(std::move(finding));
  }
}

const Register lag_check{
    {
        .id = "replica.lag",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "A replica is behind",
        .why = "Reads there are stale, and a failover to it loses or waits for what is missing.",
        .privileges = "pg_monitor",
        .guards = "an idle source (time without missing WAL), base backups, a delay that "
                  "recovery_min_apply_delay asks for, replay that is paused",
        .source = "10 s and 1 GB to mention, 60 s and 1 GB medium, 10 min and 10 GB high; pghero "
                  "warns at 5 s, check_pgactivity by bytes",
    },
    lag};

const Register feedback_check{
    {
        .id = "replica.feedback_xmin",
        .area = Area::replica,
        .severity = Severity::high,
        .engines = postgresql,
        .summary = "hot_standby_feedback of a replica holds back vacuum",
        .why = "Dead rows stay in all tables while the old snapshot lives.",
        .privileges = "pg_monitor",
        .guards = "fewer than 10 million transactions",
        .source = "10 million: 5 % of the default autovacuum_freeze_max_age",
    },
    feedback_xmin};

const Register keeping_check{
    {
        .id = "replica.no_wal_keeping",
        .area = Area::replica,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A replica without slot, wal_keep_size or archive behind it",
        .why = "After a short break it must be made again from a copy.",
        .privileges = "pg_monitor",
        .guards = "base backups; any one of the three is enough",
        .source = "PostgreSQL manual, 26.2.5 Streaming Replication and 26.2.6 Replication Slots",
    },
    no_wal_keeping};

}  // namespace
}  // namespace whet::advise::replica
