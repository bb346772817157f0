// Replication out of the server's rows, whatever fork and version they are from. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/replication.h"
#include "model/server.h"

namespace whet::engine::mysql {

/// What of this server itself is needed to judge a channel.
struct ReplicaFacts {
  std::string server_uuid;      ///< MySQL
  std::int64_t server_id = 0;   ///< MariaDB
  std::string binlog_position;  ///< MariaDB: @@gtid_binlog_pos
  std::string slave_position;   ///< MariaDB: @@gtid_slave_pos
  std::int64_t workers = 0;     ///< ..._parallel_workers, ..._parallel_threads
};

/// A row of SHOW SLAVE STATUS (5.7), SHOW REPLICA STATUS (8.0.22+), SHOW ALL SLAVES STATUS
/// (MariaDB).
[[nodiscard]] model::ReplicationChannel channel_of(const Rows& rows, int i,
                                                   const ReplicaFacts& facts);

/// An error's text without the values in it and without the statement.
[[nodiscard]] std::string without_values(std::string_view message);

/// Rows of CHANNEL_NAME, whether it applies something, and how old that is at its source.
void add_workers(const Rows& rows, std::vector<model::ReplicationChannel>& channels);

/// A row of SHOW SLAVE HOSTS or SHOW REPLICAS.
[[nodiscard]] model::Replica replica_of(const Rows& rows, int i);

/// Members of a Galera cluster from wsrep_... in the status values; none when it is none.
[[nodiscard]] std::vector<model::GroupMember> galera_members(const model::Server& server);

/// A row of MEMBER_HOST, MEMBER_PORT, MEMBER_STATE, MEMBER_ROLE, MEMBER_VERSION, self, queued.
[[nodiscard]] model::GroupMember member_of(Row& row);

}  // namespace whet::engine::mysql
