// A collection from beginning to end.
#include "base/clock.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

/// For each statement over the whole of a big schema.
constexpr double big_schema_timeout = 60;

void collect_schema(Collector& c) {
  const double usual = c.connection.statement_timeout();
  c.progress.report("reading the schema", -1);
  collect_tables(c);
  if (c.too_many_to_open() && usual > 0 && usual < big_schema_timeout)
    (void)c.connection.set_statement_timeout(big_schema_timeout);
  c.progress.report("reading the columns", -1);
  collect_columns(c);
  c.progress.report("reading the indexes", -1);
  collect_indexes(c);
  c.progress.report("reading sizes and statistics", -1);
  collect_sizes(c);
  collect_index_statistics(c);
  collect_column_statistics(c);
  collect_constraints(c);
  collect_other_objects(c);
  (void)c.connection.set_statement_timeout(usual);
}

void sample_all(Collector& c, Sample sample) {
  sample_status(c, sample);
  sample_statements(c, sample);
  sample_usage(c, sample);
  sample_resources(c, sample);
}

}  // namespace

Result<Collected> collect(Connection& connection, const CollectOptions& options,
                          Progress& progress) {
  const double started = clock::monotonic();
  const model::CollectionCost before = connection.cost();
  Collected collected;
  Collector c(connection, options, progress, collected);
  auto& snapshot = collected.snapshot;
  snapshot.format = model::snapshot_format;
  snapshot.with_samples = options.with_samples;
  progress.report("reading the server's settings", -1);
  collect_server(c);
  collect_settings(c);
  collect_extensions(c);
  collect_users(c);
  collect_schema(c);

  const int process = server_process(snapshot.server, "");
  const auto cpu = process > 0 ? cpu_times("") : std::nullopt;
  progress.report("reading the workload", -1);
  const double first = clock::monotonic();
  collect_statements(c);
  sample_all(c, Sample::first);
  collect_activity(c);
  collect_locks(c);
  sample_waits(c, first + options.window_seconds);
  if (options.window_seconds > 0) {
    snapshot.window_seconds = clock::monotonic() - first;
    sample_all(c, Sample::second);
  }
  collect_replication(c);
  collect_resources(c);
  collect_host(c, process, cpu);
  collect_column_samples(c);
  collect_plans(c);
  if (c.failure) return *std::move(c.failure);
  if (snapshot.server.version.empty()) {
    return Error{ErrorKind::unreachable, "Nothing of " + connection.target() + " could be read.",
                 snapshot.not_collected.empty() ? "" : snapshot.not_collected.front().reason, ""};
  }
  const model::CollectionCost after = connection.cost();
  snapshot.cost = {after.statements - before.statements,
                   after.server_seconds - before.server_seconds, after.rows - before.rows,
                   after.received_bytes - before.received_bytes, clock::monotonic() - started};
  return collected;
}

}  // namespace whet::engine::mysql
