// Single values that changes set: parameters, options of collections and databases, query settings.
// Read as they are now.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "engine/mongodb/connection.h"
#include "model/change.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

struct ParameterState {
  mql::Value value;
  bool at_runtime = true;  ///< can be set while the server runs; older servers do not tell
};
/// ErrorKind::refused when there is none of that name.
[[nodiscard]] Result<ParameterState> parameter_state(Connection& connection,
                                                     const std::string& name);

/// The option that a set_table_option is about; nothing: it is not set.
[[nodiscard]] Result<std::optional<mql::Value>> table_option(Connection& connection,
                                                             const model::Action& action);
/// The same of a set_database_option.
[[nodiscard]] Result<mql::Value> database_option(Connection& connection,
                                                 const model::Action& action);

/// The query settings that hold for the action's query; nothing: none.
[[nodiscard]] Result<std::optional<mql::Value>> query_settings(Connection& connection,
                                                               const model::Action& action);

/// Numbers by what they are worth, all else to the letter.
[[nodiscard]] bool same_value(const mql::Value& a, const mql::Value& b);

}  // namespace whet::engine::mongodb
