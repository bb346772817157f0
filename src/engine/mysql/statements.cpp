// The workload: statement digests.
#include "engine/mysql/statements.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

constexpr std::string_view statements_at_most = "10000";
constexpr std::string_view digests = "performance_schema.events_statements_summary_by_digest";

void order(std::vector<model::Statement>& statements) {
  std::sort(statements.begin(), statements.end(), [](const auto& a, const auto& b) {
    if (a.total.execution_ms != b.total.execution_ms)
      return a.total.execution_ms > b.total.execution_ms;
    return a.id < b.id;
  });
}

/// A consumer that is off leaves its table empty or old.
bool consumer_is_on(Collector& c) {
  const auto rows = c.read_if_possible(
      "SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest'");
  if (!rows || rows->empty() || Row(*rows, 0).flag()) return true;
  c.note("the workload", "performance_schema's consumer statements_digest is off.",
         "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN "
         "('global_instrumentation', 'thread_instrumentation', 'statements_digest');");
  return false;
}

/// How many there are, and what the table had no room for: that is summed up in a row without a
/// digest.
void collect_head(Collector& c) {
  auto& workload = c.snapshot.workload;
  workload.track = "all";
  workload.track_utility = true;
  workload.max_entries = static_cast<std::int64_t>(
      c.snapshot.server.number("performance_schema_digests_size").value_or(0));
  const auto rows = c.read(
      "how many statements there are",
      "SELECT COUNT(DIGEST), SUM(IF(DIGEST IS NULL, COUNT_STAR, 0)), "
      "TIMESTAMPDIFF(MICROSECOND, MIN(FIRST_SEEN), NOW(6)) / 1000000, SUM(LENGTH(DIGEST_TEXT)) "
      "FROM " +
          std::string(digests));
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  workload.entries = row.integer();
  workload.evictions = row.integer();
  // Nobody writes down when the table was emptied: the oldest entry tells since when at the latest.
  workload.age_seconds = row.maybe_number();
  workload.evictions_age_seconds = workload.age_seconds;
  workload.text_bytes = row.integer();
}

}  // namespace

void collect_statements(Collector& c) {
  if (!c.performance_schema) return;
  auto& workload = c.snapshot.workload;
  if (!consumer_is_on(c)) return;
  workload.source = "performance_schema digests";
  collect_head(c);
  const auto mode = sql::mysql::mode_of(c.snapshot.server);
  c.stream(
      "the workload",
      "SELECT " + statement_columns(c.connection.fork(), c.version()) + " FROM " +
          std::string(digests) +
          " d WHERE d.DIGEST IS NOT NULL ORDER BY d.SUM_TIMER_WAIT "
          "DESC LIMIT " +
          std::string(statements_at_most),
      [&](const Rows& rows) {
        Row row(rows, 0);
        DigestRow digest = read_statement(row, mode);
        if (!digest.sample.empty()) {
          c.collected.captured.push_back({digest.statement.id, digest.sample});
          if (c.options.with_samples) digest.statement.samples = {digest.sample};
        }
        workload.statements.push_back(std::move(digest.statement));
      },
      c.grant("SELECT ON performance_schema.*"));
  order(workload.statements);
}

void sample_statements(Collector& c, Sample sample) {
  if (!c.performance_schema || sample == Sample::first) return;
  auto& workload = c.snapshot.workload;
  std::unordered_map<std::string, model::Statement*> by_id;
  for (auto& statement : workload.statements) by_id[statement.id] = &statement;
  c.stream("the workload's second sample",
           "SELECT d.SCHEMA_NAME, d.DIGEST, " + counter_columns(c.connection.fork(), c.version()) +
               " FROM " + std::string(digests) + " d WHERE d.DIGEST IS NOT NULL",
           [&](const Rows& rows) {
             Row row(rows, 0);
             const std::string_view schema = row.view();
             const auto at = by_id.find(statement_id(schema, row.view()));
             if (at == by_id.end()) return;
             keep_sample(sample, read_counters(row), at->second->total, at->second->window);
           });
  order(workload.statements);
}

}  // namespace whet::engine::mysql
