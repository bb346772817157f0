// The workload: pg_stat_statements 1.8 (PostgreSQL 13) to 1.12 (18).
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "model/delta.h"
#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/normalize.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

constexpr std::string_view statements_at_most = "10000";
constexpr std::string_view text_at_most = "65536";  ///< characters of a statement

/// "1.10" is 10, newer than "1.9".
std::int64_t minor_of(const std::string& version) {
  const auto parts = text::split(version, '.');
  return parts.size() < 2 ? 0 : text::to_int(parts[1]).value_or(0);
}

/// One entry of the view is named by all of these.
std::string key_of(std::string_view user, std::string_view database, std::string_view query,
                   bool nested) {
  std::string key(user);
  key += '/';
  key += database;
  key += '/';
  key += query;
  if (nested) key += "/nested";
  return key;
}

/// The counters' columns in the order of read_counters, for a version of the extension.
std::string counter_columns(std::int64_t minor) {
  std::string columns = R"(
    s.calls, s.rows, s.plans, s.total_exec_time, s.total_plan_time, s.shared_blks_hit,
    s.shared_blks_read, s.shared_blks_dirtied, s.shared_blks_written, s.local_blks_hit,
    s.local_blks_read, s.local_blks_written, s.temp_blks_read, s.temp_blks_written, )";
  // 1.11 tells shared from local time.
  columns += minor >= 11 ? "s.shared_blk_read_time + s.local_blk_read_time, "
                           "s.shared_blk_write_time + s.local_blk_write_time, "
                         : "s.blk_read_time, s.blk_write_time, ";
  columns += minor >= 10 ? "s.temp_blk_read_time, s.temp_blk_write_time, " : "0, 0, ";
  columns += "s.wal_records, s.wal_fpi, s.wal_bytes, ";
  columns += minor >= 10 ? "s.jit_functions, s.jit_generation_time + s.jit_inlining_time + "
                           "s.jit_optimization_time + s.jit_emission_time"
                         : "0, 0";
  columns += minor >= 11 ? " + s.jit_deform_time, " : ", ";
  columns += minor >= 12 ? "s.parallel_workers_to_launch, s.parallel_workers_launched" : "0, 0";
  return columns;
}

model::StatementCounters read_counters(Row& row) {
  model::StatementCounters n;
  for (auto* counter : {&n.calls, &n.rows, &n.plans}) *counter = row.integer();
  for (auto* counter : {&n.execution_ms, &n.planning_ms}) *counter = row.number();
  for (auto* counter :
       {&n.shared_hit, &n.shared_read, &n.shared_dirtied, &n.shared_written, &n.local_hit,
        &n.local_read, &n.local_written, &n.temp_read, &n.temp_written})
    *counter = row.integer();
  for (auto* counter : {&n.read_ms, &n.write_ms, &n.temp_read_ms, &n.temp_write_ms})
    *counter = row.number();
  for (auto* counter : {&n.wal_records, &n.wal_full_pages, &n.wal_bytes, &n.jit_functions})
    *counter = row.integer();
  n.jit_ms = row.number();
  n.parallel_to_launch = row.integer();
  n.parallel_launched = row.integer();
  return n;
}

struct Source {
  std::string view;  ///< "public.pg_stat_statements"
  std::int64_t minor = 0;
};

std::optional<Source> source_of(Collector& c) {
  const auto* extension = c.snapshot.server.extension("pg_stat_statements");
  const bool loaded =
      std::find(c.snapshot.server.preloaded.begin(), c.snapshot.server.preloaded.end(),
                "pg_stat_statements") != c.snapshot.server.preloaded.end();
  if (extension == nullptr || (!loaded && !c.snapshot.server.preloaded.empty())) {
    c.note("the workload", "The extension pg_stat_statements is not at work in this database.",
           loaded || c.snapshot.server.preloaded.empty()
               ? "CREATE EXTENSION pg_stat_statements;"
               : "Add pg_stat_statements to shared_preload_libraries, restart, then CREATE "
                 "EXTENSION pg_stat_statements;");
    return std::nullopt;
  }
  Source source{sql::quote_qualified(extension->schema, "pg_stat_statements"),
                minor_of(extension->version)};
  if (source.minor < 8) {
    c.note("the workload", "pg_stat_statements is of version " + extension->version + ".",
           "ALTER EXTENSION pg_stat_statements UPDATE;");
    return std::nullopt;
  }
  c.snapshot.workload.source = "pg_stat_statements " + extension->version;
  return source;
}

void collect_head(Collector& c, const Source& source) {
  auto& workload = c.snapshot.workload;
  const auto& server = c.snapshot.server;
  workload.max_entries =
      static_cast<std::int64_t>(server.number("pg_stat_statements.max").value_or(0));
  workload.track = server.text("pg_stat_statements.track");
  workload.track_utility = server.on("pg_stat_statements.track_utility");
  workload.track_planning = server.on("pg_stat_statements.track_planning");
  if (source.minor < 9) return;
  const auto rows = c.read("evictions of statements", R"(
    SELECT dealloc, extract(epoch FROM clock_timestamp() - stats_reset) FROM )" +
                                                          source.view + "_info");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  workload.evictions = row.integer();
  workload.age_seconds = row.maybe_number();
  workload.evictions_age_seconds = workload.age_seconds;
}

model::Statement read_statement(Row& row) {
  model::Statement statement;
  statement.id = row.text();
  statement.role = row.text();
  statement.database = row.text();
  statement.nested = row.flag();
  const std::string raw = row.text();
  statement.own = text::contains(raw, own_mark);
  statement.text = sql::normalize(raw);
  statement.kind = sql::classify(statement.text).kind;
  statement.fingerprint = sql::fingerprint(statement.text);
  statement.min_ms = row.number();
  statement.max_ms = row.number();
  statement.stddev_ms = row.number();
  statement.stats_age_seconds = row.maybe_number();
  statement.total = read_counters(row);
  return statement;
}

void order(std::vector<model::Statement>& statements) {
  std::sort(statements.begin(), statements.end(), [](const auto& a, const auto& b) {
    if (a.total.execution_ms != b.total.execution_ms)
      return a.total.execution_ms > b.total.execution_ms;
    return std::tie(a.id, a.role, a.database, a.nested) <
           std::tie(b.id, b.role, b.database, b.nested);
  });
}

void note_hidden(Collector& c, std::int64_t hidden) {
  if (hidden == 0) return;
  c.note("texts of " + text::plural(hidden, "statement", "statements") + " of other roles",
         "The role may not see other roles' statements.",
         "GRANT pg_read_all_stats TO " + c.role + ";");
}

}  // namespace

void collect_statements(Collector& c) {
  const auto source = source_of(c);
  if (!source) return;
  collect_head(c, *source);
  const std::string nested = source->minor >= 9 ? "NOT s.toplevel" : "false";
  const std::string since =
      source->minor >= 11 ? "extract(epoch FROM clock_timestamp() - s.stats_since)" : "NULL";
  const auto rows = c.read(
      "the workload",
      "SELECT s.queryid, r.rolname, d.datname, " + nested + ", left(s.query, " +
          std::string(text_at_most) + "), s.min_exec_time, s.max_exec_time, s.stddev_exec_time, " +
          since + ", " + counter_columns(source->minor) +
          ", count(*) OVER (), sum(length(s.query)) OVER () FROM " + source->view + R"( s
        LEFT JOIN pg_roles r ON r.oid = s.userid
        LEFT JOIN pg_database d ON d.oid = s.dbid
        ORDER BY s.total_exec_time DESC LIMIT )" +
          std::string(statements_at_most),
      {}, "GRANT pg_read_all_stats TO " + c.role + ";");
  if (!rows) {
    c.snapshot.workload.source.clear();
    return;
  }
  auto& workload = c.snapshot.workload;
  std::int64_t hidden = 0;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Statement statement = read_statement(row);
    workload.entries = row.integer();
    workload.text_bytes = row.integer();
    // A hidden text comes with a hidden id: its counters still belong to the workload's sum.
    if (statement.id.empty()) ++hidden;
    workload.statements.push_back(std::move(statement));
  }
  order(workload.statements);
  note_hidden(c, hidden);
}

void sample_statements(Collector& c, Sample sample) {
  // The first reading came with the texts.
  auto& workload = c.snapshot.workload;
  if (sample == Sample::first || workload.source.empty()) return;
  const auto* extension = c.snapshot.server.extension("pg_stat_statements");
  if (extension == nullptr) return;
  const std::int64_t minor = minor_of(extension->version);
  const std::string nested = minor >= 9 ? "NOT s.toplevel" : "false";
  // false: without the texts, which are in a file that would have to be read again.
  const auto rows = c.read(
      "the workload's second sample",
      "SELECT r.rolname, d.datname, s.queryid, " + nested + ", " + counter_columns(minor) +
          " FROM " + sql::quote_qualified(extension->schema, "pg_stat_statements") + R"((false) s
        LEFT JOIN pg_roles r ON r.oid = s.userid
        LEFT JOIN pg_database d ON d.oid = s.dbid WHERE s.queryid IS NOT NULL)");
  if (!rows) return;
  std::unordered_map<std::string, model::Statement*> by_key;
  for (auto& statement : workload.statements) {
    by_key[key_of(statement.role, statement.database, statement.id, statement.nested)] = &statement;
  }
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string role = row.text(), database = row.text(), id = row.text();
    const auto at = by_key.find(key_of(role, database, id, row.flag()));
    if (at == by_key.end()) continue;
    keep_sample(sample, read_counters(row), at->second->total, at->second->window);
  }
  order(workload.statements);
}

}  // namespace whet::engine::postgres
