#include "engine/mongodb/replay.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/render_text.h"
#include "engine/mongodb/replay_values.h"
#include "mql/command.h"
#include "plans/mongodb/parse.h"
#include "plans/shape.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;

constexpr int sampled_documents = 100;
constexpr double sample_seconds = 5;
constexpr std::array<std::string_view, 4> replayed_verbs = {"find", "aggregate", "count",
                                                            "distinct"};

bool is_replayed(std::string_view verb) {
  return std::find(replayed_verbs.begin(), replayed_verbs.end(), verb) != replayed_verbs.end();
}

bool may_run(const mql::Command& command) {
  // A tailable cursor has no end.
  return is_replayed(command.verb) && !command.collection.empty() &&
         !command.body.flag_at("tailable") && mql::obstacle_to_replay(command).empty();
}

class Candidates {
 public:
  Candidates(Connection& connection, const Collected& collected)
      : connection_(connection), collected_(collected) {}

  void add(const std::string& id, int each);
  [[nodiscard]] std::vector<Replayable> take() && { return std::move(found_); }

 private:
  void add_command(const model::Statement& statement, const mql::Command& command, bool captured);
  void add_captured(const model::Statement& statement, int each);
  void add_drawn(const model::Statement& statement, int each);
  const std::vector<Value>& documents_of(const std::string& database,
                                         const std::string& collection);

  Connection& connection_;
  const Collected& collected_;
  std::map<std::string, std::vector<Value>> documents_;
  std::vector<Replayable> found_;
};

void Candidates::add_command(const model::Statement& statement, const mql::Command& command,
                             bool captured) {
  Replayable one;
  one.statement_id = statement.id;
  one.database = command.database.empty() ? statement.database : command.database;
  one.text = mql::print(command);
  // Complete by itself: it is explained, too.
  if (one.text.starts_with("db.")) one.text = shell_database(one.database) + one.text.substr(2);
  one.captured = captured;
  found_.push_back(std::move(one));
}

/// Captured texts of one statement, spread evenly over all that were seen.
void Candidates::add_captured(const model::Statement& statement, int each) {
  std::vector<const std::string*> seen;
  for (const auto& captured : collected_.captured) {
    if (captured.statement_id == statement.id) seen.push_back(&captured.text);
  }
  const auto wanted = std::min(seen.size(), static_cast<std::size_t>(std::max(each, 0)));
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto command = mql::parse_command(*seen[i * seen.size() / wanted], statement.database);
    if (command && may_run(*command) && !has_placeholders(command->body))
      add_command(statement, *command, true);
  }
}

/// Some documents of the collection, for their values. In memory only.
const std::vector<Value>& Candidates::documents_of(const std::string& database,
                                                   const std::string& collection) {
  const auto [found, is_new] = documents_.try_emplace(database + "." + collection);
  if (!is_new) return found->second;
  const double usual = connection_.statement_timeout();
  connection_.set_statement_timeout(sample_seconds);
  auto documents = connection_.query(
      database,
      Value::object(
          {{"aggregate", Value::of(collection)},
           {"pipeline",
            Value::array({Value::object(
                {{"$sample", Value::object({{"size", Value::of(sampled_documents)}})}})})},
           {"cursor", Value::object({})}}));
  connection_.set_statement_timeout(usual);
  if (documents) found->second = std::move(documents).value();
  return found->second;
}

void Candidates::add_drawn(const model::Statement& statement, int each) {
  auto command = mql::parse_command(statement.text, statement.database);
  if (!command || !may_run(*command)) return;
  if (!has_placeholders(command->body)) return add_command(statement, *command, false);
  const std::string& database = command->database.empty() ? statement.database : command->database;
  const auto& documents = documents_of(database, command->collection);
  if (documents.empty()) return;
  std::set<std::string> made;
  for (int turn = 0; turn < each; ++turn) {
    auto body = with_values(*command, documents, turn);
    if (!body) return;
    mql::Command complete = *command;
    complete.body = *std::move(body);
    if (made.insert(mql::print(complete)).second) add_command(statement, complete, false);
  }
}

void Candidates::add(const std::string& id, int each) {
  for (const auto& statement : collected_.snapshot.workload.statements) {
    if (statement.id != id || statement.text.empty()) continue;
    const std::size_t before = found_.size();
    add_captured(statement, each);
    if (found_.size() == before) add_drawn(statement, each);
    return;
  }
}

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

/// Rows, and a sum over them, which does not mind their order.
struct Rows {
  std::int64_t count = 0;
  std::uint64_t sum = 0;

  void take(const Value& row) {
    ++count;
    sum += hash_of(mql::canonical_json(row));
  }
  [[nodiscard]] std::string digest() const {
    return text::hash_hex(std::to_string(count) + "/" + std::to_string(sum));
  }
};

Result<Rows> run(Connection& connection, const std::string& database, const Value& command,
                 Progress& progress) {
  Rows rows;
  const std::string& verb = command.fields.front().name;
  if (verb == "find" || verb == "aggregate") {
    WHET_TRY_VOID(
        connection.stream(database, command, [&](const Value& row) { rows.take(row); }, &progress));
    return rows;
  }
  const Value reply = WHET_TRY(connection.command(database, command, &progress));
  if (const Value* values = reply.find("values")) {
    for (const mql::Field& value : values->fields) rows.take(value.value);
  } else if (const Value* n = reply.find("n")) {
    rows.take(*n);
  }
  return rows;
}

bool joins(const Value& value) {
  return std::any_of(value.fields.begin(), value.fields.end(), [](const mql::Field& field) {
    return field.name == "$lookup" || field.name == "$graphLookup" || joins(field.value);
  });
}

// Which index of the other collection a $lookup uses shows only when it runs.
Value explain_of(const Value& command) {
  Value explained = command;
  for (const char* name : {"readConcern", "batchSize", "maxTimeMS"}) explained.erase(name);
  const char* verbosity = joins(command) ? "executionStats" : "queryPlanner";
  return Value::object({{"explain", std::move(explained)}, {"verbosity", Value::of(verbosity)}});
}

Result<Measurement> measure_command(Connection& connection, const std::string& database,
                                    const Value& command, Progress& progress) {
  Measurement out;
  const double started = clock::monotonic();
  const Rows rows = WHET_TRY(run(connection, database, command, progress));
  out.elapsed_ms = (clock::monotonic() - started) * 1000;
  out.rows = rows.count;
  out.result_digest = rows.digest();
  const auto reply = connection.command(database, explain_of(command), &progress);
  const bool no_plan = !reply && (reply.error().kind == ErrorKind::refused ||
                                  reply.error().kind == ErrorKind::timeout);
  if (!reply && !no_plan) return reply.error();
  const auto plan = reply ? plans::mongodb::parse(*reply) : Result<model::Plan>(reply.error());
  if (plan) out.plan_shape = plans::shape_text(*plan);
  return out;
}

}  // namespace

Value replayed(const Value& body) {
  Value command = body;
  // `comment` is the connection's own, by which it can end the operation.
  for (const char* name :
       {"maxTimeMS", "comment", "readConcern", "$readPreference", "lsid", "txnNumber", "autocommit",
        "startTransaction", "writeConcern", "noCursorTimeout", "$db"})
    command.erase(name);
  command.set("readConcern", Value::object({{"level", Value::of("local")}}));
  if (!command.fields.empty() && command.fields.front().name == "aggregate" &&
      command.find("cursor") == nullptr)
    command.set("cursor", Value::object({}));
  return command;
}

Result<std::vector<Replayable>> replayable_reads(Connection& connection, const Collected& collected,
                                                 const std::vector<std::string>& statement_ids,
                                                 int each) {
  Candidates candidates(connection, collected);
  for (const std::string& id : statement_ids) candidates.add(id, each);
  if (!connection.alive()) {
    return Error{ErrorKind::unreachable, "The connection to " + connection.target() + " broke.",
                 "Check that the server runs, then try again.", ""};
  }
  return std::move(candidates).take();
}

Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                 double timeout_seconds, Progress& progress) {
  const auto command = WHET_TRY(mql::parse_command(read.text, read.database));
  if (!may_run(command)) {
    return Error{ErrorKind::refused,
                 "'" + text::shorten(command.verb, 40) +
                     "' is not run again: " + mql::obstacle_to_replay(command) + ".",
                 "", ""};
  }
  const std::string& database = command.database.empty() ? read.database : command.database;
  const double usual = connection.statement_timeout();
  connection.set_statement_timeout(timeout_seconds);
  auto measured = measure_command(connection, database, replayed(command.body), progress);
  connection.set_statement_timeout(usual);
  return measured;
}

}  // namespace whet::engine::mongodb
