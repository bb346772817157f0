// Whether an account may do a change, from what connectionStatus tells. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/change.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// `status` is the reply of connectionStatus with showPrivileges. True for everything when nobody
/// is logged in: the server has no access control then, or says so itself.
[[nodiscard]] bool allows(const mql::Value& status, std::string_view database,
                          std::string_view collection, std::string_view action);

/// An action on a resource that a change and its way back need; `database` empty: the cluster.
struct Need {
  std::string action, database, collection;
};
[[nodiscard]] std::vector<Need> needs_of(const model::Action& action);

}  // namespace whet::engine::mongodb
