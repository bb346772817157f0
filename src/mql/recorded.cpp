#include "mql/recorded.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace whet::mql {
namespace {

constexpr double micros_in_ms = 1e3;
constexpr double nanos_in_ms = 1e6;

/// The first of the members that is there, as a number.
double first_number(const Value& document, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const Value* value = document.find(name);
    const auto number = value != nullptr ? value->as_number() : std::nullopt;
    if (number) return *number;
  }
  return 0;
}

std::string first_text(const Value& document, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::string text = document.string_at(name);
    if (!text.empty()) return text;
  }
  return "";
}

double sum_of_numbers(const Value& object) {
  double sum = 0;
  for (const Field& field : object.fields) sum += field.value.as_number().value_or(0);
  return sum;
}

/// Waiting for locks of all kinds and, from 8.0 on, in queues for admission.
double waited_ms(const Value& document) {
  double micros = 0;
  if (const Value* locks = document.find("locks")) {
    for (const Field& kind : locks->fields) {
      const Value* waited = kind.value.find("timeAcquiringMicros");
      if (waited != nullptr) micros += sum_of_numbers(*waited);
    }
  }
  if (const Value* queues = document.find("queues")) {
    for (const Field& queue : queues->fields) {
      micros += queue.value.number_at("totalTimeQueuedMicros");
    }
  }
  return micros / micros_in_ms;
}

void read_times(const Value& document, Operation& out) {
  out.duration_ms = first_number(document, {"durationMillis", "millis"});
  // 8.0 counts what the operation worked apart from what it waited; old entries lack one of them.
  out.duration_ms = std::max(out.duration_ms, document.number_at("workingMillis"));
  out.planning_ms = document.number_at("planningTimeMicros") / micros_in_ms;
  out.cpu_ms = document.number_at("cpuNanos") / nanos_in_ms;
  out.lock_wait_ms = waited_ms(document);
  out.flow_control_ms = document.number_at("flowControl.timeAcquiringMicros") / micros_in_ms;
  out.read_ms = document.number_at("storage.data.timeReadingMicros") / micros_in_ms;
  out.read_bytes = document.integer_at("storage.data.bytesRead");
}

void read_counters(const Value& document, Operation& out) {
  const auto count = [&](std::initializer_list<std::string_view> names) {
    return static_cast<std::int64_t>(first_number(document, names));
  };
  out.keys_examined = count({"keysExamined"});
  out.documents_examined = count({"docsExamined"});
  out.returned = count({"nreturned"});
  out.inserted = count({"ninserted"}) + count({"nUpserted"});
  // 4.4 says that it inserted by a flag.
  if (document.find("nUpserted") == nullptr && document.flag_at("upsert")) ++out.inserted;
  out.modified = count({"nModified"});
  out.deleted = count({"ndeleted"});
  out.keys_inserted = count({"keysInserted"});
  out.keys_deleted = count({"keysDeleted"});
  out.response_bytes = count({"reslen", "responseLength"});
  out.yields = count({"numYields", "numYield"});
  out.write_conflicts = count({"writeConflicts"});
  out.sorted = document.flag_at("hasSortStage");
  out.spilled = document.flag_at("usedDisk");
  out.multi_planned = document.flag_at("fromMultiPlanner");
  out.replanned = document.flag_at("replanned");
}

/// "majority", "1, journalled"; empty for what nobody chose.
std::string write_concern(const Value& document) {
  const Value* concern = document.find("writeConcern");
  if (concern == nullptr) concern = document.at("command.writeConcern");
  if (concern == nullptr) return "";
  const std::string from = concern->string_at("provenance");
  if (!from.empty() && from != "clientSupplied") return "";
  const Value* w = concern->find("w");
  if (w == nullptr) return "";
  std::string out = w->text;
  if (w->is_number()) out = std::to_string(concern->integer_at("w"));
  if (concern->flag_at("j")) out += ", journalled";
  return out;
}

std::string read_concern(const Value& document) {
  const Value* concern = document.find("readConcern");
  if (concern == nullptr) concern = document.at("command.readConcern");
  if (concern == nullptr) return "";
  const std::string from = concern->string_at("provenance");
  if (!from.empty() && from != "clientSupplied") return "";
  return concern->string_at("level");
}

void read_wishes(const Value& document, Operation& out) {
  out.read_concern = read_concern(document);
  out.write_concern = write_concern(document);
  const Value* command = document.find(out.get_more ? "originatingCommand" : "command");
  if (command == nullptr) return;
  out.read_preference = command->string_at("$readPreference.mode");
  const Value* limit = command->find("maxTimeMS");
  if (limit != nullptr) out.max_time_ms = limit->as_number();
}

void read_origin(const Value& document, Operation& out) {
  out.application = document.string_at("appName");
  out.client = first_text(document, {"remote", "client"});
  out.user = document.string_at("user");
  if (out.user.empty()) out.user = document.string_at("allUsers.0.user");
}

void read_plan(const Value& document, Operation& out) {
  out.plan_summary = document.string_at("planSummary");
  out.query_hash = first_text(document, {"planCacheShapeHash", "queryHash"});
  out.plan_cache_key = document.string_at("planCacheKey");
  out.framework = document.string_at("queryFramework");
  out.error = document.string_at("errName");
  if (out.error.empty() && document.integer_at("errCode") != 0) {
    out.error = std::to_string(document.integer_at("errCode"));
  }
  const Value* plan = document.find("execStats");
  if (plan != nullptr && plan->is_object() && !plan->fields.empty()) out.plan = *plan;
}

/// The profiler's commands that were too long, and those that the log could not print.
bool is_cut(const Value& command) {
  return !command.is_object() || command.find("$truncated") != nullptr ||
         command.find("$msg") != nullptr;
}

/// An explain is no run of what it explains.
bool explains(const Value& command) {
  return command.is_object() && !command.fields.empty() && command.fields.front().name == "explain";
}

void read_command(const Value& document, Operation& out) {
  const Value* command = document.find("command");
  if (command == nullptr) return;
  const Value* original = document.find("originatingCommand");
  out.get_more = command->is_object() && command->find("getMore") != nullptr;
  if (out.get_more) command = original;
  if (command == nullptr || explains(*command)) return;
  out.cut = is_cut(*command);
  if (out.cut) return;
  const Value entry =
      Value::object({{"ns", Value::of(document.string_at("ns"))}, {"command", *command}});
  Result<Command> known = command_of(entry, out.database);
  if (!known.ok()) return;
  if (out.collection.empty()) out.collection = known->collection;
  if (known->database.empty()) known->database = out.database;
  out.command = std::move(known).value();
}

}  // namespace

Result<Operation> recorded_operation(const Value& document) {
  const std::string ns = document.string_at("ns");
  const bool timed = document.find("millis") != nullptr ||
                     document.find("durationMillis") != nullptr ||
                     document.find("workingMillis") != nullptr;
  if (ns.empty() || !timed) {
    return Error{ErrorKind::invalid,
                 "The document describes no operation: it lacks its namespace or its duration.",
                 "Whet reads documents of system.profile and \"Slow query\" lines of the log.", ""};
  }
  Operation out;
  const auto dot = ns.find('.');
  out.database = ns.substr(0, dot);
  if (dot != std::string::npos) out.collection = ns.substr(dot + 1);
  if (out.collection.starts_with("$cmd")) out.collection.clear();
  read_command(document, out);
  read_origin(document, out);
  read_times(document, out);
  read_counters(document, out);
  read_plan(document, out);
  read_wishes(document, out);
  return out;
}

}  // namespace whet::mql
