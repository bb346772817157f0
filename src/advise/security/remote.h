// Where a client is, from the address that the server shows.
#pragma once

#include <string_view>

namespace whet::advise::security {

/// True for addresses of the server's own machine: Unix sockets ("local"), 127.0.0.0/8, ::1,
/// "localhost", "samehost", and for no address at all.
[[nodiscard]] bool is_local(std::string_view address);

}  // namespace whet::advise::security
