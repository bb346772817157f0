// A collection from beginning to end.
#include "base/clock.h"
#include "engine/mongodb/collector.h"

namespace whet::engine::mongodb {

namespace {

void sample_all(Collector& c, Sample sample) {
  sample_status(c, sample);
  sample_members(c, sample);
  sample_usage(c, sample);
  sample_query_stats(c, sample);
}

/// Neither a figure of the server nor a collection nor an operation.
bool nothing_read(const model::Snapshot& snapshot) {
  const model::Server& server = snapshot.server;
  return server.version.empty() ||
         (server.settings.empty() && server.status.empty() && snapshot.schema.tables.empty() &&
          snapshot.workload.statements.empty());
}

void add_cost(model::CollectionCost& cost, const model::CollectionCost& more) {
  cost.statements += more.statements;
  cost.server_seconds += more.server_seconds;
  cost.rows += more.rows;
  cost.received_bytes += more.received_bytes;
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
  collect_users(c);
  progress.report("reading the schema", -1);
  collect_schema(c);
  collect_sharding(c);
  collect_replication(c);
  collect_members(c);

  progress.report("reading the counters", -1);
  const double first = clock::monotonic();
  sample_all(c, Sample::first);
  const int process = server_process(c);
  const auto cpu = process > 0 ? cpu_times("") : std::nullopt;
  collect_sizes(c);
  collect_activity(c);
  sample_waits(c, first + options.window_seconds);
  if (options.window_seconds > 0) {
    snapshot.window_seconds = clock::monotonic() - first;
    sample_all(c, Sample::second);
    refresh_members(c);
  }
  collect_host(c, process, cpu);
  collect_workload(c);
  collect_samples(c);
  collect_plans(c);
  collect_plan_cache(c);
  if (c.failure) return *std::move(c.failure);
  if (nothing_read(snapshot)) {
    // An empty report would look like a healthy server.
    const model::NotCollected why =
        snapshot.not_collected.empty() ? model::NotCollected{} : snapshot.not_collected.front();
    return Error{ErrorKind::unreachable,
                 "Nothing of " + connection.target() + " could be read. " + why.reason, why.remedy,
                 ""};
  }
  const model::CollectionCost after = connection.cost();
  snapshot.cost = {after.statements - before.statements,
                   after.server_seconds - before.server_seconds, after.rows - before.rows,
                   after.received_bytes - before.received_bytes, 0};
  for (const auto& member : c.members) {
    if (member.connection) add_cost(snapshot.cost, member.connection->cost());
  }
  snapshot.cost.elapsed_seconds = clock::monotonic() - started;
  return collected;
}

}  // namespace whet::engine::mongodb
