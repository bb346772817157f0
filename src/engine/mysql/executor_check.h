// Whether a change may be done on this server now.
#pragma once

#include "base/result.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/executor.h"
#include "model/change.h"

namespace whet::engine::mysql {

/// ErrorKind::refused, with the reason as a sentence, when the account lacks a privilege, a long
/// transaction holds the table, the name of a new index is taken, something needs an index that
/// would go, a cluster would stand still, or the disk has too little room (known only on the same
/// machine).
[[nodiscard]] Status check_change(Connection& connection, const model::Change& change,
                                  const ExecutorOptions& options);

/// Folders of this machine in which a change needs room: the data and the temporary files. Empty
/// when the server is elsewhere.
[[nodiscard]] std::vector<std::string> folders_in_use(Connection& connection);

/// Free bytes; negative when they cannot be told.
[[nodiscard]] double free_bytes(const std::string& folder);

}  // namespace whet::engine::mysql
