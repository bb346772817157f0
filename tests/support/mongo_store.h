// What the scripted MongoDB server holds: databases, collections, documents, indexes; and how its
// commands are written: functions of the store and a request, in tables.
//
// One store serves all members of a scripted replica set. The server's lock is held around
// commands.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "mql/value.h"
#include "support/mongo_failure.h"

namespace whet::testing::mongo {

/// The field of a profile's documents that says which member wrote them; no client sees it.
inline constexpr std::string_view profiled_on = "$member";

struct Entry {
  std::vector<mql::Value> key;
  std::size_t document = 0;
};

struct Index {
  mql::Value spec;                           ///< as listIndexes prints it
  std::map<std::size_t, std::int64_t> uses;  ///< of each member
  std::int64_t since = 0;                    ///< ms

  // Made from the documents when somebody asks.
  std::vector<Entry> entries;
  std::map<std::string, bool> arrays;  ///< path: holds arrays
  std::uint64_t made_at = 0;
  std::unordered_set<std::string> keys;  ///< of a unique index: what inserts must not repeat
  std::uint64_t keys_at = 0;

  [[nodiscard]] std::string name() const { return spec.string_at("name"); }
  [[nodiscard]] const mql::Value& key() const { return *spec.find("key"); }
  [[nodiscard]] bool hidden() const { return spec.flag_at("hidden"); }
};

struct Collection {
  std::string database, name, uuid;  ///< base64
  mql::Value options = mql::Value::object({});
  std::vector<mql::Value> documents;
  std::vector<Index> indexes;
  std::uint64_t version = 1;  ///< counts changes of documents
  std::int64_t reads = 0, writes = 0, commands = 0, scans = 0;

  [[nodiscard]] std::string ns() const { return database + "." + name; }
  [[nodiscard]] bool view() const { return options.find("viewOn") != nullptr; }
  [[nodiscard]] Index* index(std::string_view name);
  [[nodiscard]] std::int64_t bytes() const;
};

struct Database {
  std::map<std::string, Collection, std::less<>> collections;
  int profile_level = 0;
  int slow_ms = 100;
};

struct Cursor {
  std::string ns;
  std::deque<mql::Value> left;
};

/// An operation that runs (or waits at a gate): what currentOp shows.
struct Operation {
  std::int64_t id = 0, connection = 0, started_ms = 0;
  std::size_t member = 0;
  std::string database, client, application, user;
  mql::Value command, driver;
  bool held = false;
  int killed = 0;  ///< the code that it ends with: 11601 by killOp, 11602 by a step-down
};

struct Request {
  std::string database, name;
  mql::Value command;
  std::size_t member = 0;
  std::int64_t connection = 0;
  std::string user;  ///< "whet@admin"
  std::string client, application;
  /// Lets other commands run for a moment; throws when this one was killed or has taken too long.
  /// What is long calls it now and then, with nothing of the store in its hands.
  std::function<void()> breathe = {};

  /// The first field's value: the collection.
  [[nodiscard]] std::string collection() const { return command.fields.front().value.text; }
};

/// An index build that takes a while.
struct Build {
  Request request;  ///< the createIndexes
  std::vector<std::string> names;
  int aborted = 0;      ///< the code: 276 when somebody dropped what was being built
  bool orphan = false;  ///< its client has had an error, the build goes on
};

class Store {
 public:
  explicit Store(std::string version);

  std::map<std::string, Database, std::less<>> databases;
  std::map<std::int64_t, Cursor> cursors;
  std::map<std::int64_t, Operation> operations;
  std::map<std::int64_t, Build> builds;  ///< by the operation's id
  bool hang_builds = false;              ///< the fail point hangAfterStartingIndexBuild
  int looks = 0;                         ///< how often $currentOp was asked
  mql::Value parameters;                 ///< {name: {value, settableAtRuntime, settableAtStartup}}
  std::map<std::string, mql::Value, std::less<>> templates;

  std::string version;               ///< "7.0.15"
  std::vector<std::string> members;  ///< addresses
  std::vector<bool> reachable;
  bool set = true, mongos = false;
  std::size_t primary = 0;
  std::int64_t term = 1, started_ms = 0, writes = 0;
  mql::Value users = mql::Value::array({});  ///< as usersInfo lists them, without secrets
  std::map<std::string, std::int64_t, std::less<>> command_counts;

  [[nodiscard]] int number() const;  ///< 70015
  [[nodiscard]] Collection* find(std::string_view database, std::string_view collection);
  /// The same as a member has it: each has its own profile, of what it did itself.
  [[nodiscard]] Collection* seen_by(std::size_t member, std::string_view database,
                                    std::string_view collection);
  Collection& make(std::string_view database, std::string_view collection);
  /// Adds or removes documents went through this: indexes are made again when they are asked.
  void changed(Collection& collection);
  /// The names of the indexes that are being built on it.
  [[nodiscard]] std::vector<std::string> being_built(const Collection& collection) const;
  /// Finishes the builds whose clients are gone, once nothing holds them.
  void finish_orphans();
  /// Up to date.
  const std::vector<Entry>& entries(Collection& collection, Index& index) const;
  /// A reply with the first batch; the rest waits for getMore.
  mql::Value cursor_reply(const std::string& ns, std::vector<mql::Value> documents,
                          const mql::Value& command);
  void make_oplog();                        ///< with its two ends
  [[nodiscard]] mql::Value optime() const;  ///< {ts, t}
  [[nodiscard]] mql::Value timestamp() const;

 private:
  Collection profile_;  ///< of the member that asked last
  std::int64_t next_cursor_ = 4'000'000'001;
  mutable std::uint64_t uuids_ = 0;
};

using Handler = mql::Value (*)(Store&, const Request&);
using Handlers = std::map<std::string, Handler, std::less<>>;

[[nodiscard]] const Handlers& document_commands();    ///< insert, find, update, ...
[[nodiscard]] const Handlers& definition_commands();  ///< create, createIndexes, collMod, ...
[[nodiscard]] const Handlers& server_commands();      ///< buildInfo, serverStatus, currentOp, ...
[[nodiscard]] const Handlers& set_commands();         ///< hello, replSetGetStatus, ...
mql::Value explain_command(Store& store, const Request& request);

[[nodiscard]] std::int64_t now_ms();
[[nodiscard]] mql::Value date(std::int64_t ms);
/// A reply with ok: 1 at its end.
[[nodiscard]] mql::Value fine(mql::Value reply = mql::Value::object({}));

}  // namespace whet::testing::mongo
