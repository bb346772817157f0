// A libmongoc client with one server behind it, logged in: for Connection, and for the short one
// that kills an operation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/mongodb/location.h"
#include "engine/mongodb/wait.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// What came of sending one command.
struct Outcome {
  enum class Kind : std::uint8_t {
    replied,  ///< `reply` is there; its `ok` may be 0
    lost,     ///< no reply: the connection broke, or was given up
    unsent,   ///< the command cannot be written as BSON
  };
  Kind kind = Kind::lost;
  mql::Value reply;
  std::int64_t bytes = 0;
  std::string said;  ///< by libmongoc, when there is no reply
  /// The user's wish or a limit came before the end.
  bool cancelled = false, late = false;
};

class Link {
 public:
  /// Connects to one of the location's hosts, directly, and logs in. `seconds` for each step.
  static Result<std::unique_ptr<Link>> open(const Location& place, const std::string& host,
                                            double seconds, const Progress* progress);

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  [[nodiscard]] Outcome run(std::string_view database, const mql::Value& command,
                            Wait::Limits limits);

 private:
  struct Client;
  explicit Link(std::unique_ptr<Client> client);
  std::unique_ptr<Client> client_;
};

/// A mongodb+srv location with the hosts and options that the DNS has for it; others as they are.
[[nodiscard]] Result<Location> resolve(const Location& place);

}  // namespace whet::engine::mongodb
