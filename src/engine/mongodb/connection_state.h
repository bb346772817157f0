// What a Connection holds; shared by the files that implement it.
#pragma once

#include <memory>
#include <string>

#include "engine/mongodb/connection.h"
#include "engine/mongodb/errors.h"
#include "engine/mongodb/link.h"
#include "engine/mongodb/location.h"

namespace whet::engine::mongodb {

struct Connection::State {
  ConnectOptions options;
  Access access = Access::read;
  Location place;
  std::string host;            ///< of the server behind `link`
  std::unique_ptr<Link> link;  ///< nullptr: it is gone
  Identity identity;
  std::string user;
  double statement_timeout = 0;
  model::CollectionCost cost;
  std::string mark;             ///< of this connection, in the comments of its commands
  std::int64_t operations = 0;  ///< so that each comment is its own

  /// Seconds: the URL's connectTimeoutMS, or the option's.
  [[nodiscard]] double connect_timeout() const;
  [[nodiscard]] std::string target() const { return host + "/" + place.database; }
  [[nodiscard]] Errand errand(std::string_view database) const;

  /// Connects to the server of the location that is wanted.
  [[nodiscard]] Status select();
  /// The same server again, or what select() finds.
  [[nodiscard]] Status reconnect();
  /// hello: what the server is now.
  [[nodiscard]] Status look();

  /// One attempt: the reply with ok 1. `retry` is set when another attempt may go well.
  [[nodiscard]] Result<mql::Value> attempt(std::string_view database, const mql::Value& command,
                                           const Progress* progress, bool& retry);
  /// Ends the operation with that comment from a second connection. Best effort.
  void kill_operation(const std::string& comment) const;

 private:
  [[nodiscard]] Status connect(const std::string& address);
  [[nodiscard]] Status select_once();
  [[nodiscard]] Status move_to_primary();
  [[nodiscard]] Status move_to_secondary();
  [[nodiscard]] bool of_use() const;
};

/// hello's and buildInfo's replies as an Identity. `address`: as the user writes it. Pure.
[[nodiscard]] Identity identity_of(const mql::Value& hello, const mql::Value& build,
                                   const std::string& address);

}  // namespace whet::engine::mongodb
