#include "engine/mysql/replication_rows.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/gtid.h"

namespace whet::engine::mysql {

namespace {

/// A column by its name of today, or the one that it had.
std::string_view either(const Rows& rows, int i, std::string_view today, std::string_view before) {
  return rows.text(i, rows.column(today) >= 0 ? today : before);
}

std::int64_t integer(std::string_view text) { return text::to_int(text).value_or(0); }

void add_gtids(const Rows& rows, int i, const ReplicaFacts& facts,
               model::ReplicationChannel& channel) {
  if (rows.column("Executed_Gtid_Set") >= 0) {
    const auto received = GtidSet::parse(rows.text(i, "Retrieved_Gtid_Set"));
    const auto executed = GtidSet::parse(rows.text(i, "Executed_Gtid_Set"));
    channel.auto_position = rows.text(i, "Auto_Position") == "1";
    if (received && executed && !received->empty())
      channel.missing_transactions = received->without(*executed).count();
    if (executed && !facts.server_uuid.empty())
      channel.errant_transactions = executed->of(facts.server_uuid).count();
    return;
  }
  const std::string_view mode = rows.text(i, "Using_Gtid");
  channel.auto_position = !mode.empty() && mode != "No";
  const auto received = GtidPosition::parse(rows.text(i, "Gtid_IO_Pos"));
  const auto applied = GtidPosition::parse(rows.text(i, "Gtid_Slave_Pos"));
  if (!applied) return;
  if (channel.auto_position && received && !received->domains.empty())
    channel.missing_transactions = transactions_between(*applied, *received);
  auto own = GtidPosition::parse(facts.binlog_position);
  if (!own) return;
  std::erase_if(own->domains,
                [&](const auto& domain) { return domain.second.server != facts.server_id; });
  channel.errant_transactions = transactions_between(*applied, *own);
}

std::int64_t unapplied_bytes(const Rows& rows, int i) {
  const std::string_view received = either(rows, i, "Source_Log_File", "Master_Log_File");
  const std::string_view applied =
      either(rows, i, "Relay_Source_Log_File", "Relay_Master_Log_File");
  if (received == applied) {
    return std::max<std::int64_t>(
        0, integer(either(rows, i, "Read_Source_Log_Pos", "Read_Master_Log_Pos")) -
               integer(either(rows, i, "Exec_Source_Log_Pos", "Exec_Master_Log_Pos")));
  }
  return std::max<std::int64_t>(
      0, integer(rows.text(i, "Relay_Log_Space")) - integer(rows.text(i, "Relay_Log_Pos")));
}

}  // namespace

std::string without_values(std::string_view message) {
  // "... Error 'Duplicate entry '5' for key ...' on query. Default database: 'shop'. Query: '...'"
  const std::string_view told = message.substr(0, message.find("Query: "));
  std::string out;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const char c = told[i];
    if (c != '\'' && c != '"') {
      out += c;
      continue;
    }
    out += "'...'";
    // Quotes nest without being escaped: up to the last one of the sentence all is value. One that
    // is not closed was cut off.
    const std::size_t last = told.substr(0, told.find_first_of(";\n", i)).rfind(c);
    if (last <= i || std::count(told.begin(), told.end(), c) % 2 != 0) break;
    const std::size_t sentence = told.find(c == '"' ? "\". " : "'. ", i);
    i = std::min(last, sentence);
  }
  return std::string(text::trim(out));
}

model::ReplicationChannel channel_of(const Rows& rows, int i, const ReplicaFacts& facts) {
  model::ReplicationChannel channel;
  channel.name = either(rows, i, "Channel_Name", "Connection_name");
  channel.source = std::string(either(rows, i, "Source_Host", "Master_Host")) + ":" +
                   std::string(either(rows, i, "Source_Port", "Master_Port"));
  const std::string_view receiver = either(rows, i, "Replica_IO_Running", "Slave_IO_Running");
  channel.receiver_running = receiver == "Yes";
  channel.receiver_connecting = receiver == "Connecting" || receiver == "Preparing";
  channel.applier_running = either(rows, i, "Replica_SQL_Running", "Slave_SQL_Running") == "Yes";
  channel.receiver_error = integer(rows.text(i, "Last_IO_Errno"));
  channel.receiver_message = without_values(rows.text(i, "Last_IO_Error"));
  channel.applier_error = integer(rows.text(i, "Last_SQL_Errno"));
  channel.applier_message = without_values(rows.text(i, "Last_SQL_Error"));
  channel.seconds_behind =
      text::to_double(either(rows, i, "Seconds_Behind_Source", "Seconds_Behind_Master"));
  channel.unapplied_bytes = unapplied_bytes(rows, i);
  channel.delay_seconds = text::to_double(rows.text(i, "SQL_Delay")).value_or(0);
  channel.encrypted = either(rows, i, "Source_SSL_Allowed", "Master_SSL_Allowed") == "Yes";
  channel.retries = integer(rows.text(i, "Retried_transactions"));
  channel.workers = facts.workers;
  add_gtids(rows, i, facts, channel);
  return channel;
}

void add_workers(const Rows& rows, std::vector<model::ReplicationChannel>& channels) {
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    const std::string_view name = row.view();
    const auto channel = std::find_if(channels.begin(), channels.end(),
                                      [&](const auto& one) { return one.name == name; });
    if (channel == channels.end() || !row.flag()) continue;
    ++channel->workers_busy;
    const auto age = row.maybe_number();
    if (age)
      channel->applying_behind_seconds =
          std::max(channel->applying_behind_seconds.value_or(0), *age);
  }
}

model::Replica replica_of(const Rows& rows, int i) {
  model::Replica replica;
  replica.client = rows.text(i, "Host");
  replica.name = replica.client.empty() ? "server " + std::string(rows.text(i, "Server_Id"))
                                        : replica.client + ":" + std::string(rows.text(i, "Port"));
  replica.state = "streaming";
  return replica;
}

std::vector<model::GroupMember> galera_members(const model::Server& server) {
  std::vector<model::GroupMember> out;
  const auto size = server.status_total("wsrep_cluster_size");
  if (!size || *size < 1) return out;
  model::GroupMember self;
  self.self = true;
  self.name = server.text("wsrep_node_name");
  self.version = server.version;
  if (const auto* state = server.status_value("wsrep_local_state_comment"))
    self.state = state->text;
  if (const auto queued = server.status_total("wsrep_local_recv_queue"))
    self.queued_transactions = static_cast<std::int64_t>(*queued);
  const std::string address = server.text("wsrep_node_address");
  out.push_back(std::move(self));
  const auto* addresses = server.status_value("wsrep_incoming_addresses");
  if (addresses == nullptr) return out;
  for (const auto& one : text::split(addresses->text, ',')) {
    const std::string_view name = text::trim(one);
    const bool is_self = !address.empty() && (name == address || name.starts_with(address + ":"));
    if (name.empty() || name == "AUTO" || is_self) continue;
    model::GroupMember member;
    member.name = name;
    out.push_back(std::move(member));
  }
  return out;
}

model::GroupMember member_of(Row& row) {
  model::GroupMember member;
  member.name = row.text() + ":";
  member.name += row.view();
  member.state = row.text();
  member.role = row.text();
  member.version = row.text();
  member.self = row.flag();
  member.queued_transactions = row.maybe_integer();
  return member;
}

}  // namespace whet::engine::mysql
