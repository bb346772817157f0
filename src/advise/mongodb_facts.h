// What the MongoDB checks share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advise/check.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

[[nodiscard]] bool is_mongodb(const Facts& facts);
/// The server is of that version or a later one: {7, 0}.
[[nodiscard]] bool mongodb_since(const Facts& facts, int major, int minor);
[[nodiscard]] bool is_replica_set(const Facts& facts);
[[nodiscard]] bool is_sharded(const Facts& facts);

/// A page of the manual, for the server's version: manual("core/index-hidden").
[[nodiscard]] std::string mongodb_manual(const Facts& facts, std::string_view page);

}  // namespace whet::advise
