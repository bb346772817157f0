#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/mysql/settings.h"

namespace whet::engine::mysql {

namespace {

struct Unit {
  std::string_view setting, unit;
};

// By the manuals' tables of system variables. Times in seconds and sizes in bytes need no entry to
// be read right, only to be shown with a unit; these ones would be read wrong.
constexpr std::array<Unit, 32> units{{
    {"binlog_group_commit_sync_delay", "us"},
    {"binlog_commit_wait_usec", "us"},
    {"clone_delay_after_data_drop", "s"},
    {"connection_control_max_connection_delay", "ms"},
    {"connection_control_min_connection_delay", "ms"},
    {"default_password_lifetime", "d"},
    {"expire_logs_days", "d"},
    {"idle_readonly_transaction_timeout", "s"},
    {"innodb_buffer_pool_chunk_size", "B"},
    {"innodb_buffer_pool_size", "B"},
    {"innodb_commit_concurrency", ""},
    {"innodb_log_buffer_size", "B"},
    {"innodb_log_file_size", "B"},
    {"innodb_log_spin_cpu_pct_hwm", ""},
    {"innodb_log_wait_for_flush_spin_hwm", "us"},
    {"innodb_old_blocks_time", "ms"},
    {"innodb_redo_log_capacity", "B"},
    {"innodb_replication_delay", "ms"},
    {"innodb_thread_sleep_delay", "us"},
    {"innodb_adaptive_max_sleep_delay", "us"},
    {"max_execution_time", "ms"},
    {"password_reuse_interval", "d"},
    {"innodb_max_purge_lag_delay", "us"},
    {"rpl_semi_sync_master_timeout", "ms"},
    {"rpl_semi_sync_source_timeout", "ms"},
    {"rpl_semi_sync_master_wait_timeout", "ms"},
    {"slave_parallel_max_queued", "B"},
    {"thread_pool_idle_timeout", "s"},
    {"thread_pool_prio_kickup_timer", "ms"},
    {"thread_pool_stall_limit", "ms"},
    {"wsrep_certification_timeout", "s"},
    {"innodb_spin_wait_delay", ""},
}};

double factor_of(std::string_view unit) {
  if (unit == "us") return 1e-6;
  if (unit == "ms") return 1e-3;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return 1;
}

bool is_switch(std::string_view value) {
  const std::string lowered = text::lower(value);
  return lowered == "on" || lowered == "off" || lowered == "yes" || lowered == "no";
}

bool is_on(std::string_view value) {
  const std::string lowered = text::lower(value);
  return lowered == "on" || lowered == "yes" || lowered == "1" || lowered == "true";
}

struct Word {
  std::string_view server, ours;
};

template <std::size_t N>
std::string translated(std::string_view word, const std::array<Word, N>& words) {
  const std::string lowered = text::lower(word);
  for (const auto& entry : words) {
    if (entry.server == lowered) return std::string(entry.ours);
  }
  return {};
}

}  // namespace

std::string_view unit_of(std::string_view setting) {
  const auto at = std::find_if(units.begin(), units.end(),
                               [&](const auto& unit) { return unit.setting == setting; });
  if (at != units.end()) return at->unit;
  // The rule of names does for the rest.
  if (setting.ends_with("_timeout") || setting.ends_with("_seconds")) return "s";
  if (setting.ends_with("_buffer_size") || setting.ends_with("_cache_size")) return "B";
  return "";
}

bool same_switch(std::string_view a, std::string_view b) { return is_on(a) == is_on(b); }

std::optional<double> base_value(std::string_view setting, std::string_view value) {
  const auto number = text::to_double(value);
  if (!number || *number < 0) return number;
  return *number * factor_of(unit_of(setting));
}

std::string without_secret(std::string_view setting, std::string_view value) {
  // Policies about passwords are numbers, switches, or short words.
  constexpr std::array<std::string_view, 7> telling{
      "report_password", "_pwd", "sst_auth", "secret", "token", "filekey", "passphrase"};
  if (value.empty() || is_switch(value) || text::to_double(value)) return std::string(value);
  const std::string lowered = text::lower(setting);
  for (const auto part : telling) {
    if (text::contains(lowered, part)) return "(hidden)";
  }
  return std::string(value);
}

void fill_values(model::Setting& setting, std::string_view value, std::string_view default_value) {
  setting.value = without_secret(setting.name, value);
  setting.default_value = without_secret(setting.name, default_value);
  if (setting.type.empty()) {
    if (is_switch(value)) {
      setting.type = "bool";
    } else {
      setting.type = text::to_double(value) ? "integer" : "string";
    }
  }
  if (setting.type == "integer" || setting.type == "real") {
    setting.number = base_value(setting.name, value);
    setting.default_number = base_value(setting.name, default_value);
    setting.unit = unit_of(setting.name);
  }
}

std::string source_of(std::string_view word) {
  constexpr std::array<Word, 14> words{{{"compiled", "default"},
                                        {"compile-time", "default"},
                                        {"auto", "default"},
                                        {"global", "configuration file"},
                                        {"server", "configuration file"},
                                        {"explicit", "configuration file"},
                                        {"extra", "configuration file"},
                                        {"mysqld_safe", "configuration file"},
                                        {"user", "configuration file"},
                                        {"login", "configuration file"},
                                        {"config", "configuration file"},
                                        {"persisted", "persisted"},
                                        {"command_line", "command line"},
                                        {"command-line", "command line"}}};
  const std::string known = translated(word, words);
  return known.empty() ? "set while running" : known;
}

std::string type_of(std::string_view word) {
  constexpr std::array<Word, 13> words{{{"boolean", "bool"},
                                        {"integer", "integer"},
                                        {"int", "integer"},
                                        {"int unsigned", "integer"},
                                        {"bigint", "integer"},
                                        {"bigint unsigned", "integer"},
                                        {"numeric", "real"},
                                        {"double", "real"},
                                        {"enumeration", "enum"},
                                        {"enum", "enum"},
                                        {"set", "set"},
                                        {"flagset", "set"},
                                        {"string", "string"}}};
  const std::string known = translated(word, words);
  return known.empty() && !word.empty() ? "string" : known;
}

void note_persisted(model::Setting& setting, std::string_view value) {
  setting.persisted = without_secret(setting.name, value);
  // PERSIST_ONLY waits for a restart; SET GLOBAL may have come after SET PERSIST.
  const auto persisted = base_value(setting.name, value);
  bool same = text::lower(value) == text::lower(setting.value);
  if (persisted && setting.number) same = *persisted == *setting.number;
  if (setting.type == "bool") same = same_switch(value, setting.value);
  setting.pending_restart = !same;
}

model::Setting mariadb_setting(const Rows& rows, int i) {
  Row row(rows, i);
  model::Setting setting;
  setting.name = text::lower(row.view());
  const std::string value = row.text();
  setting.source = source_of(row.view());
  const std::string default_value = row.text();
  setting.type = type_of(row.view());
  // What a change needs, in PostgreSQL's words, which checks know.
  setting.context = row.flag() ? "postmaster" : "superuser";
  fill_values(setting, value, default_value);
  return setting;
}

}  // namespace whet::engine::mysql
