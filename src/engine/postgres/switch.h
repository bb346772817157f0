// Index switches: what-if plans over a fixed list of indexes (model/oracle.h).
#pragma once

#include <memory>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/shadow/shadow.h"
#include "model/oracle.h"

namespace whet::engine::postgres {

/// By the extension HypoPG of the connection's database, which must be there. B-tree, hash and BRIN
/// only, sizes as HypoPG takes them, and indexes that exist cannot be switched off: what a question
/// leaves out of those is planned with all the same. The connection must outlive it.
[[nodiscard]] Result<std::unique_ptr<model::IndexSwitch>> hypopg_switch(Connection& connection,
                                                                        Progress& progress);

/// On a shadow: every kind of index, of the stated dimensions, and existing ones can be off. At
/// first the existing ones are on. The shadow must outlive it, and nobody else may plan there
/// meanwhile.
[[nodiscard]] Result<std::unique_ptr<model::IndexSwitch>> shadow_switch(Shadow& shadow,
                                                                        Progress& progress);

}  // namespace whet::engine::postgres
