// Documents of $queryStats: {key: {queryShape, client, collectionType, ...}, asOf, metrics}.
#include <algorithm>
#include <cmath>

#include "mql/operation.h"

namespace whet::mql {
namespace {

constexpr double micros_in_ms = 1e3;

/// The command of a shape: {cmdNs: {db, coll}, command: "find", filter: ..., sort: ...}.
Result<Command> command_of_shape(const Value& shape) {
  const std::string verb = shape.string_at("command");
  const std::string database = shape.string_at("cmdNs.db");
  if (verb.empty() || database.empty()) {
    return Error{ErrorKind::invalid, "The entry of $queryStats has no query shape.",
                 "Whet reads $queryStats of 7.0.12 and later.", ""};
  }
  const std::string collection = shape.string_at("cmdNs.coll");
  const bool of_database = collection.empty() || collection.starts_with("$cmd");
  Value command = Value::object({{verb, of_database ? Value::of(1) : Value::of(collection)}});
  for (const Field& field : shape.fields) {
    if (field.name != "cmdNs" && field.name != "command") command.set(field.name, field.value);
  }
  return command_of(command, database);
}

bool is_servers(const Command& command, const Value& key) {
  const std::string& database = command.database;
  if (database == "admin" || database == "config" || database == "local") return true;
  if (command.collection.starts_with("system.")) return true;
  return key.string_at("client.driver.name") == "MongoDB Internal Client";
}

/// Sums of metrics are {sum, min, max, sumOfSquares}; counters are numbers; flags count both ways.
double sum_of(const Value& metrics, std::string_view name) {
  const Value* metric = metrics.find(name);
  if (metric == nullptr) return 0;
  return metric->as_number().value_or(metric->number_at("sum"));
}

std::int64_t whole_sum(const Value& metrics, std::string_view name) {
  return static_cast<std::int64_t>(sum_of(metrics, name));
}

std::int64_t times_true(const Value& metrics, std::string_view name) {
  const Value* metric = metrics.find(name);
  return metric != nullptr ? metric->integer_at("true") : 0;
}

void read_metrics(const Value& metrics, model::Statement& out) {
  model::StatementCounters& total = out.total;
  total.calls = metrics.integer_at("execCount");
  total.rows = whole_sum(metrics, "docsReturned");
  total.keys_examined = whole_sum(metrics, "keysExamined");
  total.rows_examined = whole_sum(metrics, "docsExamined");
  total.shared_read = whole_sum(metrics, "bytesRead");
  total.read_ms = sum_of(metrics, "readTimeMicros") / micros_in_ms;
  total.cpu_ms = sum_of(metrics, "cpuNanos") / 1e6;
  total.sort_scans = times_true(metrics, "hasSortStage");
  total.temp_disk_tables = times_true(metrics, "usedDisk");
  total.multi_plans = times_true(metrics, "fromMultiPlanner");
  const Value* time = metrics.find("totalExecMicros");
  if (time == nullptr || total.calls <= 0) return;
  total.execution_ms = time->number_at("sum") / micros_in_ms;
  out.min_ms = time->number_at("min") / micros_in_ms;
  out.max_ms = time->number_at("max") / micros_in_ms;
  const double calls = static_cast<double>(total.calls);
  const double mean = time->number_at("sum") / calls;
  const Value* squares = time->find("sumOfSquares");
  const double mean_square = squares == nullptr ? 0
                             : squares->type == Type::decimal
                                 ? squares->as_number().value_or(0) / calls
                                 : time->number_at("sumOfSquares") / calls;
  out.stddev_ms = std::sqrt(std::max(mean_square - mean * mean, 0.0)) / micros_in_ms;
}

double seconds_of(const Value* value) {
  if (value == nullptr) return 0;
  if (value->type == Type::date) return static_cast<double>(value->integer) / 1e3;
  return value->type == Type::timestamp ? static_cast<double>(value->integer >> 32U) : 0;
}

}  // namespace

Result<std::optional<model::Statement>> statement_of_query_stats(const Value& document) {
  const Value* key = document.find("key");
  const Value* metrics = document.find("metrics");
  const Value* shape = key != nullptr ? key->find("queryShape") : nullptr;
  if (metrics == nullptr || shape == nullptr) {
    return Error{ErrorKind::invalid, "The document is no entry of $queryStats.",
                 "Give what db.adminCommand({aggregate: 1, pipeline: [{$queryStats: {}}], cursor: "
                 "{}}) returns.",
                 ""};
  }
  const Command command = WHET_TRY(command_of_shape(*shape));
  const std::string application = key->string_at("client.application.name");
  if (application == "whet" || is_servers(command, *key)) {
    return std::optional<model::Statement>();
  }
  model::Statement out;
  const Command normal = normalize(command);
  out.fingerprint = fingerprint(command);
  out.id = out.fingerprint;
  out.database = command.database;
  out.text = print(normal);
  out.kind = kind_of(command);
  out.query_hash = document.string_at("queryShapeHash");
  out.read_concern = key->string_at("readConcern.level");
  out.read_preference = key->string_at("$readPreference.mode");
  if (!application.empty()) out.applications.push_back(application);
  read_metrics(*metrics, out);
  const double as_of = seconds_of(document.find("asOf"));
  const double first = seconds_of(metrics->find("firstSeenTimestamp"));
  const double latest = seconds_of(metrics->find("latestSeenTimestamp"));
  if (as_of > 0 && first > 0) out.stats_age_seconds = std::max(as_of - first, 0.0);
  if (as_of > 0 && latest > 0) out.last_seen_age_seconds = std::max(as_of - latest, 0.0);
  return std::optional<model::Statement>(std::move(out));
}

}  // namespace whet::mql
