// BSON bytes to values and back: all types, fields in their order, to the depth that servers allow.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The bytes of a document. ErrorKind::invalid for what BSON cannot hold: a placeholder, a name
/// with a NUL, an object id that is none.
[[nodiscard]] Result<std::string> to_bson(const mql::Value& document);

/// The document in these bytes, which may come from anywhere. ErrorKind::invalid when they are no
/// BSON. The old DBPointer reads as its object id; of a code with a scope the code is kept.
[[nodiscard]] Result<mql::Value> from_bson(std::string_view bytes);

}  // namespace whet::engine::mongodb
