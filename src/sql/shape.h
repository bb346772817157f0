// The shape of a statement, from its parse tree and the catalog.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/shape.h"
#include "sql/catalog.h"

namespace whet::sql {

/// Whether the literals in a text are the same in every call of the statement.
enum class Literals : std::uint8_t {
  by_text,   ///< constant where the text has parameters ($1): then the others would be ones too
  constant,  ///< the text is normalised, or of a prepared statement
  per_call,  ///< each call writes its values into the text
};

/// Names are resolved as PostgreSQL does; what the catalog does not know becomes an opaque
/// relation. Conditions on the columns of a plain subquery or WITH query (no grouping, DISTINCT,
/// LIMIT or UNION) count for the tables below it. Statements that are not planned (DDL, SET) have
/// no relations. ErrorKind::invalid for text that does not parse, or that reads
/// thousands of tables. O(length).
[[nodiscard]] Result<model::Shape> shape(std::string_view text, const Catalog& catalog,
                                         Literals literals = Literals::by_text);

}  // namespace whet::sql
