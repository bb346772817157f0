#include "engine/mysql/probes.h"

#include <array>
#include <limits>

namespace whet::engine::mysql {

namespace {

constexpr std::int64_t always = 0;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// From `since` up to, not including, `until`.
struct Span {
  std::int64_t since = never, until = never;
};
constexpr Span from(std::int64_t version) { return {version, never}; }
constexpr Span before(std::int64_t version) { return {always, version}; }
constexpr Span none{};

struct Fact {
  Feature feature;
  Span mysql, mariadb;
};

// Sources: the reference manuals' "added in" and "removed in" notes, and the two real servers of
// the live tests.
constexpr std::array<Fact, 42> facts{{
    {Feature::dictionary, from(80000), none},
    {Feature::cached_sizes, from(80002), none},
    {Feature::variables_info, from(80002), none},
    {Feature::persisted_variables, from(80000), none},
    {Feature::variables_metadata, from(90100), none},
    {Feature::system_variables, none, from(always)},
    {Feature::metrics_enabled, none, from(100500)},
    {Feature::cost_tables, from(always), none},
    {Feature::optimizer_costs, none, from(110000)},
    {Feature::components, from(80000), none},
    {Feature::locked_accounts, from(always), none},
    {Feature::global_priv, none, from(100400)},
    {Feature::password_lifetime, from(always), none},
    {Feature::check_constraints, from(80016), from(100210)},
    {Feature::checks_by_table, none, from(100210)},
    {Feature::checks_enforced, from(80016), none},
    {Feature::index_visibility, from(80000), none},
    {Feature::index_ignored, none, from(100600)},
    {Feature::index_expressions, from(80013), none},
    {Feature::descending_indexes, from(80000), from(100800)},
    {Feature::column_statistics, from(80003), none},
    {Feature::engine_independent, none, from(always)},
    {Feature::json_histograms, none, from(100800)},
    {Feature::view_table_usage, from(80013), none},
    {Feature::user_statistics, none, from(always)},
    {Feature::sequences, none, from(100300)},
    {Feature::statement_samples, from(80003), none},
    {Feature::statement_cpu, from(80028), none},
    {Feature::statement_ids, from(80014), none},
    {Feature::data_locks, from(80001), none},
    {Feature::innodb_lock_waits, before(80001), from(always)},
    {Feature::metadata_locks, from(always), from(100502)},
    {Feature::memory_summary, from(always), from(100502)},
    {Feature::processlist_ms, none, from(always)},
    {Feature::replica_words, from(80022), none},
    {Feature::applier_timestamps, from(80001), none},
    {Feature::replication_channels, from(always), none},
    {Feature::group_replication, from(50717), none},
    {Feature::group_roles, from(80002), none},
    {Feature::galera, from(always), from(always)},
    {Feature::plan_versions, from(80300), none},
    {Feature::connection_type, from(always), from(100502)},
}};

struct Words {
  Ask ask;
  model::EngineKind fork;
  std::int64_t since;
  std::string_view words;
};

constexpr auto mysql = model::EngineKind::mysql;
constexpr auto mariadb = model::EngineKind::mariadb;

// Of several entries for one fork the last that the version has reached holds.
constexpr std::array<Words, 25> ways{{
    {Ask::replica_status, mysql, always, "SHOW SLAVE STATUS"},
    {Ask::replica_status, mysql, 80022, "SHOW REPLICA STATUS"},
    {Ask::replica_status, mariadb, always, "SHOW ALL SLAVES STATUS"},
    {Ask::replicas, mysql, always, "SHOW SLAVE HOSTS"},
    {Ask::replicas, mysql, 80022, "SHOW REPLICAS"},
    {Ask::replicas, mariadb, always, "SHOW SLAVE HOSTS"},
    {Ask::binary_logs, mysql, always, "SHOW BINARY LOGS"},
    {Ask::binary_logs, mariadb, always, "SHOW BINARY LOGS"},
    {Ask::innodb_tables, mysql, always, "INNODB_SYS_TABLES"},
    {Ask::innodb_tables, mysql, 80003, "INNODB_TABLES"},
    {Ask::innodb_tables, mariadb, always, "INNODB_SYS_TABLES"},
    {Ask::innodb_indexes, mysql, always, "INNODB_SYS_INDEXES"},
    {Ask::innodb_indexes, mysql, 80003, "INNODB_INDEXES"},
    {Ask::innodb_indexes, mariadb, always, "INNODB_SYS_INDEXES"},
    {Ask::innodb_table_stats, mysql, always, "INNODB_SYS_TABLESTATS"},
    {Ask::innodb_table_stats, mysql, 80003, "INNODB_TABLESTATS"},
    {Ask::innodb_table_stats, mariadb, always, "INNODB_SYS_TABLESTATS"},
    {Ask::innodb_spaces, mysql, always, "INNODB_SYS_TABLESPACES"},
    {Ask::innodb_spaces, mysql, 80003, "INNODB_TABLESPACES"},
    {Ask::innodb_spaces, mariadb, always, "INNODB_SYS_TABLESPACES"},
    {Ask::innodb_foreign_keys, mysql, always, "INNODB_SYS_FOREIGN"},
    {Ask::innodb_foreign_keys, mysql, 80003, "INNODB_FOREIGN"},
    {Ask::innodb_foreign_keys, mariadb, always, "INNODB_SYS_FOREIGN"},
    {Ask::innodb_foreign_columns, mysql, always, "INNODB_SYS_FOREIGN_COLS"},
    {Ask::innodb_foreign_columns, mariadb, always, "INNODB_SYS_FOREIGN_COLS"},
}};

bool within(const Span& span, std::int64_t version) {
  return span.since != never && version >= span.since && version < span.until;
}

}  // namespace

bool has(Feature feature, model::EngineKind fork, std::int64_t version) {
  for (const auto& fact : facts) {
    if (fact.feature == feature)
      return within(fork == model::EngineKind::mariadb ? fact.mariadb : fact.mysql, version);
  }
  return false;
}

std::string_view words_for(Ask ask, model::EngineKind fork, std::int64_t version) {
  std::string_view found;
  for (const auto& way : ways) {
    if (way.ask == ask && way.fork == fork && version >= way.since) found = way.words;
  }
  return found;
}

}  // namespace whet::engine::mysql
