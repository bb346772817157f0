// What one statement needs from an index on one table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advise/candidates/reading.h"
#include "advise/facts.h"
#include "model/shape.h"
#include "sql/catalog.h"

namespace whet::advise {

/// A B-tree that begins with `equality` in any order, followed by `tail`, would serve it.
struct Need {
  const model::Statement* statement = nullptr;
  const model::Table* table = nullptr;
  std::vector<model::IndexPart> equality;
  std::vector<model::IndexPart> tail;  ///< a range column, or the sort keys
  std::string predicate;               ///< of a partial index; empty: none
  Reading reading;
  double rows_now = 0;       ///< read in one execution, an estimate
  double rows_with = 0;      ///< the same with the index
  double rows_returned = 0;  ///< by the statement, in one call
  std::string arithmetic;    ///< how rows_with came about
};

/// Tables below these are scanned fast enough (dexter and PgHero use similar floors), and a
/// statement that reads no more rows than that gains nothing worth an index.
inline constexpr double min_table_rows = 1000;
inline constexpr std::int64_t min_table_pages = 100;
/// An index must let a statement read at most a tenth of the rows: above that PostgreSQL often
/// prefers the scan, and rightly.
inline constexpr double min_row_ratio = 10;

/// The need of a relation of the statement's shape; nothing when no index would help, when one that
/// would is there, or when the statistics do not tell.
[[nodiscard]] std::optional<Need> need_of(const Facts& facts, const model::Statement& statement,
                                          const model::Shape& shape, std::size_t relation,
                                          const Readings& readings);

/// Whether an existing index serves the need.
[[nodiscard]] bool serves(const model::Index& index, const Need& need);

/// The same key part, whatever its direction.
[[nodiscard]] bool same_part(const model::IndexPart& a, const model::IndexPart& b);

}  // namespace whet::advise
