// Which commands only read. Pure functions.
#pragma once

#include "base/result.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// Fine for a command that changes nothing on the server: of an allow-list, aggregations without
/// $out and $merge, and explains (of what would write: only its plan, so that it is never run).
[[nodiscard]] Status only_reads(const mql::Value& command);

/// May `maxTimeMS` be added to it?
[[nodiscard]] bool takes_time_limit(const mql::Value& command);

}  // namespace whet::engine::mongodb
