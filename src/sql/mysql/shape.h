// The shape of a statement of MySQL or MariaDB, from its text and the catalog.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/shape.h"
#include "sql/catalog.h"
#include "sql/mysql/mode.h"
#include "sql/parameters.h"
#include "sql/shape.h"

namespace whet::sql::mysql {

/// Of what clients write, of digests (their ? and ... are parameters, numbered from 1 in the order
/// of the text), and of resolved text. Names are resolved as the server does, columns whatever
/// their case; what the catalog does not know becomes an opaque relation. Conditions on the columns
/// of a derived table, view or WITH query count for the tables below it where the server merges it
/// or pushes them down. Keys have NULLs first when ascending, last when descending. Statements that
/// are not planned (DDL, SET) have no relations. ErrorKind::invalid for text that does not parse,
/// was cut off, or reads thousands of tables. O(length).
[[nodiscard]] Result<model::Shape> shape(std::string_view text, const Catalog& catalog,
                                         const Mode& mode, Literals literals = Literals::by_text);

/// What the parameters stand for, one for each ? and ..., in the order of the text.
[[nodiscard]] Result<std::vector<ParameterUse>> parameter_columns(std::string_view text,
                                                                  const Catalog& catalog,
                                                                  const Mode& mode);

struct UsedTable {
  std::string schema;  ///< as written, or the mode's database
  std::string name;
  bool written = false;
  friend bool operator==(const UsedTable&, const UsedTable&) = default;
};

/// The tables and views that a text names, without a catalog: in its order, each once for reading
/// and once for writing. ErrorKind::invalid as for shape().
[[nodiscard]] Result<std::vector<UsedTable>> used_tables(std::string_view text, const Mode& mode);

}  // namespace whet::sql::mysql
