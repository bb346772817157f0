// Trials on a sample: a bounded copy of collections in a scratch database, with their indexes and
// those that are tried. engine::Laboratory on a connection of its own that may write there.
#pragma once

#include <memory>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

/// `source` is where the data is read; it must outlive the laboratory. Refused for a scratch name
/// without the prefix.
[[nodiscard]] Result<std::unique_ptr<Laboratory>> make_laboratory(Connection& source,
                                                                  const LaboratoryOptions& options,
                                                                  Progress& progress);

/// Drops a scratch database; any other name is refused.
[[nodiscard]] Status drop_scratch(Connection& connection, const std::string& scratch);

/// What an execution cost: keys, documents and sorted rows, in units of one key. Pure.
[[nodiscard]] double work_of(const model::Plan& plan);

/// An index as it is built in a laboratory: it must not delete documents there. Pure.
[[nodiscard]] mql::Value laboratory_spec(const mql::Value& spec, const std::string& name);

}  // namespace whet::engine::mongodb
