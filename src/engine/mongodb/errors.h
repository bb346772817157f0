// What a server or libmongoc said, as a sentence that helps. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// Where a command went: for messages.
struct Errand {
  std::string_view target;    ///< host:port/database
  std::string_view user;      ///< "whet@admin"; empty: nobody
  std::string_view database;  ///< the command's
};

/// Why there is no connection.
enum class NoConnection : std::uint8_t {
  name,         ///< the host is unknown
  address,      ///< nobody listens
  timeout,      ///< nobody answers
  tls,          ///< no TLS session came to be
  credentials,  ///< the server does not know them
  mechanism,    ///< it does not offer this way to log in
  no_answer,    ///< somebody listens who does not answer as MongoDB does
  too_old,      ///< or too new for the driver
  other,
};
/// `tls`: whether the URL asks for TLS. `code`: the server's, 0: none.
[[nodiscard]] Error connect_error(std::string_view target, NoConnection why, std::string_view said,
                                  bool tls, std::int64_t code = 0);

/// A reply whose `ok` is 0. Values that the server quotes in its text are left out. Error::sqlstate
/// has the code as text.
[[nodiscard]] Error command_error(const Errand& errand, const mql::Value& command,
                                  const mql::Value& reply);

/// The connection broke during the command.
[[nodiscard]] Error lost_error(const Errand& errand, const mql::Value& command,
                               std::string_view said);
/// The user stopped it.
[[nodiscard]] Error interrupted_error(const Errand& errand);
/// Nobody answered within the limit.
[[nodiscard]] Error late_error(const Errand& errand, const mql::Value& command, double seconds);

/// The member stepped down, is shutting down or has lost its primary: another attempt may go well.
[[nodiscard]] bool primary_changed(std::int64_t code);
/// An operation that was killed or ran into a limit.
[[nodiscard]] bool killed(std::int64_t code);

/// "find on orders", "serverStatus": for messages.
[[nodiscard]] std::string name_of_command(const mql::Value& command);

}  // namespace whet::engine::mongodb
