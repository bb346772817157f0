#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/mongodb/mongodb.h"
#include "engine/mongodb/render_commands.h"
#include "engine/mongodb/render_text.h"

namespace whet::engine::mongodb {
namespace {

using model::Action;
using model::ActionKind;
using model::Change;
using model::Risk;

/// Sorted runs are spilled beside the index while it is built.
/// Source: manual, "Index Builds on Populated Collections": the _tmp folder.
constexpr std::int64_t build_space = 2;

class Renderer {
 public:
  Renderer(Change& change, const model::Server& server)
      : change_(change),
        action_(change.action),
        server_(server),
        deployment_{server.version_number, server.topology == "replica set",
                    server.topology == "sharded"} {}

  void all();

 private:
  void index();
  void create();
  void setting();
  void index_option();
  void table_option();
  void database_option();
  void query_settings();
  void compact();
  void rebuild();
  /// Statement and inverse from the commands; false when there is none.
  bool commands();
  void make_manual(std::string statement, const std::string& why);
  void require(const std::string& sentence);
  void at_least(Risk risk) { change_.risk = std::max(change_.risk, risk); }
  [[nodiscard]] bool before(std::int64_t version) const { return server_.version_number < version; }
  [[nodiscard]] std::string collection() const { return action_.schema + "." + action_.table; }
  [[nodiscard]] std::string shell() const {
    return shell_collection(action_.schema, action_.table);
  }

  Change& change_;
  Action& action_;
  const model::Server& server_;
  Deployment deployment_;
};

void Renderer::make_manual(std::string statement, const std::string& why) {
  action_.kind = ActionKind::manual;
  action_.statement = std::move(statement);
  action_.inverse.clear();
  if (!why.empty()) change_.reason += (change_.reason.empty() ? "" : " ") + why;
}

/// Once, however often the change is rendered.
void Renderer::require(const std::string& sentence) {
  auto& known = change_.preconditions;
  if (std::find(known.begin(), known.end(), sentence) == known.end()) known.push_back(sentence);
}

bool Renderer::commands() {
  const auto there = forward(action_, deployment_);
  if (!there) return false;
  action_.statement = shell_command(there->database, there->command);
  const auto back = backward(action_, deployment_);
  action_.inverse = back ? shell_command(back->database, back->command) : "";
  return true;
}

void Renderer::create() {
  if (action_.index->name.empty()) action_.index->name = index_name(*action_.index);
  static_cast<void>(commands());
  change_.locks = "Exclusive on " + collection() +
                  " for a moment when the build begins and when it ends: reads and writes go on "
                  "meanwhile";
  if (deployment_.replica_set) {
    change_.locks +=
        ". All members build it at the same time; it is committed once the voting ones are done";
    require("All voting, data-bearing members are up: the build waits for each of them.");
  }
  if (deployment_.mongos) change_.locks += ". Each shard that has data of it builds its own";
  if (change_.disk_bytes == 0) change_.disk_bytes = build_space * action_.index->size_bytes;
  if (action_.index->unique) {
    require("No two documents have the same key: the build fails at its end otherwise.");
    at_least(Risk::low);
  }
  if (action_.index->options.contains("expireAfterSeconds")) {
    require("Documents that have expired are deleted as soon as it is there, for good.");
    at_least(Risk::high);
  }
  require("No other index of " + collection() + " is being built.");
}

void Renderer::index() {
  if (!action_.index) return make_manual(action_.statement, "It names no index.");
  const bool own = action_.index->primary || action_.index->name == "_id_";
  if (own) return make_manual("", "The index _id_ cannot be changed.");
  if (action_.kind == ActionKind::create_index) return create();
  static_cast<void>(commands());
  change_.locks = "Exclusive on " + collection() + " for a moment: it waits for the operations " +
                  "that are running there, and others wait behind it";
  require("No index of " + collection() + " is being built.");
  if (action_.kind != ActionKind::drop_index) return;
  if (action_.index->shard_key)
    return make_manual(action_.statement, "The collection's shard key needs this index.");
  at_least(Risk::low);
}

void Renderer::setting() {
  if (action_.kind == ActionKind::reset_setting && action_.value.empty()) {
    if (const model::Setting* known = server_.setting(action_.setting))
      action_.value = known->default_value;
  }
  const std::string name = action_.setting;
  const bool option = name.find('.') != std::string::npos;
  const std::string line = (option ? name : "setParameter." + name) + ": " +
                           (action_.value.empty() ? "(leave it out)" : action_.value);
  if (action_.needs_restart || option || !commands()) {
    return make_manual(
        "// In mongod.conf of each member, then restart one after the other:\n// " + line, "");
  }
  action_.statement += "\n// and, so that it outlives a restart, in mongod.conf:\n// " + line;
  change_.locks = "None";
  if (deployment_.replica_set)
    require(
        "It holds for the member that Whet is connected to (the primary) only; set it on the "
        "others too.");
}

void Renderer::index_option() {
  if (!action_.index) return make_manual(action_.statement, "It names no index.");
  const bool ttl = action_.setting == "expireAfterSeconds";
  const bool is_ttl = action_.index->options.contains("expireAfterSeconds");
  // Source: manual, collMod: an index without the option can get it since 5.1.
  if (ttl && !action_.value.empty() && !is_ttl && before(50100)) {
    return make_manual(
        shell() + ".dropIndex(" + shell_value(mql::Value::of(action_.index->name)) + ")\n" +
            "// and then createIndex with {expireAfterSeconds: " + action_.value + "}",
        "Before 5.1 an index that has no expireAfterSeconds cannot get one: it is dropped and made "
        "again.");
  }
  if (!commands())
    return make_manual(shell() + ".dropIndex(" + shell_value(mql::Value::of(action_.index->name)) +
                           ")\n// and then createIndex without " + action_.setting,
                       "No command takes this option from an index.");
  change_.locks = "Exclusive on " + collection() + " for a moment";
  require("No index of " + collection() + " is being built.");
  if (!ttl) return at_least(Risk::medium);
  const auto seconds = text::to_double(action_.value);
  const auto held = text::to_double(action_.previous);
  // More time deletes nothing.
  if (seconds && held && *seconds >= *held) return;
  require(
      "Documents that have expired by then are deleted, for good: the inverse brings back the "
      "time, not the documents.");
  at_least(Risk::high);
}

void Renderer::table_option() {
  // Source: manual, collMod: a capped collection's size since 6.0.
  const bool capped = action_.setting == "cappedSize" || action_.setting == "cappedMax";
  if (capped && before(60000)) {
    return make_manual(shell() +
                           ".isCapped()\n// copy the documents to a new capped collection of "
                           "the right size, then rename it",
                       "Before 6.0 the size of a capped collection cannot be changed.");
  }
  static_cast<void>(commands());
  change_.locks = "Exclusive on " + collection() + " for a moment";
  const std::string& name = action_.setting;
  if (name == "validator" || name == "validationLevel" || name == "validationAction") {
    require(
        "Documents that are there already are not looked at; writes that the rule forbids fail "
        "from then on when validationAction is error.");
    at_least(Risk::medium);
  } else if (capped || name == "expireAfterSeconds") {
    require("Documents that no longer fit are deleted, for good.");
    at_least(Risk::high);
  }
}

void Renderer::database_option() {
  if (deployment_.mongos && action_.setting == "profile_level" && action_.value != "0") {
    return make_manual(shell_database(action_.schema) + ".setProfilingLevel(" + action_.value +
                           ")\n// on the primary of each shard",
                       "A mongos has no profiler.");
  }
  if (!commands()) return make_manual(action_.statement, "");
  change_.locks = "Exclusive on " + action_.schema + " for a moment when profiling begins";
  if (action_.setting != "profile_level") {
    change_.locks = "None";
    require("The threshold and the rate hold for all databases of the member, and for its log.");
  } else if (action_.value == "2") {
    require("Level 2 writes a document for each operation.");
    at_least(Risk::medium);
  }
  require("It holds until the member restarts, and for this member only.");
}

void Renderer::query_settings() {
  if (before(80000))
    return make_manual("",
                       "Query settings come with MongoDB 8.0; until then the application gives "
                       "the hint.");
  if (server_.topology == "standalone")
    return make_manual("", "A standalone has no query settings; the application gives the hint.");
  if (!commands()) return make_manual(action_.statement, "The query's values are not known.");
  change_.locks = "None: it holds for the whole cluster from the next run of the query on";
  if (action_.setting == "reject") at_least(Risk::high);
}

void Renderer::compact() {
  const std::string command = shell_database(action_.schema) + ".runCommand({compact: " +
                              shell_value(mql::Value::of(action_.table)) + "})";
  if (deployment_.mongos)
    return make_manual(command + "\n// on each member of each shard, the primaries last",
                       "A mongos does not pass compact on.");
  if (deployment_.replica_set) {
    return make_manual(
        command +
            "\n// on each secondary, one after the other; then rs.stepDown() and the same on "
            "the member that was the primary",
        "compact works on one member only, and on a primary it slows writes.");
  }
  static_cast<void>(commands());
  action_.inverse.clear();
  change_.locks = "Intent on " + collection() +
                  ": reads and writes go on, slower; creating and dropping indexes and collMod "
                  "there wait";
  at_least(Risk::low);
}

void Renderer::rebuild() {
  // reIndex works on standalones only, blocks the collection, and is gone from the manual's advice.
  // Two indexes of the same key and options may not exist, so none can be built beside the old one.
  std::string statement;
  if (action_.index) {
    const auto back = backward({.kind = ActionKind::drop_index,
                                .schema = action_.schema,
                                .table = action_.table,
                                .index = action_.index},
                               deployment_);
    statement = shell() + ".dropIndex(" + shell_value(mql::Value::of(action_.index->name)) + ")\n" +
                shell_command(back->database, back->command);
  }
  make_manual(std::move(statement),
              "MongoDB cannot rebuild an index beside the old one: queries would have none until "
              "the new one is there. A member that is resynchronised has all its indexes new.");
  at_least(Risk::high);
}

void Renderer::all() {
  switch (action_.kind) {
    case ActionKind::create_index:
    case ActionKind::drop_index:
    case ActionKind::hide_index:
    case ActionKind::show_index:
      return index();
    case ActionKind::rebuild_index:
      return rebuild();
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return setting();
    case ActionKind::set_index_option:
      return index_option();
    case ActionKind::set_table_option:
      return table_option();
    case ActionKind::set_database_option:
      return database_option();
    case ActionKind::set_query_settings:
    case ActionKind::remove_query_settings:
      return query_settings();
    case ActionKind::vacuum_table:
      return compact();
    case ActionKind::manual:
      return;
    default:
      make_manual(action_.statement, "MongoDB has no such change.");
  }
}

}  // namespace

void render(Change& change, const model::Server& server) { Renderer(change, server).all(); }

}  // namespace whet::engine::mongodb
