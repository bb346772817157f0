// Indexes that do not exist on the target, as real and nearly empty ones of a stated size.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/postgres/shadow/session.h"
#include "engine/postgres/shadow/shadow.h"

namespace whet::engine::postgres::shadow {

[[nodiscard]] Result<std::vector<Result<std::string>>> add_indexes(
    Session& session, const std::vector<Shadow::Wanted>& wanted);

}  // namespace whet::engine::postgres::shadow
