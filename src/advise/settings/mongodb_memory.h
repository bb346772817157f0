// How MongoDB's memory adds up: the cache, connections, index builds, and what the operating system
// needs.
#pragma once

#include <optional>
#include <string>

#include "advise/facts.h"

namespace whet::advise::settings {

struct MongodbMemory {
  double memory = 0;         ///< the machine's, or the container's
  double cache = 0;          ///< WiredTiger's, as the server runs with it
  double connections = 0;    ///< stacks and buffers of those that are open: up to 1 MB each
  double builds = 0;         ///< one index build
  double system = 0;         ///< left to the operating system and its file cache
  double usual_cache = 0;    ///< what the server would take by itself: half of what is over 1 GB
  double advised_cache = 0;  ///< the largest that all of it allows, at most the usual one

  [[nodiscard]] double total() const { return cache + connections + builds + system; }
  /// "16 GB cache + 400 MB connections + …"
  [[nodiscard]] std::string arithmetic() const;
};

/// Nothing when the machine or the cache is unknown (a mongos has none).
[[nodiscard]] std::optional<MongodbMemory> mongodb_memory(const Facts& facts);

}  // namespace whet::advise::settings
