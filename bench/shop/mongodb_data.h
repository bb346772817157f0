// The shop's documents on MongoDB, the same at every run, with the faults of
// tools/shop/mongodb/faults.tsv among them.
#pragma once

#include "base/result.h"
#include "shop/mongodb_client.h"

namespace whet::bench {

/// Fills the (empty) database with about a million documents and its indexes.
[[nodiscard]] Status load_shop(MongoClient& client);

}  // namespace whet::bench
