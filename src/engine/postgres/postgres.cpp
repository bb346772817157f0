#include "engine/postgres/postgres.h"

#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/host.h"
#include "engine/postgres/collector.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/doctor.h"
#include "engine/postgres/executor.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/oracle.h"
#include "engine/postgres/replay.h"

namespace whet::engine::postgres {

namespace {

class Postgres final : public Engine {
 public:
  Postgres(ConnectOptions options, Connection connection, Progress& progress)
      : options_(std::move(options)),
        connection_(std::move(connection)),
        progress_(progress),
        target_(connection_.target()) {}

  [[nodiscard]] std::string target() const override { return target_; }
  [[nodiscard]] Result<std::string> identity() override;
  [[nodiscard]] Result<Collected> collect(const CollectOptions& options,
                                          Progress& progress) override;
  [[nodiscard]] Result<model::Plan> explain(const std::string& statement, bool analyze) override;
  [[nodiscard]] Result<std::vector<Diagnosis>> diagnose() override {
    return postgres::diagnose(connection_);
  }
  [[nodiscard]] Result<std::unique_ptr<model::Oracle>> oracle() override {
    return hypothetical_indexes(connection_, progress_);
  }
  [[nodiscard]] Result<std::vector<Replayable>> replayable(
      const Collected& collected, const std::vector<std::string>& statement_ids,
      int each) override {
    return replayable_reads(connection_, collected, statement_ids, each);
  }
  [[nodiscard]] Result<Measurement> measure(const Replayable& read,
                                            double timeout_seconds) override {
    if (!replays_hidden_) hide_replays(connection_);
    replays_hidden_ = true;
    return measure_read(connection_, read, timeout_seconds, progress_);
  }
  [[nodiscard]] Result<std::unique_ptr<Executor>> executor() override;
  [[nodiscard]] model::CollectionCost cost() const override { return connection_.cost(); }

 private:
  ConnectOptions options_;
  Connection connection_;
  Progress& progress_;
  std::string target_;
  bool replays_hidden_ = false;
};

Result<std::string> Postgres::identity() {
  const auto rows = connection_.query("SELECT system_identifier FROM pg_control_system()");
  // A role that may not ask: the address has to do.
  if (!rows || rows->empty()) return target_;
  return std::string(rows->text(0, 0)) + "/" + connection_.database();
}

/// For each statement over the whole catalog of a big schema: with 100,000 indexes a busy server
/// may take more than the usual limit for one.
constexpr double big_schema_timeout = 60;

void collect_schema(Collector& c, double usual_timeout) {
  collect_tables(c);
  if (c.snapshot.schema.tables.size() > many_tables && usual_timeout > 0 &&
      usual_timeout < big_schema_timeout)
    (void)c.connection.set_statement_timeout(big_schema_timeout);
  c.progress.report("reading the columns", -1);
  collect_columns(c);
  c.progress.report("reading planner statistics", -1);
  collect_statistics(c);
  c.progress.report("reading the indexes", -1);
  collect_indexes(c);
  collect_sizes(c);
  collect_constraints(c);
  collect_other_objects(c);
  if (c.options.planner_facts) collect_planner_facts(c);
}

void sample_all(Collector& c, Sample sample) {
  sample_statements(c, sample);
  sample_indexes(c, sample);
  sample_tables(c, sample);  // after the indexes, whose sums are part of it
  sample_databases(c, sample);
  sample_resources(c, sample);
  sample_replication(c, sample);
}

/// What lies where in the file system of the server.
std::vector<std::pair<std::string, std::string>> places_of(Collector& c) {
  std::vector<std::pair<std::string, std::string>> places;
  const std::string& data = c.snapshot.server.data_directory;
  if (data.empty()) return places;
  places.emplace_back("data", data);
  places.emplace_back("wal", data + "/pg_wal");
  if (const auto rows = c.read_if_possible(R"(
        SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace
        WHERE pg_tablespace_location(oid) <> '' ORDER BY 1)")) {
    for (int i = 0; i < rows->size(); ++i)
      places.emplace_back("tablespace " + std::string(rows->text(i, 0)),
                          std::string(rows->text(i, 1)));
  }
  return places;
}

void collect_host(Collector& c, bool here, const std::optional<CpuTimes>& earlier) {
  auto& host = c.snapshot.resources.host;
  if (here) host = read_host({"", c.connection.backend_pid(), places_of(c), earlier});
  if (c.options.stated_memory_bytes || c.options.stated_cpus) {
    if (!host) host.emplace();
    host->stated = true;
    host->memory_bytes = c.options.stated_memory_bytes.value_or(host->memory_bytes);
    host->cpus = c.options.stated_cpus.value_or(host->cpus);
  }
  if (!host) {
    c.note("CPU, memory and disks of the server's machine",
           "The server does not run on this machine.",
           "Run whet there, or state them with --memory and --cpus.");
  }
}

Result<Collected> Postgres::collect(const CollectOptions& options, Progress& progress) {
  const double started = clock::monotonic();
  const model::CollectionCost before = connection_.cost();
  Collected collected;
  Collector c(connection_, options, progress, collected);
  auto& snapshot = collected.snapshot;
  snapshot.format = model::snapshot_format;
  snapshot.with_samples = options.with_samples;
  progress.report("reading the server's settings", -1);
  collect_server(c);
  collect_settings(c);
  collect_access(c);
  collect_databases(c);
  progress.report("reading the schema", -1);
  collect_schema(c, options_.statement_timeout_seconds);
  collect_activity(c);

  const bool here = runs_here("", connection_.backend_pid(), "postgres");
  const auto cpu = here ? cpu_times("") : std::nullopt;
  progress.report("reading the workload", -1);
  const double first = clock::monotonic();
  collect_statements(c);
  sample_all(c, Sample::first);
  sample_waits(c, first + options.window_seconds);
  if (options.window_seconds > 0) {
    snapshot.window_seconds = clock::monotonic() - first;
    sample_all(c, Sample::second);
  }
  collect_table_state(c);
  collect_replication(c);
  collect_resources(c);
  collect_host(c, here, cpu);
  (void)connection_.set_statement_timeout(options_.statement_timeout_seconds);
  collect_log(c, here);
  collect_plans(c);
  use_spare_plans(c);
  estimate_bloat(c);
  if (c.failure) return *std::move(c.failure);
  if (snapshot.server.version.empty()) {
    return Error{ErrorKind::unreachable, "Nothing of " + target_ + " could be read.",
                 snapshot.not_collected.empty() ? "" : snapshot.not_collected.front().reason, ""};
  }
  const model::CollectionCost after = connection_.cost();
  snapshot.cost = {after.statements - before.statements,
                   after.server_seconds - before.server_seconds, after.rows - before.rows,
                   after.received_bytes - before.received_bytes, clock::monotonic() - started};
  return collected;
}

Result<model::Plan> Postgres::explain(const std::string& statement, bool analyze) {
  const DefaultSearchPath path(connection_);
  return explain_statement(connection_, statement, analyze, &progress_);
}

Result<std::unique_ptr<Executor>> Postgres::executor() { return make_executor(options_); }

}  // namespace

Result<std::unique_ptr<Engine>> open(const ConnectOptions& options, Progress& progress) {
  auto connection = WHET_TRY(Connection::open(options, Access::read));
  return std::unique_ptr<Engine>(
      std::make_unique<Postgres>(options, std::move(connection), progress));
}

}  // namespace whet::engine::postgres
