// Plans without running anything.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/postgres/connection.h"
#include "model/plan.h"

namespace whet::engine::postgres {

/// While it lives, names are resolved as the role's and the database's own search_path says; the
/// reader's own is pg_catalog only.
class DefaultSearchPath {
 public:
  explicit DefaultSearchPath(Connection& connection);
  DefaultSearchPath(const DefaultSearchPath&) = delete;
  DefaultSearchPath& operator=(const DefaultSearchPath&) = delete;
  ~DefaultSearchPath();

 private:
  Connection& connection_;
};

/// The plan of a read or write with $n parameters (or none) that holds for all their values.
/// Nothing is executed. Names are resolved by the session's search_path.
[[nodiscard]] Result<model::Plan> generic_plan(Connection& connection, const std::string& statement,
                                               const Progress* progress);

/// The plan of a complete statement. With `analyze` it runs, in a transaction that is rolled back.
[[nodiscard]] Result<model::Plan> explain_statement(Connection& connection,
                                                    const std::string& statement, bool analyze,
                                                    const Progress* progress);

/// The names of all indexes in a plan.
[[nodiscard]] std::set<std::string> index_names(const model::Plan& plan);

/// The highest n of the $n in a text; 0 when there is none.
[[nodiscard]] int highest_parameter(std::string_view statement);

/// "interval $1" is no SQL, but what is left of "interval '1 day'" in normalised text: it becomes
/// "$1::interval". The same for the date and time types.
[[nodiscard]] std::string with_castable_parameters(std::string_view statement);

}  // namespace whet::engine::postgres
