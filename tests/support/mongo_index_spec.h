// What a specification of an index may say, by itself, and how the scripted MongoDB server keeps
// it.
#pragma once

#include "mql/value.h"
#include "support/mongo_failure.h"

namespace whet::testing::mongo {

/// Throws what a real server says of a specification that is wrong.
[[nodiscard]] mql::Value checked_spec(mql::Value spec);
/// As listIndexes prints it: v, key, name, then the options.
[[nodiscard]] mql::Value stored_spec(const mql::Value& spec);

}  // namespace whet::testing::mongo
