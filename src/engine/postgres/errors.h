// What the server or libpq said, as a sentence that helps. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace whet::engine::postgres {

/// A failed attempt to connect. `message` is libpq's, with SQLSTATEs (verbose form).
[[nodiscard]] Error connect_error(std::string_view target, std::string_view message);

/// True when the connection string seems to hold a password, so that nothing of it may be shown.
[[nodiscard]] bool may_hold_password(std::string_view url);

struct ServerMessage {
  std::string sqlstate, primary, detail, hint;
};

/// A refused statement.
[[nodiscard]] Error statement_error(const ServerMessage& said, std::string_view sql);

/// What the server said, without the statement: for statements of Whet's own that nobody wants to
/// read.
[[nodiscard]] std::string said_by_server(const Error& error);

}  // namespace whet::engine::postgres
