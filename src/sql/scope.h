// Which relation and column a name means at a place of a statement. Only for this folder.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/schema.h"

namespace whet::sql {

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
  std::string schema;  ///< as written
  const model::Table* table = nullptr;
  std::optional<std::size_t> relation;  ///< position in the shape; absent for derived tables
  bool derived = false;                 ///< `outputs` are its columns
  bool opaque = false;                  ///< nobody knows its columns
  std::vector<Output> outputs;
};

/// A WITH query.
struct CommonTable {
  std::string name;
  bool opaque = false;
  std::vector<Output> outputs;
};

/// A query block: what its names can mean.
struct Block {
  const Block* outer = nullptr;
  std::int64_t number = 0;
  std::vector<Source> sources;
  std::set<std::string> merged;  ///< columns of USING and NATURAL: the left one stands for both
  std::vector<CommonTable> common;

  [[nodiscard]] const CommonTable* common_table(std::string_view name) const;
};

/// What a column reference means.
struct Place {
  bool found = false;
  std::optional<std::size_t> relation;  ///< absent: a derived table's computed column
  std::string column;                   ///< empty: the whole row
  std::vector<At> also = {};            ///< of a UNION: the columns of the other branches
};

[[nodiscard]] Place resolve(const Block& block, json::View column_ref);
/// A column by its name alone, among the sources [first, last) of the block.
[[nodiscard]] Place find_column(const Block& block, std::size_t first, std::size_t last,
                                std::string_view name);
/// The names of the source's columns; nothing when they are not known.
[[nodiscard]] std::optional<std::vector<std::string>> column_names(const Source& source);

}  // namespace whet::sql
