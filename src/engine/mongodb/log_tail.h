// The end of a log file.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace whet::engine::mongodb {

/// At most `bytes` of its end, from the beginning of a line on. ErrorKind::usage when it cannot be
/// read.
[[nodiscard]] Result<std::string> log_tail(const std::string& path, std::int64_t bytes);

}  // namespace whet::engine::mongodb
