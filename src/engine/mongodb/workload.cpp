// The workload: operations that the profiler and the log recorded, and statements of $queryStats.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/log_tail.h"
#include "engine/mongodb/workload_parts.h"
#include "mql/operation.h"

namespace whet::engine::mongodb {

namespace {

using mql::Operation;
using mql::Value;

constexpr std::int64_t profiled_at_most = 20000;
constexpr std::int64_t profiled_bytes_at_most = 64LL << 20U;
constexpr int texts_of_statement = 5;
constexpr std::int64_t query_stats_since = 70000;

/// All that was read, and where from.
struct Gathered {
  std::vector<Operation> operations;
  bool profiled = false, logged = false;  ///< some operation came from there
  bool readable = false;                  ///< the profiler's records or the log could be read
  std::int64_t not_understood = 0;
};

Value newest_profiles() {
  return Value::object({{"find", Value::of("system.profile")},
                        {"sort", Value::object({{"$natural", Value::of(-1)}})},
                        {"limit", Value::of(profiled_at_most)}});
}

/// One server's: the target's own, or a member's, which counts the reads that it served.
class Reader {
 public:
  Reader(Collector& c, Connection& connection, std::string where)
      : c_(c), connection_(connection), where_(std::move(where)) {}

  std::vector<Operation> profiled(Gathered& into) {
    std::vector<Operation> operations;
    if (connection_.mongos()) return operations;
    for (const auto& database : c_.databases) {
      const std::int64_t before = connection_.cost().received_bytes;
      const auto take = [&](const Value& document) {
        if (connection_.cost().received_bytes - before > profiled_bytes_at_most) return;
        auto operation = mql::operation_of_profile(document);
        if (operation) {
          operations.push_back(std::move(operation).value());
        } else {
          ++into.not_understood;
        }
      };
      const auto status = connection_.stream(database, newest_profiles(), take, &c_.progress);
      into.readable |= status.ok();
      if (!status)
        failed("the profiler's records of " + database, status.error(), c_.grant("clusterMonitor"));
    }
    into.profiled |= !operations.empty();
    return operations;
  }

  std::vector<Operation> logged_by_server(Gathered& into) {
    const auto reply = connection_.command(
        "admin", Value::object({{"getLog", Value::of("global")}}), &c_.progress);
    if (!reply) {
      failed("the server's log", reply.error(), c_.grant("clusterMonitor"));
      return {};
    }
    const Value* lines = reply->find("log");
    std::string log;
    if (lines != nullptr) {
      for (const auto& line : lines->fields) {
        log += text::trim(line.value.text);
        log += '\n';
      }
    }
    return understood(log, into).operations;
  }

  mql::LogOperations understood(const std::string& log, Gathered& into) const {
    auto read = mql::operations_of_log(log);
    into.readable = true;
    into.not_understood += static_cast<std::int64_t>(read.not_understood.size());
    into.logged |= !read.operations.empty();
    return read;
  }

 private:
  void failed(const std::string& what, const Error& error, const std::string& remedy) {
    if (where_.empty()) {
      c_.failed(what, error, remedy);
    } else if (error.kind == ErrorKind::interrupted) {
      c_.failure = error;
    } else if (error.sqlstate != "26") {
      c_.note(what + " on " + where_, error.message, remedy);
    }
  }

  Collector& c_;
  Connection& connection_;
  std::string where_;
};

/// Of a file that the user named: another file than a log would silently say nothing.
void tell_what_is_no_log(Collector& c, const std::string& file, const mql::LogOperations& read) {
  const auto wrong = static_cast<std::int64_t>(read.not_understood.size());
  if (wrong == 0 && read.lines > 0) return;
  const std::string what = "operations of the log file " + file;
  if (read.lines == 0) {
    c.note(what, "it is empty", "Give a file that mongod or mongos writes its log to.");
    return;
  }
  c.note(what,
         text::count(wrong) + " of its " + text::count(read.lines) +
             " lines could not be understood, the first is line " +
             text::count(read.not_understood.front()),
         "Give a file that mongod or mongos of 4.4 or later writes its log to, a JSON document a "
         "line.");
}

/// The files that the user named, else the server's own where it runs here, else what it has in
/// memory: its last thousand lines.
std::vector<Operation> logged(Collector& c, Reader& reader, Gathered& into) {
  std::vector<std::string> files = c.options.log_files;
  const std::string own = c.snapshot.server.text("systemLog.path");
  const bool named = !files.empty();
  if (!named && !own.empty() && c.options.log_bytes > 0 && server_process(c) > 0)
    files.push_back(own);
  std::vector<Operation> operations;
  bool read_any = false;
  for (const auto& file : files) {
    auto tail = log_tail(file, c.options.log_bytes);
    if (!tail) {
      if (named) c.note("the log file " + file, tail.error().message, tail.error().hint);
      continue;
    }
    read_any = true;
    auto read = reader.understood(*tail, into);
    if (named) tell_what_is_no_log(c, file, read);
    std::move(read.operations.begin(), read.operations.end(), std::back_inserter(operations));
  }
  if (!read_any && c.options.log_bytes > 0) return reader.logged_by_server(into);
  return operations;
}

void gather(Collector& c, Gathered& into) {
  Reader own(c, c.connection, "");
  into.operations = without_doubles(own.profiled(into), logged(c, own, into));
  // A shard's operations are parts of a mongos' ones.
  if (c.connection.mongos()) return;
  for (auto& member : c.members) {
    if (!member.connection || c.stopped()) continue;
    Reader reader(c, *member.connection, member.address);
    auto more = without_doubles(reader.profiled(into), reader.logged_by_server(into));
    // What it applies from the oplog was counted where it was asked for.
    std::erase_if(more, [](const Operation& operation) { return operation.client.empty(); });
    std::move(more.begin(), more.end(), std::back_inserter(into.operations));
  }
}

/// Only what belongs to the databases that are looked at.
void keep_wanted(const Collector& c, std::vector<Operation>& operations) {
  std::erase_if(operations, [&](const Operation& operation) {
    return std::find(c.databases.begin(), c.databases.end(), operation.database) ==
               c.databases.end() ||
           is_system_collection(operation.collection);
  });
}

void describe(Collector& c, const Gathered& gathered) {
  auto& workload = c.snapshot.workload;
  std::vector<std::string> sources;
  if (gathered.profiled) sources.emplace_back("system.profile");
  if (gathered.logged) sources.emplace_back("log");
  if (!c.query_stats.empty()) sources.emplace_back("$queryStats");
  workload.source = text::join(sources, ", ");
  workload.entries = static_cast<std::int64_t>(gathered.operations.size());
  workload.not_understood = gathered.not_understood;
  double oldest = 0;
  for (const auto& operation : gathered.operations) {
    if (operation.at > 0 && (oldest == 0 || operation.at < oldest)) oldest = operation.at;
  }
  if (oldest > 0) workload.age_seconds = std::max(0.0, c.now - oldest);
  // Only a database that profiles everything has all of its calls.
  bool all = !c.snapshot.server.databases.empty();
  for (const auto& database : c.snapshot.server.databases) {
    if (database.current) all &= database.profile_level == 2 && database.profile_sample_rate >= 1;
  }
  workload.slow_ms = all || !c.query_stats.empty() ? 0 : c.slow_ms;
  for (const auto& statement : workload.statements)
    workload.text_bytes += static_cast<std::int64_t>(statement.text.size());
}

std::map<std::pair<std::string, std::string>, std::string> ids_by_fingerprint(const Collector& c) {
  std::map<std::pair<std::string, std::string>, std::string> ids;
  for (const auto& statement : c.snapshot.workload.statements)
    ids.emplace(std::pair(statement.database, statement.fingerprint), statement.id);
  return ids;
}

/// The same text once, and none of Whet's own.
void keep_captured(Collector& c, const std::string& id, const std::string& text) {
  const auto& statements = c.snapshot.workload.statements;
  const auto statement = std::find_if(statements.begin(), statements.end(),
                                      [&](const auto& known) { return known.id == id; });
  if (statement == statements.end() || statement->own) return;
  auto& captured = c.collected.captured;
  const bool known = std::any_of(captured.begin(), captured.end(), [&](const Captured& one) {
    return one.statement_id == id && one.text == text;
  });
  if (!known) captured.push_back({id, text});
}

/// What was seen running belongs to statements; of those that nothing else recorded the
/// fingerprint stands for itself.
void relate_activity(Collector& c) {
  const auto ids = ids_by_fingerprint(c);
  std::map<std::string, std::string> by_fingerprint;
  for (const auto& [key, id] : ids) by_fingerprint.emplace(key.second, id);
  const auto relate = [&](std::string& id) {
    const auto known = by_fingerprint.find(id);
    if (known != by_fingerprint.end()) id = known->second;
  };
  for (auto& session : c.snapshot.activity.sessions) relate(session.query_id);
  for (auto& count : c.snapshot.activity.waits.counts) relate(count.query_id);
  for (const auto& [key, texts] : c.texts) {
    const auto known = ids.find(key);
    if (known == ids.end()) continue;
    for (const auto& text : texts) keep_captured(c, known->second, text);
  }
}

void keep_samples(Collector& c) {
  if (!c.options.with_samples) return;
  std::map<std::string, model::Statement*> by_id;
  for (auto& statement : c.snapshot.workload.statements) by_id[statement.id] = &statement;
  for (const auto& captured : c.collected.captured) {
    const auto known = by_id.find(captured.statement_id);
    if (known != by_id.end() && known->second->samples.size() < texts_of_statement)
      known->second->samples.push_back(captured.text);
  }
}

void tell_how_to_see_more(Collector& c, const Gathered& gathered) {
  // Why nothing could be read was said where it failed.
  if (!c.snapshot.workload.statements.empty() || !gathered.readable) return;
  c.note("the workload",
         "Neither the profiler nor the log has an operation of these databases: all were faster "
         "than " +
             text::number(c.slow_ms) + " ms.",
         "db.setProfilingLevel(1, {slowms: 20}) for an hour, or give the log with --log.");
}

}  // namespace

void sample_query_stats(Collector& c, Sample sample) {
  if (!c.since(query_stats_since)) return;
  const Value stage = Value::object({{"$queryStats", Value::object({})}});
  const auto documents =
      c.query_if_possible("admin", Value::object({{"aggregate", Value::of(1)},
                                                  {"pipeline", Value::array({stage})},
                                                  {"cursor", Value::object({})}}));
  if (!documents) return;
  std::vector<model::Statement> statements;
  for (const auto& document : *documents) {
    auto statement = mql::statement_of_query_stats(document);
    if (!statement || !*statement) continue;
    const auto& database = (*statement)->database;
    if (std::find(c.databases.begin(), c.databases.end(), database) != c.databases.end())
      statements.push_back(**std::move(statement));
  }
  if (sample == Sample::first) {
    c.query_stats = std::move(statements);
  } else {
    join_query_stats(c.query_stats, std::move(statements));
  }
}

void collect_workload(Collector& c) {
  if (c.stopped()) return;
  c.progress.report("reading profiler and log", -1);
  Gathered gathered;
  gather(c, gathered);
  keep_wanted(c, gathered.operations);
  auto aggregated = mql::statements_of(gathered.operations, c.now, texts_of_statement);
  auto& statements = c.snapshot.workload.statements;
  statements = std::move(aggregated.statements);
  if (c.options.window_seconds > 0) {
    auto recent = gathered.operations;
    std::erase_if(recent, [&](const Operation& one) { return one.at < c.window_from; });
    add_windows(statements, mql::statements_of(recent, c.now, 0).statements);
  }
  add_query_stats(statements, c.query_stats);
  sort_statements(statements);
  for (const auto& [id, text] : aggregated.captured) keep_captured(c, id, text);
  describe(c, gathered);
  relate_activity(c);
  keep_samples(c);
  tell_how_to_see_more(c, gathered);
}

}  // namespace whet::engine::mongodb
