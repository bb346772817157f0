#include "advise/query/mongodb_statement.h"

#include <algorithm>
#include <array>

#include "advise/mongodb_facts.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using mql::Value;

// A handful of calls says little of a statement.
constexpr std::int64_t least_calls = 10;
// A collection of that size is read in a moment, with an index or without.
constexpr double tiny = 1000;

bool is_servers(const mql::Command& command) {
  const std::string& database = command.database;
  return database == "admin" || database == "config" || database == "local" ||
         command.collection.empty() || command.collection.starts_with("system.");
}

MongoStatement with_counters(const model::Statement& statement, mql::Command command) {
  MongoStatement out;
  out.statement = &statement;
  out.command = std::move(command);
  const model::StatementCounters& total = statement.total;
  out.calls = static_cast<double>(std::max<std::int64_t>(total.calls, 1));
  out.keys = static_cast<double>(total.keys_examined) / out.calls;
  out.documents = static_cast<double>(total.rows_examined) / out.calls;
  out.used = static_cast<double>(total.rows + total.rows_affected) / out.calls;
  out.batches = static_cast<double>(total.batches) / out.calls;
  return out;
}

constexpr std::array<std::string_view, 8> grouping{"$group",           "$count",    "$bucket",
                                                   "$bucketAuto",      "$facet",    "$sortByCount",
                                                   "$setWindowFields", "$collStats"};

}  // namespace

double MongoStatement::scans() const {
  if (statement->total.full_scans > 0) {
    return std::min(static_cast<double>(statement->total.full_scans) / calls, 1.0);
  }
  // $queryStats counts no scans; the plan may be known.
  return text::contains(statement->plan_summary, "COLLSCAN") ? 1 : 0;
}

bool MongoStatement::writes() const {
  using Kind = model::StatementKind;
  return statement->kind == Kind::update || statement->kind == Kind::remove;
}

std::vector<MongoStatement> mongodb_statements(const Facts& facts) {
  std::vector<MongoStatement> out;
  for (const model::Statement* statement : costly_statements(facts)) {
    if (statement->total.calls < least_calls) continue;
    auto command = mql::parse_command(statement->text, statement->database);
    if (!command.ok()) continue;
    if (command->database.empty()) command->database = statement->database;
    if (is_servers(*command)) continue;
    MongoStatement one = with_counters(*statement, std::move(command).value());
    one.collection = facts.table(one.command.database, one.command.collection);
    const bool small = one.collection != nullptr && one.collection->row_estimate &&
                       *one.collection->row_estimate < tiny;
    if (!small) out.push_back(std::move(one));
  }
  return out;
}

const Value* condition_of(const mql::Command& command) {
  const Value& body = command.body;
  for (const std::string_view path :
       {"filter", "query", "updates.0.q", "deletes.0.q", "pipeline.0.$match"}) {
    const Value* found = body.at(path);
    if (found != nullptr && found->is_object() && !found->fields.empty()) return found;
  }
  return nullptr;
}

const Value* stage_named(const mql::Command& command, std::string_view name) {
  const Value* pipeline = command.body.find("pipeline");
  if (pipeline == nullptr) return nullptr;
  for (const mql::Field& stage : pipeline->fields) {
    if (const Value* found = stage.value.find(name)) return found;
  }
  return nullptr;
}

bool aggregates(const mql::Command& command) {
  if (command.verb == "count" || command.verb == "distinct" || command.verb == "mapReduce") {
    return true;
  }
  return std::ranges::any_of(
      grouping, [&](std::string_view name) { return stage_named(command, name) != nullptr; });
}

bool mentions(const Value& value, std::string_view name) {
  return std::ranges::any_of(value.fields, [&](const mql::Field& field) {
    return field.name == name || mentions(field.value, name);
  });
}

bool has_limit(const mql::Command& command) {
  return command.body.find("limit") != nullptr || stage_named(command, "$limit") != nullptr ||
         command.body.flag_at("singleBatch");
}

bool sorts(const mql::Command& command) {
  return command.body.find("sort") != nullptr || stage_named(command, "$sort") != nullptr;
}

std::string counter(const Facts& facts, std::string_view name) {
  const std::string& source = facts.snapshot().workload.source;
  return (source.empty() ? "profiler or log" : source) + ", " + std::string(name);
}

}  // namespace whet::advise
