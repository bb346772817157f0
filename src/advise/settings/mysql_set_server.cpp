// The parts of the MySQL settings set that do not depend on memory: the redo log, flushing, and the
// caches of tables and threads, which are bounded by open files and connections.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "advise/mysql_facts.h"
#include "advise/settings/mysql_envelope.h"
#include "advise/settings/support.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

double disk_room(const Facts& facts) {
  const model::Host* host = facts.host();
  if (host == nullptr) return unbounded;
  for (const model::Disk& disk : host->disks) {
    for (const std::string& what : disk.holds) {
      if (what == "data" || what == "wal") return static_cast<double>(disk.free_bytes);
    }
  }
  return unbounded;
}

void consider_redo(SetBuilder& builder) {
  const Facts& facts = builder.facts();
  if (is_on(facts, "innodb_dedicated_server")) return;
  const auto capacity = redo_capacity(facts);
  if (!capacity) return;
  const double hour = redo_per_hour(facts);
  // The room that the log takes already counts as free for it.
  const double most = std::min(16 * gigabyte, 0.1 * (disk_room(facts) + *capacity));
  const double target = round_memory(std::min(std::max(gigabyte, 1.25 * hour), most));
  const bool whole = facts.server().setting("innodb_redo_log_capacity") != nullptr;
  // Before 8.0.30 the capacity is that of several files.
  const double files =
      whole ? 1 : std::max(1.0, number_of(facts, "innodb_log_files_in_group", 1));
  const double each = std::floor(target / files / megabyte) * megabyte;
  builder.consider(
      {.setting = whole ? "innodb_redo_log_capacity" : "innodb_log_file_size",
       .band = {std::min(hour / files, each), each, unbounded, unbounded},
       .print = print_count,
       .reason = "an hour of changes fits the log: pages that are changed often are written once, "
                 "not at each turn of the log",
       .arithmetic = fmt::format(
           "{} of redo an hour x 1.25, 1 GB at least, 16 GB and a tenth of the disk's room ({}) at "
           "most",
           text::bytes(hour), text::bytes(most)),
       .evidence = {size("redo an hour", hour, "Innodb_os_log_written")},
       .lower_reason = {}});
}

void consider_flushing(SetBuilder& builder) {
  const Facts& facts = builder.facts();
  const bool slow = solid_state(facts).value_or(false) && flushing_at_its_limit(facts);
  const double capacity = builder.consider(
      {.setting = "innodb_io_capacity",
       .band = {slow ? 1000.0 : 0.0, 2000, unbounded, unbounded},
       .print = print_count,
       .reason = "the server writes changed pages as fast as this disk allows",
       .arithmetic = "1,000 and more is right for a disk that does not spin; 10,000 is the default "
                     "of MySQL 8.4",
       .evidence = {number("pages written a second",
                           fastest_per_second(facts, "Innodb_buffer_pool_pages_flushed"),
                           "Innodb_buffer_pool_pages_flushed")},
       .lower_reason = {}});
  builder.consider({.setting = "innodb_io_capacity_max",
                    .band = {capacity, 2 * capacity, unbounded, unbounded},
                    .print = print_count,
                    .reason = "it must not be below innodb_io_capacity",
                    .arithmetic = fmt::format("twice {:.0f}", capacity),
                    .evidence = {},
                    .lower_reason = {}});
}

// The server takes a descriptor for each connection, two for each open table, ten for itself.
double tables_that_files_allow(const Facts& facts) {
  const auto files = number_of(facts.server().setting("open_files_limit"));
  if (!files || *files <= 0) return unbounded;
  return std::floor((*files - 10 - number_of(facts, "max_connections", 151)) / 2);
}

double hundreds(double number) { return std::floor(number / 100) * 100; }

void consider_tables(SetBuilder& builder) {
  const Facts& facts = builder.facts();
  const double fits = std::max(hundreds(tables_that_files_allow(facts)), 400.0);
  if (table_cache_overflows(facts)) {
    const double wanted = std::max({4000.0, 2 * status(facts, "Open_tables"),
                                    table_count(facts) + 8 * status(facts, "Max_used_connections")});
    const double target = std::min({hundreds(wanted + 99), fits, 65500.0});
    builder.consider({.setting = "table_open_cache",
                      .band = {target, target, unbounded, unbounded},
                      .print = print_count,
                      .reason = "tables stay open between statements",
                      .arithmetic = fmt::format(
                          "the largest of 4,000, twice the open tables, and the tables with 8 for "
                          "each connection; at most {}, which open_files_limit allows",
                          std::isinf(fits) ? std::string("no bound") : fmt::format("{:.0f}", fits)),
                      .evidence = {},
                      .lower_reason = {}});
  }
  if (!definitions_overflow(facts)) return;
  const double target = std::min(hundreds(1.1 * table_count(facts) + 499), 65500.0);
  builder.consider({.setting = "table_definition_cache",
                    .band = {target, target, unbounded, unbounded},
                    .print = print_count,
                    .reason = "the definitions of all tables stay in memory",
                    .arithmetic = fmt::format("{:.0f} tables and a tenth more, with 400 for the "
                                              "server's own",
                                              table_count(facts)),
                    .evidence = {},
                    .lower_reason = {}});
}

void consider_threads(SetBuilder& builder) {
  const Facts& facts = builder.facts();
  if (!threads_are_made(facts)) return;
  const double target = std::min(number_of(facts, "max_connections", 151),
                                 std::max(32.0, status(facts, "Max_used_connections")));
  builder.consider({.setting = "thread_cache_size",
                    .band = {target, target, unbounded, unbounded},
                    .print = print_count,
                    .reason = "a thread that its client left serves the next one",
                    .arithmetic = fmt::format("the most connections so far, 32 at least, "
                                              "max_connections ({:.0f}) at most",
                                              number_of(facts, "max_connections", 151)),
                    .evidence = {},
                    .lower_reason = {}});
}

}  // namespace

void consider_mysql_server(SetBuilder& builder) {
  consider_redo(builder);
  consider_flushing(builder);
  consider_tables(builder);
  consider_threads(builder);
}

}  // namespace whet::advise::settings
