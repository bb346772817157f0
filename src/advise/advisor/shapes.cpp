#include "advise/advisor/shapes.h"

#include <algorithm>
#include <vector>

#include "sql/mysql/shape.h"

namespace whet::advise {

sql::Catalog statement_catalog(const Facts& facts) {
  if (!is_mysql(facts)) return sql::catalog_of(facts.snapshot());
  std::vector<std::string> path;
  if (const model::Database* current = facts.server().current_database())
    path.push_back(current->name);
  for (const model::Table& table : facts.schema().tables) {
    if (std::find(path.begin(), path.end(), table.schema) == path.end())
      path.push_back(table.schema);
  }
  return {facts.schema(), std::move(path)};
}

Result<model::Shape> statement_shape(const Facts& facts, const sql::Catalog& catalog,
                                     const std::string& statement, std::string_view database,
                                     sql::Literals literals) {
  if (!is_mysql(facts)) return sql::shape(statement, catalog, literals);
  return sql::mysql::shape(statement, catalog, sql::mysql::mode_of(facts.server(), database),
                           literals);
}

}  // namespace whet::advise
