// What-if costs on the target itself, by the extension HypoPG.
#pragma once

#include <memory>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/connection.h"
#include "model/oracle.h"

namespace whet::engine::postgres {

/// Uses the reader's connection, which must outlive it. ErrorKind::refused when HypoPG is not
/// installed in this database.
[[nodiscard]] Result<std::unique_ptr<model::Oracle>> hypothetical_indexes(Connection& connection,
                                                                          Progress& progress);

}  // namespace whet::engine::postgres
