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

/// What a check for MongoDB says of itself.
// NOLINTNEXTLINE(readability-function-size): one argument for each text of CheckInfo
[[nodiscard]] constexpr CheckInfo mongodb_check(Area area, std::string_view id,
                                                model::Severity severity, std::string_view summary,
                                                std::string_view why, std::string_view privileges,
                                                std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = area,
          .severity = severity,
          .engines = mongodb,
          .summary = summary,
          .why = why,
          .privileges = privileges,
          .guards = guards,
          .source = source};
}

}  // namespace whet::advise
