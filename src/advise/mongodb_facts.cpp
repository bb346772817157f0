#include "advise/mongodb_facts.h"

#include <fmt/format.h>

namespace whet::advise {

bool is_mongodb(const Facts& facts) { return facts.server().engine == model::EngineKind::mongodb; }

bool mongodb_since(const Facts& facts, int major, int minor) {
  return is_mongodb(facts) && facts.server().version_number >= major * 10000 + minor * 100;
}

bool is_replica_set(const Facts& facts) { return facts.snapshot().replication.set.has_value(); }

bool is_sharded(const Facts& facts) { return facts.server().topology == "sharded"; }

std::string mongodb_manual(const Facts& facts, std::string_view page) {
  const std::int64_t version = facts.server().version_number;
  return fmt::format("https://www.mongodb.com/docs/v{}.{}/{}/", version / 10000,
                     version / 100 % 100, page);
}

}  // namespace whet::advise
