#include "advise/advisor/shapes.h"

#include "sql/dialect/dialect.h"

namespace whet::advise {

sql::Catalog statement_catalog(const Facts& facts) { return sql::catalog_of(facts.snapshot()); }

Result<model::Shape> statement_shape(const Facts& facts, const sql::Catalog& catalog,
                                     const std::string& statement, std::string_view database,
                                     sql::Literals literals) {
  return sql::shape_of(facts.snapshot(), catalog, statement, database, literals);
}

}  // namespace whet::advise
