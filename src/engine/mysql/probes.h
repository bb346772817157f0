// Which fact has which source on which server: a table keyed by fork and version. Pure.
//
// Nothing here was guessed from a server's answers: a source that a version does not have is not
// asked for, so that no refusal is left in its log.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/server.h"

namespace whet::engine::mysql {

/// What a server has or has not.
enum class Feature : std::uint8_t {
  dictionary,            ///< information_schema answers from tables, without opening the user's
  cached_sizes,          ///< TABLES' rows and sizes come from a cache (..._stats_expiry)
  variables_info,        ///< where each setting's value came from
  persisted_variables,   ///< SET PERSIST
  variables_metadata,    ///< types of settings
  system_variables,      ///< information_schema.SYSTEM_VARIABLES
  metrics_enabled,       ///< INNODB_METRICS.ENABLED in place of STATUS
  cost_tables,           ///< mysql.server_cost and mysql.engine_cost
  optimizer_costs,       ///< information_schema.OPTIMIZER_COSTS
  components,            ///< mysql.component
  locked_accounts,       ///< mysql.user.account_locked
  global_priv,           ///< mysql.global_priv holds the accounts as JSON
  password_lifetime,     ///< mysql.user.password_lifetime
  check_constraints,     ///< information_schema.CHECK_CONSTRAINTS
  checks_by_table,       ///< ... with TABLE_NAME; else through TABLE_CONSTRAINTS
  checks_enforced,       ///< TABLE_CONSTRAINTS.ENFORCED
  index_visibility,      ///< STATISTICS.IS_VISIBLE
  index_ignored,         ///< STATISTICS.IGNORED
  index_expressions,     ///< STATISTICS.EXPRESSION
  descending_indexes,    ///< they are; before, DESC was parsed and forgotten
  column_statistics,     ///< information_schema.COLUMN_STATISTICS: histograms
  engine_independent,    ///< mysql.column_stats: MariaDB's statistics
  json_histograms,       ///< ... may hold JSON_HB
  view_table_usage,      ///< what a view reads
  user_statistics,       ///< INDEX_STATISTICS, TABLE_STATISTICS (userstat=1)
  sequences,             ///< CREATE SEQUENCE
  statement_samples,     ///< digests with a sample text and quantiles
  statement_cpu,         ///< SUM_CPU_TIME
  statement_ids,         ///< events_statements_*.STATEMENT_ID
  data_locks,            ///< performance_schema.data_lock_waits
  innodb_lock_waits,     ///< information_schema.INNODB_LOCK_WAITS
  metadata_locks,        ///< performance_schema.metadata_locks
  memory_summary,        ///< performance_schema.memory_summary_global_by_event_name
  processlist_ms,        ///< PROCESSLIST.TIME_MS and QUERY_ID
  replica_words,         ///< SHOW REPLICA STATUS, SHOW REPLICAS and their columns' names
  applier_timestamps,    ///< replication_applier_status_by_worker has times of transactions
  replication_channels,  ///< performance_schema.replication_connection_status
  group_replication,     ///< performance_schema.replication_group_members
  group_roles,           ///< ... with MEMBER_ROLE and MEMBER_VERSION
  galera,                ///< wsrep_*
  plan_versions,         ///< explain_json_format_version
  connection_type,       ///< performance_schema.threads.CONNECTION_TYPE
};

[[nodiscard]] bool has(Feature feature, model::EngineKind fork, std::int64_t version);

/// A fact that each server wants to be asked for in its own words.
enum class Ask : std::uint8_t {
  replica_status,
  replicas,       ///< those that are connected
  binary_logs,    ///< files and sizes
  innodb_tables,  ///< the view of InnoDB's own dictionary: "INNODB_TABLES", "INNODB_SYS_TABLES"
  innodb_indexes,
  innodb_table_stats,
  innodb_spaces,
  innodb_foreign_keys,
  innodb_foreign_columns,
};

/// The statement, or the name of the view; "" when the server has none.
[[nodiscard]] std::string_view words_for(Ask ask, model::EngineKind fork, std::int64_t version);

}  // namespace whet::engine::mysql
