// The shape of a statement, in the language of the snapshot's server.
#pragma once

#include <string>
#include <string_view>

#include "advise/facts.h"
#include "advise/mysql_facts.h"
#include "base/result.h"
#include "model/shape.h"
#include "sql/catalog.h"
#include "sql/shape.h"

namespace whet::advise {

/// The catalog of the snapshot; for MySQL, names without a database are looked for in the database
/// that the snapshot is from, then in all others.
[[nodiscard]] sql::Catalog statement_catalog(const Facts& facts);

/// `database`: MySQL: of names without one.
[[nodiscard]] Result<model::Shape> statement_shape(const Facts& facts, const sql::Catalog& catalog,
                                                   const std::string& statement,
                                                   std::string_view database,
                                                   sql::Literals literals);

}  // namespace whet::advise
