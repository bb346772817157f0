// Values as mongosh reads them.
#pragma once

#include <string>

#include "mql/value.h"

namespace whet::mql {

/// On one line: {status: "open", at: {$gte: ISODate("2026-10-01T00:00:00.000Z")}}.
[[nodiscard]] std::string print_value(const Value& value);

}  // namespace whet::mql
