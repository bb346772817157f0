// What the profiler's documents and the log's lines about operations have in common.
#pragma once

#include "mql/operation.h"

namespace whet::mql {

/// Reads a document of the profiler or the `attr` of a log line: the members that have the same
/// meaning in both, whichever name the version or the source gives them. All but the time.
/// ErrorKind::invalid when it describes no operation.
[[nodiscard]] Result<Operation> recorded_operation(const Value& document);

}  // namespace whet::mql
