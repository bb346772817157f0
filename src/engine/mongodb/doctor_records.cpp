// What the server records of the operations that it does: the profiler, its log, $queryStats.
#include <utility>

#include "base/text.h"
#include "engine/mongodb/doctor_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

std::string profiling(const std::string& database) {
  return "db.getSiblingDB(\"" + database + "\").setProfilingLevel(1, {slowms: 50})";
}

void profiler_lines(Examination& x, std::vector<Diagnosis>& out) {
  std::vector<std::string> on, off;
  double slow_ms = 100, rate = 1;
  for (const std::string& database : x.databases) {
    const auto reply = x.ask(database, Value::object({{"profile", Value::of(-1)}}));
    if (!reply) continue;
    (reply->number_at("was") > 0 ? on : off).push_back(database);
    slow_ms = reply->number_at("slowms", slow_ms);
    rate = reply->number_at("sampleRate", rate);
  }
  const std::string limit =
      text::number(slow_ms) + " ms" + (rate < 1 ? ", " + text::percent(rate) + " of them" : "");
  if (!on.empty()) {
    out.push_back({"profiler", true,
                   "is on in " + text::join(on, ", ") + ", for operations over " + limit, ""});
  } else if (!off.empty()) {
    out.push_back({"profiler", false,
                   "is off in all databases: only the last operations over " + limit +
                       " are in the server's log, and fast ones leave no trace",
                   "An administrator runs: " + profiling(off[0]) +
                       ", and the same where it matters; level 0 ends it. Or give the server's log "
                       "with --log FILE."});
  }
}

/// Only the last 1,024 lines are kept in memory.
void log_line(Examination& x, std::vector<Diagnosis>& out) {
  const auto reply = x.ask("admin", Value::object({{"getLog", Value::of("global")}}));
  if (!reply) return;  // diagnose_access says so
  const Value* lines = reply->find("log");
  std::int64_t slow = 0, all = 0;
  if (lines != nullptr) {
    for (const mql::Field& one : lines->fields) {
      ++all;
      if (text::contains(one.value.text, "\"Slow query\"")) ++slow;
    }
  }
  out.push_back({"slow operations", true,
                 "in the log: " + std::to_string(slow) + " among its last " +
                     text::plural(all, "line", "lines") + "; --log FILE reads more of it",
                 ""});
}

void query_stats_line(Examination& x, std::vector<Diagnosis>& out) {
  const Identity& is = x.connection.identity();
  const auto reply = x.ask(
      "admin",
      Value::object({{"aggregate", Value::of(1)},
                     {"pipeline", Value::array({Value::object({{"$queryStats", Value::object({})}}),
                                                Value::object({{"$limit", Value::of(1)}})})},
                     {"cursor", Value::object({})}}));
  const Value* found = reply ? reply->at("cursor.firstBatch") : nullptr;
  if (found != nullptr && found->fields.empty()) {
    out.push_back(
        {"$queryStats", true, "holds nothing: only hosted servers record there by themselves", ""});
  } else if (reply) {
    out.push_back({"$queryStats", true, "can be read: figures of all shapes of queries", ""});
  } else if (denied(reply.error())) {
    out.push_back({"$queryStats", false, "may not be read: shapes of fast queries are unknown",
                   x.grant("clusterMonitor", "admin")});
  } else if (unknown(reply.error())) {
    const bool can = is.version >= 80000 || (is.version >= 70012 && is.version < 70100);
    out.push_back({"$queryStats", true,
                   can ? "is not offered by this server (hosted ones have it)"
                       : "is not in this version: the profiler and the log are used",
                   ""});
  }
}

}  // namespace

void diagnose_records(Examination& x, std::vector<Diagnosis>& out) {
  if (!x.connection.mongos()) profiler_lines(x, out);
  log_line(x, out);
  query_stats_line(x, out);
}

}  // namespace whet::engine::mongodb
