// What a MySQL or MariaDB server holds of a change: for checking that it was done, and for finding
// out what an interrupted one left.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"
#include "model/change.h"

namespace whet::engine::mysql {

/// ErrorKind::refused when something else has the name of the change's index. A new index that is
/// still hidden is partial. A change that leaves no trace (ANALYZE, a rebuild) is always absent.
[[nodiscard]] Result<ChangeState> inspect_change(Connection& connection,
                                                 const model::Change& change);

/// True when inspect_change can tell that the change was done.
[[nodiscard]] bool leaves_a_trace(const model::Change& change);

/// The change with its statement, and with the inverse that restores what the server holds now.
[[nodiscard]] Result<model::Change> prepare_change(Connection& connection,
                                                   const model::Change& change);

/// The index's line in SHOW CREATE TABLE, without its comma: "KEY `i` (`a`)". Pure.
[[nodiscard]] std::optional<std::string> index_line(std::string_view create_table,
                                                    std::string_view index);

/// The server as far as renderers want to know it.
[[nodiscard]] model::Server server_of(const Connection& connection);

}  // namespace whet::engine::mysql
