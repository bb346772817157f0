// Replication from either end, groups, and the logs that it reads.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/replication_rows.h"

namespace whet::engine::mysql {

namespace {

std::string monitor_remedy(const Collector& c) {
  return c.connection.mariadb() ? c.grant("REPLICA MONITOR, BINLOG MONITOR ON *.*")
                                : c.grant("REPLICATION CLIENT ON *.*");
}

ReplicaFacts own_facts(Collector& c) {
  ReplicaFacts facts;
  const auto& server = c.snapshot.server;
  facts.server_uuid = server.text("server_uuid");
  facts.server_id = static_cast<std::int64_t>(server.number("server_id").value_or(0));
  for (const auto* name :
       {"replica_parallel_workers", "slave_parallel_workers", "slave_parallel_threads"}) {
    if (const auto workers = server.number(name)) {
      facts.workers = static_cast<std::int64_t>(*workers);
      break;
    }
  }
  facts.binlog_position = server.text("gtid_binlog_pos");
  facts.slave_position = server.text("gtid_slave_pos");
  return facts;
}

std::string age(const std::string& moment) {
  return "TIMESTAMPDIFF(MICROSECOND, " + moment + ", NOW(6)) / 1000000";
}

/// What the applier works on, and how late the last transaction was when it was received.
void add_times(Collector& c) {
  auto& channels = c.snapshot.replication.channels;
  if (channels.empty() || !c.performance_schema || !c.has(Feature::applier_timestamps)) return;
  const std::string remedy = c.grant("SELECT ON performance_schema.*");
  if (const auto rows = c.read(
          "what replication applies",
          "SELECT CHANNEL_NAME, APPLYING_TRANSACTION <> '', IF(APPLYING_TRANSACTION <> '', " +
              age("APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP") +
              ", NULL) FROM performance_schema.replication_applier_status_by_worker",
          remedy))
    add_workers(*rows, channels);
  const auto rows = c.read(
      "what replication receives",
      "SELECT s.CHANNEL_NAME, IF(s.QUEUEING_TRANSACTION <> '', " +
          age("s.QUEUEING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP") +
          ", IF(s.LAST_QUEUED_TRANSACTION <> '', TIMESTAMPDIFF(MICROSECOND, "
          "s.LAST_QUEUED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, "
          "s.LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP) / 1000000, NULL)), "
          "a.COUNT_TRANSACTIONS_RETRIES FROM performance_schema.replication_connection_status s "
          "LEFT JOIN performance_schema.replication_applier_status a USING (CHANNEL_NAME)",
      remedy);
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string_view name = row.view();
    for (auto& channel : channels) {
      if (channel.name != name) continue;
      channel.queued_behind_seconds = row.maybe_number();
      channel.retries = row.integer();
      break;
    }
  }
  // Nothing is applied and nothing is missing: it is not behind.
  for (auto& channel : channels) {
    if (!channel.applying_behind_seconds && channel.missing_transactions == 0)
      channel.applying_behind_seconds = 0;
  }
}

void collect_channels(Collector& c) {
  const auto rows = c.read("replication channels", c.words(Ask::replica_status), monitor_remedy(c));
  if (!rows) return;
  const ReplicaFacts facts = own_facts(c);
  auto& channels = c.snapshot.replication.channels;
  for (int i = 0; i < rows->size(); ++i) {
    model::ReplicationChannel channel = channel_of(*rows, i, facts);
    // Group replication's own, which follow no one server.
    if (channel.name == "group_replication_applier" || channel.name == "group_replication_recovery")
      continue;
    channels.push_back(std::move(channel));
  }
  c.snapshot.server.is_replica = !channels.empty();
  add_times(c);
}

std::string semi_sync_state(const model::Server& server, std::size_t replicas) {
  double waited_for = 0;
  bool on = false;
  for (const auto* prefix : {"Rpl_semi_sync_source_", "Rpl_semi_sync_master_"}) {
    const auto* status = server.status_value(std::string(prefix) + "status");
    on = on || (status != nullptr && (status->text == "ON" || status->total == 1));
    waited_for =
        std::max(waited_for, server.status_total(std::string(prefix) + "clients").value_or(0));
  }
  if (!on || waited_for == 0) return "async";
  return waited_for >= static_cast<double>(replicas) ? "sync" : "potential";
}

void collect_replicas(Collector& c) {
  auto& replicas = c.snapshot.replication.replicas;
  const auto rows = c.read_if_possible(c.words(Ask::replicas));
  if (rows) {
    for (int i = 0; i < rows->size(); ++i) replicas.push_back(replica_of(*rows, i));
  }
  // Who reads the log now; the list of names needs a privilege that a monitor does not need else.
  std::vector<model::Replica> dumping;
  for (const auto& session : c.snapshot.activity.sessions) {
    if (session.kind != "binlog dump") continue;
    model::Replica replica;
    replica.client = session.client;
    replica.name = session.client;
    replica.state = "streaming";
    dumping.push_back(std::move(replica));
  }
  if (replicas.size() < dumping.size()) replicas = std::move(dumping);
  const std::string state = semi_sync_state(c.snapshot.server, replicas.size());
  for (auto& replica : replicas) replica.sync_state = state;
}

void collect_members(Collector& c) {
  auto& members = c.snapshot.replication.members;
  members = galera_members(c.snapshot.server);
  if (!c.has(Feature::group_replication) || !c.performance_schema) return;
  const std::string role =
      c.if_has(Feature::group_roles, "m.MEMBER_ROLE, m.MEMBER_VERSION", "'', ''");
  const std::string queued =
      c.if_has(Feature::group_roles,
               "s.COUNT_TRANSACTIONS_IN_QUEUE + s.COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE",
               "s.COUNT_TRANSACTIONS_IN_QUEUE");
  const auto rows = c.read("group members",
                           "SELECT m.MEMBER_HOST, m.MEMBER_PORT, m.MEMBER_STATE, " + role +
                               ", m.MEMBER_ID = @@server_uuid, " + queued +
                               " FROM performance_schema.replication_group_members m LEFT JOIN "
                               "performance_schema.replication_group_member_stats s "
                               "ON s.MEMBER_ID = m.MEMBER_ID WHERE m.MEMBER_HOST <> '' "
                               "ORDER BY 1, 2",
                           c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    members.push_back(member_of(row));
  }
}

void collect_binary_logs(Collector& c) {
  auto& logs = c.snapshot.replication.binary_logs;
  logs.enabled = c.snapshot.server.on("log_bin");
  if (!logs.enabled) return;
  const auto rows = c.read("binary logs", c.words(Ask::binary_logs), monitor_remedy(c));
  if (!rows) return;
  logs.files = rows->size();
  for (int i = 0; i < rows->size(); ++i)
    logs.bytes += text::to_int(rows->text(i, "File_size")).value_or(0);
}

}  // namespace

void collect_replication(Collector& c) {
  collect_channels(c);
  collect_replicas(c);
  collect_members(c);
  collect_binary_logs(c);
}

}  // namespace whet::engine::mysql
