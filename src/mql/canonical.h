// One form for conditions that say the same, with their literals.
#pragma once

#include <string>
#include <string_view>

#include "mql/value.h"

namespace whet::mql {

/// A filter as two indexes' partialFilterExpressions are compared: $and flattened, fields and
/// operators in order, {a: {$eq: 1}} as {a: 1}, whole numbers of one type.
[[nodiscard]] Value canonical_condition(const Value& filter);

/// The same of a text that is a document or an array in extended JSON or as in mongosh; the text
/// itself, trimmed, when it is none. Of a bare value or path nothing changes.
[[nodiscard]] std::string canonical_text(std::string_view text);

}  // namespace whet::mql
