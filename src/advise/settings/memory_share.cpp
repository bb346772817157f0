// The part of the settings set that shares out memory.
//
// Of the usable memory U, fixed parts are set aside so that every value inside its band fits
// together with every other: shared_buffers up to 40 % (the manual: more seldom helps), autovacuum
// 12 %, maintenance 8 %, WAL buffers 2 %, and what is left of 90 % is for the sessions' sorts and
// hashes. 10 % stay for the operating system and the processes themselves.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "advise/settings/set_builder.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

struct Budget {
  double usable = 0;
  double shared_high = 0;
  double autovacuum = 0;
  double maintenance = 0;
  double wal = 0;
  double sessions = 0;
};

Budget share_out(double usable) {
  Budget budget;
  budget.usable = usable;
  budget.shared_high = 0.40 * usable;
  // The least amounts are the server's defaults: a small machine keeps those.
  budget.autovacuum = std::max(0.12 * usable, 192 * megabyte);
  budget.maintenance = std::max(0.08 * usable, 64 * megabyte);
  budget.wal = std::max(0.02 * usable, 16 * megabyte);
  budget.sessions = std::max(promised_share * usable - budget.shared_high - budget.autovacuum -
                                 budget.maintenance - budget.wal,
                             0.10 * usable);
  return budget;
}

double data_bytes(const Facts& facts) {
  double bytes = 0;
  for (const model::Database& database : facts.server().databases)
    bytes += static_cast<double>(database.size_bytes);
  return bytes;
}

double largest_table(const Facts& facts) {
  double bytes = 0;
  for (const model::Table* table : facts.user_tables())
    bytes = std::max(bytes, static_cast<double>(table->heap_bytes));
  return bytes;
}

double connections_seen(const Facts& facts) {
  const model::Activity& activity = facts.snapshot().activity;
  std::int64_t in_databases = 0;
  for (const model::Database& database : facts.server().databases)
    in_databases += database.connections;
  return static_cast<double>(std::max(activity.waits.peak_connections, in_databases));
}

// A peak seen in seconds is not the peak of a week: four times the active sessions and half of all
// connections, 20 at least.
double working_sessions(const Facts& facts, double max_connections) {
  const auto active = static_cast<double>(facts.snapshot().activity.waits.peak_active);
  return std::min(max_connections,
                  std::max({4 * active, std::ceil(connections_seen(facts) / 2), 20.0}));
}

double consider_shared_buffers(SetBuilder& builder, const Budget& budget) {
  const double data = data_bytes(builder.facts());
  const double quarter = 0.25 * budget.usable;
  const double room = data > 0 ? std::max(128 * megabyte, 1.25 * data) : quarter;
  const double target = round_memory(std::min(quarter, room));
  return builder.consider(
      {.setting = "shared_buffers",
       .band = {0.6 * target, target, round_memory(quarter), budget.shared_high},
       .print = print_memory,
       .reason = room < quarter ? "room for all data in the server's own cache"
                                : "a quarter of the memory for the server's own cache",
       .arithmetic = fmt::format(
           "25 % of {} usable memory = {}; {}", text::bytes(budget.usable), text::bytes(quarter),
           data > 0 ? fmt::format("all data with a quarter more: {}", text::bytes(room))
                    : std::string("the size of the data is not known")),
       .evidence = {size("all databases", data, "pg_database_size()")},
       .lower_reason = "more than 40 % takes memory from the sessions and the system's cache"});
}

void consider_cache_size(SetBuilder& builder, const Budget& budget) {
  builder.consider({.setting = "effective_cache_size",
                    .band = {0.45 * budget.usable, round_memory(0.65 * budget.usable),
                             round_memory(0.65 * budget.usable), budget.usable},
                    .print = print_memory,
                    .reason = "what the server's and the operating system's caches can hold "
                              "together; the planner only reads it, nothing is allocated",
                    .arithmetic = fmt::format("65 % of {} usable memory; right between 45 % and "
                                              "100 %",
                                              text::bytes(budget.usable))});
}

double consider_maintenance(SetBuilder& builder, const Budget& budget) {
  const double table = largest_table(builder.facts());
  const double wanted =
      std::max(64 * megabyte, std::min({0.04 * budget.usable, gigabyte, table / 4}));
  const double target = round_memory(wanted);
  return builder.consider(
      {.setting = "maintenance_work_mem",
       .band = {0.5 * target, target, target, budget.maintenance},
       .print = print_memory,
       .reason = "index builds and vacuums work in memory",
       .arithmetic = fmt::format(
           "the smallest of 4 % of {} usable memory, 1 GB, and a quarter of the largest table "
           "({}); 64 MB at least",
           text::bytes(budget.usable), text::bytes(table)),
       .evidence = {size("largest table", table, "pg_relation_size()")},
       .lower_reason = "all maintenance together must fit the memory"});
}

double consider_autovacuum(SetBuilder& builder, const Budget& budget, double maintenance) {
  const double workers = std::max(1.0, builder.current("autovacuum_max_workers", 3));
  const double each = budget.autovacuum / workers;
  const double own = builder.current("autovacuum_work_mem", -1);
  // -1 takes maintenance_work_mem, which has been decided already.
  const bool inherits = own < 0;
  if (inherits && maintenance <= each) return workers * maintenance;
  const double target = round_memory(std::min(each, 64 * megabyte));
  const double top = round_memory(each);
  // An inherited value that is too large is replaced, whatever -1 compares to.
  const Band band = inherits ? Band{top, top, top, top} : Band{0.5 * target, target, top, each};
  const double result = builder.consider(
      {.setting = "autovacuum_work_mem",
       .band = band,
       .print = print_memory,
       .reason = "each autovacuum worker may take this much",
       .arithmetic = fmt::format("{} for autovacuum / {:.0f} workers = {}",
                                 text::bytes(budget.autovacuum), workers, text::bytes(each))});
  return workers * result;
}

double consider_wal_buffers(SetBuilder& builder, const Budget& budget) {
  const model::Resources& resources = builder.facts().snapshot().resources;
  const double rate =
      per_hour(static_cast<double>(resources.wal_total.buffers_full), resources.wal_age_seconds) /
      3600;
  const bool full =
      builder.facts().ratio_age(resources.wal_age_seconds) && rate > wal_buffers_full_limit;
  const double target = full ? round_memory(std::min(64 * megabyte, budget.wal)) : 0;
  return builder.consider(
      {.setting = "wal_buffers",
       .band = {0.9 * target, target, round_memory(std::min(64 * megabyte, budget.wal)),
                budget.wal},
       .print = print_memory,
       .reason = full ? "sessions find the WAL buffers full" : "more is never used",
       .arithmetic = fmt::format("full {} times a second; at most {} of memory for it",
                                 text::number(rate), text::bytes(budget.wal))});
}

// The largest spill that a work_mem within the ceiling would keep in memory. What a sort holds in
// memory is larger than what it writes to disk, up to some 2.5 times.
double spill_need(const Facts& facts, double ceiling) {
  constexpr double memory_per_disk = 2.5;
  double need = 0;
  if (!facts.ratio_age(facts.snapshot().workload.age_seconds)) return need;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (statement.own || statement.total.calls < 5 || statement.total.temp_written == 0) continue;
    const double spilled = static_cast<double>(statement.total.temp_written) * block_bytes(facts) /
                           static_cast<double>(statement.total.calls);
    const double wanted = round_memory(memory_per_disk * spilled * 1.125);
    if (wanted <= ceiling) need = std::max(need, wanted);
  }
  return need;
}

double consider_hash_multiplier(SetBuilder& builder, const Budget& budget, double sessions) {
  const double most = std::clamp(budget.sessions / (sessions * 64 * kilobyte), 1.0, 8.0);
  const double rounded = std::floor(most * 10) / 10;
  return builder.consider(
      {.setting = "hash_mem_multiplier",
       .band = {0, std::min(2.0, rounded), rounded, most},
       .print = print_decimal,
       .reason = "a hash may take this many times work_mem",
       .arithmetic = fmt::format("{} for sessions / {:.0f} sessions / 64 kB, 8 at most = {}",
                                 text::bytes(budget.sessions), sessions, text::number(most))});
}

double consider_work_mem(SetBuilder& builder, const Budget& budget, const Envelope& envelope,
                         double multiplier) {
  const double fits = budget.sessions / (envelope.sessions * multiplier);
  const double always = budget.sessions / (envelope.connections * 2 * multiplier);
  const double need = spill_need(builder.facts(), std::min(always, 256 * megabyte));
  const double least = round_memory(std::min(4 * megabyte, fits));
  const double target = std::max(least, need);
  std::vector<model::Evidence> evidence = {
      number("working sessions", envelope.sessions,
             "pg_stat_activity, sampled: 4 x peak active, half of peak connections, 20 at least"),
      number("max_connections", envelope.connections, "pg_settings.max_connections")};
  if (need > 0)
    evidence.push_back(size("memory that the spills seen want", need,
                            "pg_stat_statements.temp_blks_written / calls x 2.5"));
  return builder.consider(
      {.setting = "work_mem",
       .band = {0.7 * target, target, std::max(round_memory(fits), 64 * kilobyte),
                std::max(fits, 64 * kilobyte)},
       .print = print_memory,
       .reason = need > least ? "the sorts and hashes that spill to disk now stay in memory"
                              : "what the sessions may take must fit the memory, and small sorts "
                                "should stay in it",
       .arithmetic = fmt::format(
           "{} for sessions / ({:.0f} connections x 2 x {}) = {} that always fits; / ({:.0f} "
           "working sessions x {}) = {} at most; spills seen want {}",
           text::bytes(budget.sessions), envelope.connections, text::number(multiplier),
           text::bytes(always), envelope.sessions, text::number(multiplier), text::bytes(fits),
           need > 0 ? text::bytes(need) : std::string("nothing that fits")),
       .evidence = std::move(evidence),
       .lower_reason = "what the working sessions take together must fit the memory"});
}

Envelope envelope_now(const SetBuilder& builder, double sessions, double connections) {
  Envelope now;
  now.sessions = sessions;
  now.connections = connections;
  now.shared = builder.current("shared_buffers", 128 * megabyte);
  now.wal = std::max(0.0, builder.current("wal_buffers", 16 * megabyte));
  now.per_node =
      builder.current("work_mem", 4 * megabyte) * builder.current("hash_mem_multiplier", 1);
  now.maintenance = builder.current("maintenance_work_mem", 64 * megabyte);
  const double own = builder.current("autovacuum_work_mem", -1);
  now.autovacuum = builder.current("autovacuum_max_workers", 3) * (own < 0 ? now.maintenance : own);
  return now;
}

// What neither shared_buffers nor the free and reclaimable part accounts for, beyond a quarter that
// the server's own sessions and the system may well hold, is somebody else's.
void judge_machine(SetBuilder& builder, double memory) {
  SettingsSet& set = builder.set();
  set.memory = memory;
  set.usable = memory;
  const model::Host* host = builder.facts().host();
  if (host == nullptr || host->stated || host->available_bytes <= 0) return;
  const double shared = builder.current("shared_buffers", 0);
  set.others = std::max(0.0, memory - static_cast<double>(host->available_bytes) - shared);
  const double excess = set.others - 0.25 * memory;
  set.shared_host = excess > 0;
  if (set.shared_host) set.usable = memory - excess;
}

}  // namespace

void consider_memory(SetBuilder& builder) {
  const auto memory = builder.facts().memory_bytes();
  if (!memory) return;
  judge_machine(builder, *memory);
  SettingsSet& set = builder.set();
  const Budget budget = share_out(set.usable);
  const double connections = std::max(1.0, builder.current("max_connections", 100));
  const double sessions = working_sessions(builder.facts(), connections);
  set.now = envelope_now(builder, sessions, connections);
  set.then.sessions = sessions;
  set.then.connections = connections;
  set.then.shared = consider_shared_buffers(builder, budget);
  consider_cache_size(builder, budget);
  set.then.maintenance = consider_maintenance(builder, budget);
  set.then.autovacuum = consider_autovacuum(builder, budget, set.then.maintenance);
  set.then.wal = std::max(0.0, consider_wal_buffers(builder, budget));
  const double multiplier = consider_hash_multiplier(builder, budget, sessions);
  set.then.per_node = multiplier * consider_work_mem(builder, budget, set.then, multiplier);
}

}  // namespace whet::advise::settings
