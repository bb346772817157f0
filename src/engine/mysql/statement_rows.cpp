#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/statements.h"
#include "sql/mysql/fingerprint.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/readable.h"

namespace whet::engine::mysql {

std::string statement_id(std::string_view schema, std::string_view digest) {
  std::string id(digest);
  if (!schema.empty()) {
    id += '@';
    id += schema;
  }
  return id;
}

std::string counter_columns(model::EngineKind fork, std::int64_t version) {
  const std::string cpu = has(Feature::statement_cpu, fork, version) ? "d.SUM_CPU_TIME" : "0";
  return R"(
    d.COUNT_STAR, d.SUM_ROWS_SENT, d.SUM_ROWS_EXAMINED, d.SUM_ROWS_AFFECTED, d.SUM_ERRORS,
    d.SUM_WARNINGS, d.SUM_CREATED_TMP_TABLES, d.SUM_CREATED_TMP_DISK_TABLES,
    d.SUM_SORT_MERGE_PASSES, d.SUM_SORT_ROWS, d.SUM_SORT_SCAN, d.SUM_SORT_RANGE, d.SUM_SELECT_SCAN,
    d.SUM_SELECT_FULL_JOIN, d.SUM_SELECT_RANGE_CHECK, d.SUM_NO_INDEX_USED,
    d.SUM_NO_GOOD_INDEX_USED, d.SUM_TIMER_WAIT, d.SUM_LOCK_TIME, )" +
         cpu;
}

model::StatementCounters read_counters(Row& row) {
  model::StatementCounters n;
  for (auto* counter : {&n.calls, &n.rows, &n.rows_examined, &n.rows_affected, &n.errors,
                        &n.warnings, &n.temp_tables, &n.temp_disk_tables, &n.sort_merge_passes,
                        &n.sort_rows, &n.sort_scans, &n.sort_ranges, &n.full_scans, &n.full_joins,
                        &n.range_checks, &n.no_index_used, &n.no_good_index_used})
    *counter = row.integer();
  for (auto* counter : {&n.execution_ms, &n.lock_ms, &n.cpu_ms})
    *counter = milliseconds(row.number());
  return n;
}

std::string statement_columns(model::EngineKind fork, std::int64_t version) {
  const std::string sample =
      has(Feature::statement_samples, fork, version)
          ? "d.QUERY_SAMPLE_TEXT, d.QUANTILE_95, d.QUANTILE_99, d.QUANTILE_999, "
          : "NULL, 0, 0, 0, ";
  const auto age = [](const std::string& column) {
    return "TIMESTAMPDIFF(MICROSECOND, " + column + ", NOW(6)) / 1000000";
  };
  return "d.SCHEMA_NAME, d.DIGEST, d.DIGEST_TEXT, " + sample +
         "d.MIN_TIMER_WAIT, d.MAX_TIMER_WAIT, " + age("d.FIRST_SEEN") + ", " + age("d.LAST_SEEN") +
         ", " + counter_columns(fork, version);
}

DigestRow read_statement(Row& row, const sql::mysql::Mode& mode) {
  DigestRow out;
  model::Statement& statement = out.statement;
  statement.database = row.text();
  statement.id = statement_id(statement.database, row.view());
  const std::string digest_text = row.text();
  out.sample = row.text();
  statement.own = is_own(digest_text) || is_own(out.sample);
  if (statement.own || sql::mysql::truncated(out.sample, mode)) out.sample.clear();
  statement.text = sql::mysql::readable(sql::mysql::normalize(digest_text, mode), mode);
  statement.kind = sql::mysql::kind_of(statement.text, mode);
  statement.fingerprint = sql::mysql::fingerprint(statement.text, mode);
  for (auto* quantile : {&statement.p95_ms, &statement.p99_ms, &statement.p999_ms,
                         &statement.min_ms, &statement.max_ms})
    *quantile = milliseconds(row.number());
  statement.stats_age_seconds = row.maybe_number();
  statement.last_seen_age_seconds = row.maybe_number();
  statement.total = read_counters(row);
  return out;
}

}  // namespace whet::engine::mysql
