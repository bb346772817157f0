// Sessions of MySQL and MariaDB as the pool checks look at them.
#pragma once

#include <string>
#include <vector>

#include "advise/facts.h"
#include "model/activity.h"

namespace whet::advise::pool {

/// Sessions of clients: no replication, no background threads.
[[nodiscard]] std::vector<const model::Session*> mysql_clients(const Facts& facts);

/// "shop-web (account shop)", "account shop" for a program that does not say its name.
[[nodiscard]] std::string program_of(const model::Session& session);

/// Their connection ids, at most ten of them.
[[nodiscard]] std::string ids_of(const std::vector<const model::Session*>& sessions);

}  // namespace whet::advise::pool
