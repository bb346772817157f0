// What a workload writes to each table, in rows an hour.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "advise/facts.h"

namespace whet::advise {

/// Updates that assign the same columns.
struct UpdateKind {
  std::set<std::string> columns;  ///< lower case
  double rows = 0;                ///< an hour
};

struct TableWrites {
  double inserts = 0, updates = 0, hot_updates = 0, deletes = 0;  ///< rows an hour
  std::vector<UpdateKind> kinds;  ///< as far as the statements tell; their sum may differ
  bool counted = false;           ///< by the table's counters; else by the statements alone
  bool heap_only_known = false;   ///< hot_updates means something
};

/// Reads the workload once; asking is O(statements that write the table).
class Writes {
 public:
  explicit Writes(const Facts& facts);

  /// The table's own counters over their age, and the columns that UPDATE statements on it or on
  /// its partitioned parents assign. Where the counters are zero, or were never reset so that their
  /// age is not known, the statements' rows stand in.
  [[nodiscard]] TableWrites of(const model::Table& table) const;

 private:
  void add_statements(const model::Table& table, TableWrites& out) const;

  const Facts& facts_;
  std::unordered_map<std::string, std::vector<const model::Statement*>> by_name_;
};

}  // namespace whet::advise
