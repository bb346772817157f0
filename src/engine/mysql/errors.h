// What the server or libmariadb said, as a sentence that helps. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace whet::engine::mysql {

/// A failed attempt to connect: the client's or server's number and text.
[[nodiscard]] Error connect_error(std::string_view target, unsigned number,
                                  std::string_view message);

/// A refused or broken-off statement. Values that the server quotes in its text are left out.
[[nodiscard]] Error statement_error(std::string_view target, unsigned number,
                                    std::string_view message, std::string_view sql);

/// True for numbers that mean that the connection is gone.
[[nodiscard]] bool connection_lost(unsigned number);

/// What the server said, without the statement: for statements of Whet's own that nobody wants to
/// read.
[[nodiscard]] std::string said_by_server(const Error& error);

}  // namespace whet::engine::mysql
