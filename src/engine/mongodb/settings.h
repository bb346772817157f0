// What the server was started with and its parameters, as settings. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/server.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The reply of getCmdLineOpts: dotted names as in a configuration file ("net.bindIp",
/// "setParameter.logLevel"), source "configuration". Options that were left out and that matter
/// have their documented defaults, source "default". Passwords are masked.
[[nodiscard]] std::vector<model::Setting> settings_of_start(const mql::Value& reply,
                                                            std::int64_t version);

/// The reply of getParameter, with details or without; documents by their members
/// ("featureCompatibilityVersion.version"). Source "setParameter" for those that the start named,
/// "set at runtime" where the known default is another, else "default". Context "runtime",
/// "startup" or "internal" where the server tells.
[[nodiscard]] std::vector<model::Setting> settings_of_parameters(const mql::Value& reply,
                                                                 const mql::Value& start,
                                                                 std::int64_t version);

/// The reply of getClusterParameter: "defaultMaxTimeMS.readOperations".
[[nodiscard]] std::vector<model::Setting> settings_of_cluster(const mql::Value& reply);

/// The unit that a name ends with ("MB", "Millis"), and what one of it is in bytes or seconds.
struct Unit {
  std::string_view suffix, unit;
  double factor = 1;
};
[[nodiscard]] const Unit* unit_of(std::string_view name);

/// A value as text: strings bare, the others as relaxed extended JSON.
[[nodiscard]] std::string plain_text(const mql::Value& value);

}  // namespace whet::engine::mongodb
