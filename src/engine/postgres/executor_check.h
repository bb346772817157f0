// Whether a change may be done on this server now.
#pragma once

#include "base/result.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/executor.h"
#include "model/change.h"

namespace whet::engine::postgres {

/// ErrorKind::refused, with the reason as a sentence, when the role lacks a privilege, a long
/// transaction would stall a CONCURRENTLY command, the name of a new index is taken, or the disk
/// has too little room (known only on the same machine).
[[nodiscard]] Status check_change(Connection& connection, const model::Change& change,
                                  const ExecutorOptions& options);

}  // namespace whet::engine::postgres
