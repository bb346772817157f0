// One connection to a MongoDB server (a standalone, one member of a replica set, or a mongos):
// opened with limits, sent commands, waited for in a way that Ctrl-C can end, and charged for what
// it costs.
//
// libmongoc's types stay in the .cpp files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "model/server.h"
#include "model/snapshot.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The oldest server that Whet works with, as Connection::version().
inline constexpr std::int64_t oldest_version = 40400;

enum class Access : std::uint8_t {
  read,    ///< commands that write are refused here, before they are sent
  write,   ///< for the executor: on the primary
  member,  ///< the same on any member: for what each has by itself (parameters, the profiler)
};

/// What a server said of itself (hello, buildInfo).
struct Identity {
  std::int64_t version = 0;  ///< 40404, 70015
  std::string version_text;  ///< "7.0.15"
  std::string topology;      ///< standalone, replica set, sharded
  std::string set_name;
  std::string self;                  ///< host:port as the set calls it
  std::string primary;               ///< host:port; empty: none
  std::vector<std::string> members;  ///< data-bearing ones: hosts and passives
  bool is_primary = false, is_secondary = false;
  bool enterprise = false;
};

class Connection {
 public:
  /// Gets one document at a time.
  using Take = std::function<void(const mql::Value&)>;

  /// Connects: `options.url` is mongodb:// or mongodb+srv:// with the driver's options. appName is
  /// "whet". With Access::write it goes to the primary (or mongos); with read to the server that
  /// the URL names first and that answers. Refuses servers that are too old. ErrorKind::usage for a
  /// URL that is wrong, refused for credentials.
  static Result<Connection> open(const ConnectOptions& options, Access access);

  /// The same credentials and TLS options, another address ("host:port"), directly.
  [[nodiscard]] Result<Connection> to_member(const std::string& address, Access access) const;

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs one command; the reply, whose `ok` is 1 (write errors and writeConcernError are for the
  /// caller to look at). maxTimeMS is added from statement_timeout() where the command takes it.
  /// ErrorKind::interrupted after Progress::cancelled() (the operation is killed by its comment),
  /// timeout for a limit of server or client, refused for what the server refuses
  /// (Error::sqlstate has its code as text, "13"), unreachable when the connection is lost.
  /// Retried once after a loss or a change of primary when it only reads.
  [[nodiscard]] Result<mql::Value> command(std::string_view database, const mql::Value& command,
                                           const Progress* progress = nullptr);
  /// Runs a command that answers with a cursor, to its end or to `limit` documents.
  [[nodiscard]] Result<std::vector<mql::Value>> query(std::string_view database,
                                                      const mql::Value& command,
                                                      const Progress* progress = nullptr,
                                                      std::int64_t limit = 1'000'000);
  [[nodiscard]] Status stream(std::string_view database, const mql::Value& command,
                              const Take& take, const Progress* progress = nullptr);

  /// Seconds; 0: no limit.
  void set_statement_timeout(double seconds);
  [[nodiscard]] double statement_timeout() const;

  /// False after the server went away.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] const Identity& identity() const;
  /// hello again: after a step-down.
  [[nodiscard]] Status refresh();
  [[nodiscard]] std::int64_t version() const { return identity().version; }
  [[nodiscard]] bool mongos() const { return identity().topology == "sharded"; }
  [[nodiscard]] const std::string& database() const;  ///< of the URL; empty: none
  [[nodiscard]] const std::string& user() const;      ///< "whet@admin"; empty: nobody
  [[nodiscard]] const ConnectOptions& options() const;
  /// "host:port/database", never with a password.
  [[nodiscard]] std::string target() const;
  [[nodiscard]] const model::CollectionCost& cost() const;

  struct State;  ///< for this folder's own files

 private:
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// appName of all of Whet's connections: how its own operations are told from others'.
inline constexpr std::string_view own_application = "whet";

}  // namespace whet::engine::mongodb
