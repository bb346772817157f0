// The shape of a statement, from its parse tree and the catalog.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/shape.h"
#include "sql/catalog.h"

namespace whet::sql {

/// Names are resolved as PostgreSQL does; what the catalog does not know becomes an opaque
/// relation. Conditions on the columns of a plain subquery or WITH query (no grouping, DISTINCT,
/// LIMIT or UNION) count for the tables below it. Statements that are not planned (DDL, SET) have
/// no relations. ErrorKind::invalid for text that does not parse. O(length).
[[nodiscard]] Result<model::Shape> shape(std::string_view text, const Catalog& catalog);

}  // namespace whet::sql
