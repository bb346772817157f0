// What-if costs on the target itself, by the extension HypoPG.
#pragma once

#include <memory>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/connection.h"
#include "model/oracle.h"

namespace whet::engine::postgres {

struct InstalledHypoPg {
  std::string schema, version;
};

/// Where HypoPG is in this database. ErrorKind::refused when it is not. From here on the session
/// keeps auto_explain, which does not bear hypothetical indexes, out of its plans.
[[nodiscard]] Result<InstalledHypoPg> installed_hypopg(Connection& connection);

/// Uses the reader's connection, which must outlive it. ErrorKind::refused when HypoPG is not
/// installed in this database.
[[nodiscard]] Result<std::unique_ptr<model::Oracle>> hypothetical_indexes(Connection& connection,
                                                                          Progress& progress);

}  // namespace whet::engine::postgres
