// Files: read whole, write whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace whet::files {

/// The bytes of a file; "-" reads standard input. Fails with ErrorKind::usage when it cannot be
/// read.
Result<std::string> read(const std::string& path);

/// Writes beside the path and renames, so that a crash leaves the old file or the new one. `mode`
/// such as 0600.
Status write(const std::string& path, std::string_view bytes, int mode = 0644);

/// $XDG_STATE_HOME/whet or ~/.local/state/whet, made when absent (mode 0700).
Result<std::string> state_directory();

}  // namespace whet::files
