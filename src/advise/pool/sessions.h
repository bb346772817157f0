// Sessions as the pool checks look at them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advise/facts.h"
#include "model/activity.h"
#include "model/finding.h"

namespace whet::advise::pool {

/// Sessions of clients: no parallel workers, no walsenders, no background processes.
[[nodiscard]] std::vector<const model::Session*> client_sessions(const Facts& facts);

/// From another machine (not through a Unix socket or a loopback address).
[[nodiscard]] bool is_remote(const model::Session& session);

/// "idle in transaction", aborted or not.
[[nodiscard]] bool idle_in_transaction(const model::Session& session);

/// A dump or a base backup: long by nature.
[[nodiscard]] bool is_backup(const model::Session& session);

/// Sessions by application and role: the same program in the same trouble is one finding.
using Groups = std::map<std::pair<std::string, std::string>, std::vector<const model::Session*>>;
[[nodiscard]] Groups grouped(const Facts& facts,
                             const std::function<bool(const model::Session&)>& takes);

/// "shop-web (role shop)".
[[nodiscard]] std::string group_name(const Groups::key_type& key);

/// The pids, at most ten of them.
[[nodiscard]] std::string pids_of(const std::vector<const model::Session*>& sessions);

/// Connections that roles other than superusers may take: max_connections less the reserved ones;
/// 0 when unknown.
[[nodiscard]] double capacity(const Facts& facts);

/// For a person: end these sessions.
[[nodiscard]] model::Change end_sessions(std::string_view check,
                                         const std::vector<const model::Session*>& sessions);

}  // namespace whet::advise::pool
