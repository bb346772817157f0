// A scripted MongoDB server in the test's own process: it speaks the real wire protocol on ports of
// loopback, as a standalone, a replica set or a mongos, and answers from recorded conversations
// (play()), else from a small MongoDB of its own (mongo_store.h). Tests order faults and read which
// commands came.
//
// Every command is also written, a line each, to build/<preset>/mongodb-commands/<program>.log.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mql/value.h"
#include "support/mongo_failure.h"
#include "support/mongo_login.h"
#include "support/mongo_store.h"

namespace whet::testing {

/// A command that the server got.
struct MongoCommand {
  std::size_t member = 0;
  std::string database, name, user;
  mql::Value command;
};

class ScriptedMongo {
 public:
  struct Options {
    std::string version = "7.0.15";
    int members = 1;                       ///< of the set rs0; 0: a standalone
    bool mongos = false;                   ///< one mongos instead
    bool tls = false;                      ///< with certificates() made for it
    std::vector<mongo::Account> accounts;  ///< none: nobody must log in
  };

  explicit ScriptedMongo(Options options);
  ScriptedMongo(const ScriptedMongo&) = delete;
  ScriptedMongo& operator=(const ScriptedMongo&) = delete;
  ~ScriptedMongo();

  [[nodiscard]] std::string url() const;  ///< without credentials
  [[nodiscard]] std::string member_url(std::size_t member) const;
  [[nodiscard]] std::string address(std::size_t member) const;  ///< "127.0.0.1:port"
  /// Folder with ca.pem, server.pem, client.pem (key and certificate) when it speaks TLS.
  [[nodiscard]] const std::string& certificates() const { return certificates_; }

  /// All commands so far but those of handshakes and logins.
  [[nodiscard]] std::vector<MongoCommand> commands() const;
  [[nodiscard]] int count(std::string_view name) const;
  void forget_commands();

  // ---- answers

  /// Conversations in the format of /work/shared/data/mongod-4.4: a line's reply is the answer to a
  /// command that equals its own, on `member` ("standalone", "rs0/0"), next line next time. What
  /// drivers add (lsid, $readPreference, batchSize, ...) does not matter.
  void play(const std::string& file, std::string_view member, std::size_t on = 0);
  /// This answer (extended JSON) to every command of that name, whatever it says.
  void answer(std::string_view name, std::string_view reply);

  // ---- faults; each for one command of the name, after `skip` others

  void fail(std::string_view name, mongo::Failure failure, int skip = 0, int times = 1);
  void close_before(std::string_view name, int skip = 0);  ///< it is not executed
  void close_after(std::string_view name, int skip = 0);   ///< it is, but nobody hears

  /// A command that waits, before it is executed, until the test lets it go on. It ends by itself
  /// when it is killed, when the primary steps down, when its time (maxTimeMS) or the server ends.
  class Gate {
   public:
    void wait_until_reached();  ///< fails the test after 20 s
    void release();
    [[nodiscard]] bool reached() const;

   private:
    friend class ScriptedMongo;
    ScriptedMongo* server_ = nullptr;
    bool reached_ = false, released_ = false;
  };
  std::shared_ptr<Gate> hold(std::string_view name, int skip = 0);

  // ---- the set

  void step_down();                     ///< the next reachable member is primary
  void cut_member(std::size_t member);  ///< refuses connections, drops those it has
  void revive_member(std::size_t member);
  [[nodiscard]] std::size_t primary() const;

  /// Runs something with what it holds, while no command runs.
  void with_store(const std::function<void(mongo::Store&)>& work);

 private:
  struct Member;
  struct Connection;
  struct Fault;
  struct Script;

  void listen(std::size_t member);
  void accept(std::size_t member);
  void serve(const std::shared_ptr<Connection>& connection);
  mql::Value answer_to(Connection& connection, const mongo::Request& request, bool& close,
                       bool& drop);
  mql::Value execute(const mongo::Request& request);
  void record(const mongo::Request& request);
  void wait_at(Gate& gate, Connection& connection, mongo::Operation& operation,
               std::unique_lock<std::mutex>& lock);
  void wait_for_build(const mongo::Request& request, mongo::Operation& operation,
                      std::unique_lock<std::mutex>& lock);
  std::shared_ptr<Fault> due_fault(const std::string& name);
  void check_state(const mongo::Request& request) const;
  void elect();

  Options options_;
  std::string certificates_, log_file_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  mongo::Store store_;
  mongo::Login login_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<MongoCommand> commands_;
  std::vector<std::shared_ptr<Fault>> faults_;
  std::unique_ptr<Script> script_;
  std::int64_t next_connection_ = 1, next_operation_ = 1;
  bool stopping_ = false;
};

}  // namespace whet::testing
