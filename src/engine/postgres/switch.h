// Index switches: what-if plans over a fixed list of indexes (model/oracle.h).
#pragma once

#include <memory>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/connection.h"
#include "model/oracle.h"

namespace whet::engine::postgres {

/// By the extension HypoPG of the connection's database, which must be there. B-tree, hash and BRIN
/// only, sizes as HypoPG takes them, and indexes that exist cannot be switched off: what a question
/// leaves out of those is planned with all the same. The connection must outlive it.
[[nodiscard]] Result<std::unique_ptr<model::IndexSwitch>> hypopg_switch(Connection& connection,
                                                                        Progress& progress);

}  // namespace whet::engine::postgres
