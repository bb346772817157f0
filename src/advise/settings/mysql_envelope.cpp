#include "advise/settings/mysql_envelope.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "advise/mysql_facts.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

/// Values as they are, or as recommended.
class Values {
 public:
  Values(const Facts& facts, const std::vector<Recommendation>& items)
      : facts_(facts), items_(items) {}

  [[nodiscard]] double operator()(std::string_view name) const {
    for (const Recommendation& item : items_) {
      if (item.setting->name == name) return item.number;
    }
    return number_of(facts_, name, 0);
  }

 private:
  const Facts& facts_;
  const std::vector<Recommendation>& items_;
};

double memory_use(const Facts& facts, std::string_view prefix, bool highest) {
  double bytes = 0;
  for (const model::MemoryUse& use : facts.snapshot().resources.memory) {
    if (use.name.starts_with(prefix)) bytes += highest ? use.highest_bytes : use.bytes;
  }
  return bytes;
}

double most_connected(const Facts& facts) {
  const model::Activity& activity = facts.snapshot().activity;
  return std::max({status(facts, "Max_used_connections"), status(facts, "Threads_connected"),
                   static_cast<double>(activity.waits.peak_connections),
                   static_cast<double>(activity.sessions.size()), 1.0});
}

// A peak seen in seconds is not the peak of a week: four times the active sessions and half of the
// most connections ever, 20 at least.
double working_sessions(const Facts& facts, double connected, double max_connections) {
  const double active = std::max(static_cast<double>(facts.snapshot().activity.waits.peak_active),
                                 status(facts, "Threads_running"));
  return std::min(max_connections, std::max({4 * active, std::ceil(connected / 2), 20.0}));
}

bool query_cache_on(const Facts& facts) {
  const model::Setting* type = facts.server().setting("query_cache_type");
  return type != nullptr && type->value != "OFF" && type->value != "0";
}

void add_sessions(const Facts& facts, const Values& value, MysqlEnvelope& out) {
  const double temporary = memory_engine_temporaries(facts)
                               ? std::min(value("tmp_table_size"), value("max_heap_table_size"))
                               : 0;
  const double log = logs_binary(facts) ? value("binlog_cache_size") : 0;
  const double stack = value("thread_stack");
  const double network = 2 * value("net_buffer_length");
  out.connection = stack + network;
  // A statement sorts or joins, rarely both; few make a temporary table of full size.
  out.statement = std::max(value("sort_buffer_size"), value("join_buffer_size")) +
                  value("read_buffer_size") + value("read_rnd_buffer_size") + log + temporary / 4;
  out.statement_most = value("sort_buffer_size") + value("join_buffer_size") +
                       value("read_buffer_size") + value("read_rnd_buffer_size") + log + temporary;
}

}  // namespace

MysqlEnvelope envelope_of(const Facts& facts, const std::vector<Recommendation>& items) {
  const Values value(facts, items);
  MysqlEnvelope out;
  out.pool = value("innodb_buffer_pool_size");
  out.log_buffer = value("innodb_log_buffer_size");
  out.caches = value("key_buffer_size") + value("aria_pagecache_buffer_size") +
               (query_cache_on(facts) ? value("query_cache_size") : 0);
  out.instruments = memory_use(facts, "memory/performance_schema/", false);
  if (!memory_engine_temporaries(facts)) {
    out.temporary_seen = memory_use(facts, "memory/temptable/physical_ram", true);
    out.temporary_most = std::max(value("temptable_max_ram"), out.temporary_seen);
  }
  out.connections = std::max(1.0, value("max_connections"));
  out.connected = std::min(most_connected(facts), out.connections);
  out.working = std::max(1.0, working_sessions(facts, out.connected, out.connections));
  add_sessions(facts, value, out);
  return out;
}

double MysqlEnvelope::realistic() const {
  return pool + log_buffer + caches + instruments + temporary_seen + connected * connection +
         working * statement;
}

double MysqlEnvelope::worst() const {
  return pool + log_buffer + caches + instruments + temporary_most +
         connections * (connection + statement_most);
}

std::string MysqlEnvelope::realistic_text() const {
  return fmt::format(
      "{} buffer pool + {} log buffer + {} other caches + {} performance_schema + {} temporary "
      "tables + {:.0f} connections seen x {} + {:.0f} working sessions x {} = {}",
      text::bytes(pool), text::bytes(log_buffer), text::bytes(caches), text::bytes(instruments),
      text::bytes(temporary_seen), connected, text::bytes(connection), working,
      text::bytes(statement), text::bytes(realistic()));
}

std::string MysqlEnvelope::worst_text() const {
  return fmt::format(
      "{} buffer pool + {} log buffer + {} other caches + {} performance_schema + {} temporary "
      "tables + {:.0f} connections x ({} + {}) = {}",
      text::bytes(pool), text::bytes(log_buffer), text::bytes(caches), text::bytes(instruments),
      text::bytes(temporary_most), connections, text::bytes(connection),
      text::bytes(statement_most), text::bytes(worst()));
}

// What neither the server's own share nor the free and reclaimable part accounts for, beyond a
// quarter that the system may well hold, is somebody else's.
void judge_mysql_machine(const Facts& facts, double memory, MysqlSet& set) {
  set.memory = memory;
  set.usable = memory;
  const model::Host* host = facts.host();
  if (host == nullptr || host->stated || host->available_bytes <= 0) return;
  const double own = set.now.realistic();
  set.others = std::max(0.0, memory - static_cast<double>(host->available_bytes) - own);
  const double excess = set.others - 0.25 * memory;
  set.shared_host = excess > 0;
  if (set.shared_host) set.usable = memory - excess;
}

}  // namespace whet::advise::settings
