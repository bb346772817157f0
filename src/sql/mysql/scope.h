// Which relation and column a name means at a place of a statement. Only for this folder.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/schema.h"
#include "sql/mysql/ast.h"

namespace whet::sql::mysql {

/// A column of a relation of the shape.
struct At {
  std::size_t relation = 0;  ///< position in the shape
  std::string column;
};

/// A column of a derived table.
struct Output {
  std::string name;
  std::optional<std::size_t> relation;  ///< position in the shape, when it is a bare column
  std::string column;
  std::vector<At> also = {};  ///< of a UNION: the columns of the other branches
};

/// One item of a FROM clause.
struct Source {
  std::string alias;
  std::string schema;
  const model::Table* table = nullptr;
  std::optional<std::size_t> relation;  ///< position in the shape; absent for derived tables
  bool derived = false;                 ///< `outputs` are its columns
  bool opaque = false;                  ///< nobody knows its columns
  std::vector<Output> outputs;
};

/// A query block: what its names can mean.
struct Block {
  const Block* outer = nullptr;
  std::int64_t number = 0;
  std::vector<Source> sources;
  std::set<std::string> merged;  ///< in lower case, columns of USING and NATURAL
  std::vector<Common> common;    ///< WITH queries; without a query: it reads itself
  bool recursive = false;        ///< they may read themselves
};

/// What a column reference means.
struct Place {
  bool found = false;
  std::optional<std::size_t> relation;  ///< absent: a derived table's computed column
  std::string column;                   ///< empty: not told
  std::vector<At> also = {};
};

/// A WITH query and the block that has it: the position in its list.
struct CommonAt {
  const Block* block = nullptr;
  std::size_t position = 0;
};

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// {"db", "t", "c"}, {"t", "c"} or {"c"}.
[[nodiscard]] Place resolve(const Block& block, const std::vector<std::string>& path);
/// A column by its name alone, among the sources [first, last) of the block.
[[nodiscard]] Place find_column(const Block& block, std::size_t first, std::size_t last,
                                std::string_view name);
/// The source of that name in the block itself, or nullptr.
[[nodiscard]] const Source* find_source(const Block& block, std::string_view schema,
                                        std::string_view name);
/// The names of the source's columns; nothing when they are not known.
[[nodiscard]] std::optional<std::vector<std::string>> column_names(const Source& source);
[[nodiscard]] std::optional<CommonAt> find_common(const Block& block, std::string_view name);

}  // namespace whet::sql::mysql
