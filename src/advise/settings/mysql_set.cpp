// The settings set for MySQL and MariaDB.
//
// Of the usable memory U, what the sessions take is bounded first: sort, join and read buffers by a
// quarter of U over all sessions that work at once, temporary tables by a tenth. The buffer pool
// gets what is left of 90 % of U, 80 % at most. So every value inside its band fits together with
// every other, and 10 % stay for the operating system.
#include "advise/settings/mysql_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "advise/mysql_facts.h"
#include "advise/settings/mysql_envelope.h"
#include "advise/settings/set_builder.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();
constexpr double sessions_share = 0.25;
constexpr double temporary_share = 0.10;

/// A buffer that each session may take, and its size as the server comes.
struct SessionBuffer {
  const char* name;
  double usual;
};
constexpr std::array session_buffers{
    SessionBuffer{"sort_buffer_size", 2 * megabyte}, SessionBuffer{"join_buffer_size", megabyte},
    SessionBuffer{"read_buffer_size", megabyte}, SessionBuffer{"read_rnd_buffer_size", megabyte}};

/// What the sessions may share: the usable memory, how many of them work, and whether anything may
/// be raised at all.
struct Room {
  double usable = 0;
  double working = 1;
  bool to_raise = false;
};

void consider_session_buffers(SetBuilder& builder, const Room& room) {
  const Facts& facts = builder.facts();
  const auto [usable, working, to_raise] = room;
  const double each = sessions_share * usable / working / session_buffers.size();
  for (const SessionBuffer& buffer : session_buffers) {
    const double high = std::max(each, buffer.usual);
    const double top = round_memory(std::min(high, 4 * megabyte));
    const bool raise =
        to_raise && std::string_view(buffer.name) == "sort_buffer_size" && sorts_merge(facts);
    const double low = raise ? round_memory(std::min(megabyte, each)) : 0;
    builder.consider(
        {.setting = buffer.name,
         .band = {low, low, top, high},
         .print = print_count,
         .reason = "the sorts that are merged on disk now stay in memory",
         .arithmetic = fmt::format("25 % of {} / {:.0f} working sessions / 4 buffers = {}; {} is "
                                   "always right",
                                   text::bytes(usable), working, text::bytes(each),
                                   text::bytes(buffer.usual)),
         .evidence = {},
         .lower_reason = "what the working sessions take together must fit the memory"});
  }
}

// TempTable has no MEMORY engine's limit beside tmp_table_size; the MEMORY engine obeys the
// smaller of the two: both move together, or nothing happens.
void consider_temporaries(SetBuilder& builder, const Room& room) {
  const Facts& facts = builder.facts();
  const auto [usable, working, to_raise] = room;
  const bool both = memory_engine_temporaries(facts);
  if (!both && !holds(facts, {80028, never})) return;
  const double fits = std::max(16 * megabyte, temporary_share * usable / working);
  const double target = round_memory(std::min(64 * megabyte, fits));
  const double low = to_raise && temporaries_spill(facts) ? target : 0;
  const double high = std::max(fits, 64 * megabyte);
  for (const char* name : {"tmp_table_size", "max_heap_table_size"}) {
    if (!both && std::string_view(name) == "max_heap_table_size") continue;
    builder.consider(
        {.setting = name,
         .band = {low, target, target, high},
         .print = print_count,
         .reason = both ? "temporary tables stay in memory up to the smaller of both limits"
                        : "temporary tables stay in memory up to this size",
         .arithmetic = fmt::format("10 % of {} / {:.0f} working sessions = {}, 64 MB at most",
                                   text::bytes(usable), working, text::bytes(fits)),
         .evidence = {},
         .lower_reason = "each working session may take this much for each temporary table"});
  }
}

void consider_binlog_cache(SetBuilder& builder, const Room& room) {
  if (!room.to_raise || !binlog_cache_spills(builder.facts())) return;
  builder.consider({.setting = "binlog_cache_size",
                    .band = {256 * kilobyte, 256 * kilobyte, unbounded, unbounded},
                    .print = print_count,
                    .reason = "most transactions' changes fit without a file",
                    .arithmetic = "256 kB for each session that writes; a few large transactions "
                                  "may still use a file",
                    .evidence = {},
                    .lower_reason = {}});
}

bool has_myisam(const Facts& facts) {
  const auto& tables = facts.user_tables();
  return std::any_of(tables.begin(), tables.end(), [](const model::Table* table) {
    return text::lower(table->storage_engine) == "myisam";
  });
}

void consider_key_buffer(SetBuilder& builder, double usable) {
  const Facts& facts = builder.facts();
  if (facts.user_tables().empty() || has_myisam(facts) || status(facts, "Key_read_requests") > 1e6)
    return;
  builder.consider({.setting = "key_buffer_size",
                    .band = {0, 0, 16 * megabyte, std::max(128 * megabyte, 0.05 * usable)},
                    .print = print_count,
                    .reason = {},
                    .arithmetic = "16 MB suffice for the server's own tables; 128 MB or 5 % of the "
                                  "memory are not worth a word",
                    .evidence = {count("MyISAM tables", 0, "information_schema.TABLES.ENGINE")},
                    .lower_reason = "only MyISAM tables use it, and there are none"});
}

// The pool is made of whole chunks in each instance; the server would round a value up.
double pool_unit(const Facts& facts) {
  const double chunk = number_of(facts, "innodb_buffer_pool_chunk_size", megabyte);
  const double instances = std::max(1.0, number_of(facts, "innodb_buffer_pool_instances", 1));
  return std::max(megabyte, chunk) * instances;
}

void consider_pool(SetBuilder& builder, double usable, double rest) {
  const Facts& facts = builder.facts();
  if (is_on(facts, "innodb_dedicated_server")) return;
  const double unit = pool_unit(facts);
  const auto whole = [&](double bytes) { return std::max(unit, std::floor(bytes / unit) * unit); };
  const double left = std::max(promised_share * usable - rest, 0.0);
  const double high = std::max({std::min(0.8 * usable, left), unit, 5 * megabyte});
  const double limit = number_of(facts, "innodb_buffer_pool_size_max", unbounded);
  const double top = whole(std::min({0.75 * usable, left, limit}));
  const double data = data_bytes(facts);
  const auto misses = pool_misses(facts);
  const double hot = std::min(top, whole(1.1 * data + unit));
  const bool small = misses && data > builder.current("innodb_buffer_pool_size", 0);
  std::vector<model::Evidence> evidence = {size("data and indexes", data,
                                                "information_schema.TABLES")};
  if (small)
    evidence.push_back(share("page reads that missed the pool", *misses,
                             "Innodb_buffer_pool_reads / Innodb_buffer_pool_read_requests"));
  builder.consider(
      {.setting = "innodb_buffer_pool_size",
       .band = {small ? 0.85 * hot : 0, hot, top, std::max(high, top)},
       .print = print_count,
       .reason = "pages that are read again and again stay in memory",
       .arithmetic = fmt::format("the smaller of 75 % of {} usable memory and what the rest leaves "
                                 "of 90 % ({}); data and indexes: {}; whole multiples of {}",
                                 text::bytes(usable), text::bytes(left), text::bytes(data),
                                 text::bytes(unit)),
       .evidence = std::move(evidence),
       .lower_reason = "the pool and all that the sessions take must fit the memory"});
}

void consider_log_buffer(SetBuilder& builder, bool to_raise) {
  if (!to_raise || !log_buffer_waits(builder.facts())) return;
  builder.consider({.setting = "innodb_log_buffer_size",
                    .band = {64 * megabyte, 64 * megabyte, unbounded, unbounded},
                    .print = print_count,
                    .reason = "transactions need not wait for room in it",
                    .arithmetic = "64 MB is the default of MySQL 8.4",
                    .evidence = {},
                    .lower_reason = {}});
}

void consider_sessions(SetBuilder& builder, const Room& room) {
  consider_log_buffer(builder, room.to_raise);
  consider_session_buffers(builder, room);
  consider_temporaries(builder, room);
  consider_binlog_cache(builder, room);
}

// Whether all that would be raised still fits beside the smallest pool: else nothing of the
// sessions' is raised, whatever they spill.
bool fits_when_raised(const SetBuilder& builder, Room room) {
  SetBuilder trial = builder;
  room.to_raise = true;
  consider_sessions(trial, room);
  const MysqlEnvelope raised = envelope_of(trial.facts(), trial.items());
  return raised.realistic() - raised.pool + pool_unit(trial.facts()) <=
         promised_share * room.usable;
}

}  // namespace

void consider_mysql_memory(SetBuilder& builder, MysqlSet& set) {
  const auto memory = builder.facts().memory_bytes();
  set.now = envelope_of(builder.facts(), {});
  set.then = set.now;
  if (!memory) return consider_log_buffer(builder, true);
  judge_mysql_machine(builder.facts(), *memory, set);
  consider_key_buffer(builder, set.usable);
  Room room{set.usable, set.now.working, false};
  room.to_raise = fits_when_raised(builder, room);
  consider_sessions(builder, room);
  const MysqlEnvelope without_pool = envelope_of(builder.facts(), builder.items());
  consider_pool(builder, set.usable, without_pool.realistic() - without_pool.pool);
}

const Recommendation* MysqlSet::find(std::string_view setting) const {
  const auto at = std::find_if(items.begin(), items.end(), [&](const Recommendation& item) {
    return item.setting->name == setting;
  });
  return at == items.end() ? nullptr : &*at;
}

MysqlSet recommend_mysql(const Facts& facts) {
  SetBuilder builder(facts);
  MysqlSet set;
  if (facts.server().settings.empty()) return set;
  consider_mysql_server(builder);
  consider_mysql_memory(builder, set);
  set.items = std::move(builder.set().items);
  set.then = envelope_of(facts, set.items);
  return set;
}

model::Change mysql_change_for(const Facts& facts, const Recommendation& advice) {
  return set_variable(facts, *advice.setting, advice.value, advice.reason);
}

bool add_advice(const Facts& facts, const MysqlSet& set,
                std::initializer_list<std::string_view> names, model::Finding& finding) {
  bool any = false;
  for (const std::string_view name : names) {
    const Recommendation* advice = set.find(name);
    if (advice == nullptr) continue;
    any = true;
    finding.evidence.push_back(variable_fact(*advice->setting));
    finding.evidence.insert(finding.evidence.end(), advice->evidence.begin(),
                            advice->evidence.end());
    finding.impact.arithmetic += finding.impact.arithmetic.empty() ? "" : ". ";
    finding.impact.arithmetic += fmt::format("{}: {}", name, advice->arithmetic);
    finding.changes.push_back(mysql_change_for(facts, *advice));
  }
  return any;
}

void add_envelope(const MysqlSet& set, model::Finding& finding) {
  if (!set.memory) return;
  finding.evidence.push_back(size("memory of the machine", *set.memory, "host.memory"));
  if (set.shared_host) {
    finding.evidence.push_back(size("held by other programs", set.others,
                                    "host.memory - host.available - what the server has"));
  }
  finding.impact.arithmetic += fmt::format(
      "{}All recommended settings together, realistically: {}, which is {} of {} usable; at worst: "
      "{} ({})",
      finding.impact.arithmetic.empty() ? "" : ". ", set.then.realistic_text(),
      text::percent(set.then.realistic() / set.usable), text::bytes(set.usable),
      set.then.worst_text(), text::percent(set.then.worst() / set.usable));
}

}  // namespace whet::advise::settings
