// MongoDB's commands as sql/dialect asks about them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/shape.h"
#include "model/workload.h"
#include "sql/catalog.h"
#include "sql/parameters.h"

namespace whet::sql::mongodb {

/// `database`: of the collection, where the text does not tell. Views of the catalog become the
/// collections below them; what is a view still, in a $lookup, is opaque.
[[nodiscard]] Result<model::Shape> shape_of(std::string_view text, const Catalog& catalog,
                                            std::string_view database);
[[nodiscard]] Result<std::vector<ParameterUse>> parameters_of(std::string_view text,
                                                              std::string_view database);
/// Why it may not run again; empty: it may.
[[nodiscard]] std::string obstacle_to_replay(std::string_view text);
[[nodiscard]] model::StatementKind kind_of(std::string_view text);
/// The text itself where it is no command.
[[nodiscard]] std::string normalize(std::string_view text);
[[nodiscard]] std::string fingerprint(std::string_view text);
/// As mongosh writes a string.
[[nodiscard]] std::string quote_literal(std::string_view text);

}  // namespace whet::sql::mongodb
