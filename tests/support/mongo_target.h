// The MongoDB server that a live test works on: the one that WHET_TEST_MONGODB_URL names, else with
// WHET_REAL_MONGODB=1 a real one that tools/mongodserver starts, else a scripted one in this
// process. A live suite must pass on all three. Scratch databases and accounts are dropped at the
// end. A named server belongs to somebody: it has what it has (members, data, parameters,
// accounts), nothing of it is broken, and what a test changes outside of its scratch databases it
// puts back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mql/value.h"
#include "support/mongo_server.h"

namespace whet::testing {

class MongoTarget {
 public:
  struct Options {
    int members = 1;                  ///< of its replica set; a named server has what it has
    bool accounts = false;            ///< users must log in; url() has an administrator's password
    std::string version = "7.0.15";   ///< of a scripted server
    std::string server_options = {};  ///< for the real one: "--setParameter enableTestCommands=1"
  };

  explicit MongoTarget(const Options& options);
  MongoTarget() : MongoTarget(Options{}) {}
  MongoTarget(const MongoTarget&) = delete;
  MongoTarget& operator=(const MongoTarget&) = delete;
  ~MongoTarget();

  [[nodiscard]] const std::string& url() const { return url_; }
  /// The same server (or set), logged in as somebody else.
  [[nodiscard]] std::string url_for(const std::string& user, const std::string& password) const;
  /// Directly, one member of the set.
  [[nodiscard]] std::string member_url(std::size_t member) const;
  [[nodiscard]] std::size_t members() const { return hosts_.size(); }
  [[nodiscard]] bool replica_set() const { return replica_set_; }

  /// A scratch database's name, made of this one: dropped at the end.
  std::string database(const std::string& name);
  /// A scratch account on admin, made of this name and dropped at the end; its whole name.
  /// `roles` is an array in extended JSON.
  std::string account(const std::string& name, const std::string& password,
                      const std::string& roles);
  /// A scratch role on admin of that definition ({privileges: ..., roles: ...}), likewise.
  std::string role(const std::string& name, mql::Value definition);

  /// Runs a command (extended JSON); its reply also when it failed (then `ok` is 0 and `errmsg`
  /// says why). On the primary, or on one member.
  mql::Value run(const std::string& database, std::string_view command, int member = -1);
  /// The same; the test fails unless the reply is ok and has no write errors.
  mql::Value must(const std::string& database, std::string_view command);
  /// Inserts documents (extended JSON each) in batches.
  void insert(const std::string& database, const std::string& collection,
              const std::vector<std::string>& documents);

  /// Runs a write in a transaction, which stays open until the result is gone.
  [[nodiscard]] std::shared_ptr<void> in_transaction(const std::string& database,
                                                     std::string_view command);

  /// For faults; nullptr on a real server.
  [[nodiscard]] ScriptedMongo* scripted() { return scripted_.get(); }
  [[nodiscard]] bool real() const { return scripted_ == nullptr; }
  [[nodiscard]] int version() const { return version_; }  ///< 70015
  /// Whether members can be killed and primaries made to step down: not on a server that a user
  /// named.
  [[nodiscard]] bool may_break() const { return !folder_.empty() || scripted_ != nullptr; }
  /// Whether who has not logged in is refused: a named server may let in everybody.
  [[nodiscard]] bool wants_login() const;
  /// The build for Windows that runs here under Wine ends, as a standalone, when it is asked for
  /// the counters of its storage engine.
  [[nodiscard]] bool dies_of_counters() const { return dies_of_counters_; }
  void kill_member(std::size_t member);
  void restart_member(std::size_t member);
  void step_down();                     ///< returns when there is another primary
  [[nodiscard]] std::size_t primary();  ///< by asking hello of each member

 private:
  struct Client;

  void start_real(const Options& options);
  void read_server();
  Client& client(int member);
  std::string tool_run(const std::string& arguments) const;

  std::unique_ptr<ScriptedMongo> scripted_;
  std::string folder_, url_, prefix_;
  std::vector<std::string> databases_, accounts_, roles_, hosts_;
  std::vector<std::unique_ptr<Client>> clients_;  ///< the set's, then each member's
  bool replica_set_ = false, dies_of_counters_ = false;
  int version_ = 0;
};

}  // namespace whet::testing
