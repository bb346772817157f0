// What a PostgreSQL server holds of a change: for checking that it was done, and for finding out
// what an interrupted one left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/postgres/connection.h"
#include "model/change.h"

namespace whet::engine::postgres {

/// ErrorKind::refused when something else has the name of the change's object. A change that leaves
/// no trace in the catalog (ANALYZE, VACUUM) is always absent.
[[nodiscard]] Result<ChangeState> inspect_change(Connection& connection,
                                                 const model::Change& change);

/// True when inspect_change can tell that the change was done.
[[nodiscard]] bool leaves_a_trace(const model::Change& change);

/// The change with its statement, and with the inverse that restores what the server holds now.
[[nodiscard]] Result<model::Change> prepare_change(Connection& connection,
                                                   const model::Change& change);

/// DROP INDEX CONCURRENTLY statements for the invalid indexes that a broken attempt left: the
/// change's own index, or the copies (_ccnew, _ccold) of a rebuild.
[[nodiscard]] Result<std::vector<std::string>> leftovers(Connection& connection,
                                                         const model::Change& change);

/// Whether a setting's value, as a person writes it, is the server's: "16MB" is "2048" in units of
/// 8kB. `type` and `unit` are those of pg_settings.
[[nodiscard]] bool same_setting(std::string_view written, std::string_view held,
                                std::string_view type, std::string_view unit);

}  // namespace whet::engine::postgres
