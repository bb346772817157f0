// What the index checks share: the changes that make, drop and rebuild an index, and lookups.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "advise/build.h"
#include "advise/facts.h"
#include "advise/index/algebra.h"
#include "advise/naming.h"
#include "model/plan.h"

namespace whet::advise {

/// The key parts as CREATE INDEX takes them.
[[nodiscard]] std::string sql_key(const model::Index& index);

[[nodiscard]] Ties ties_of(const Facts& facts, const model::Table& table);

/// Rows inserted, updated and deleted since the counters were reset, partitions included.
[[nodiscard]] std::int64_t writes_of(const Facts& facts, const model::Table& table);
/// Scans of the table of any kind since the counters were reset, partitions included.
[[nodiscard]] std::int64_t scans_of(const Facts& facts, const model::Table& table);
[[nodiscard]] std::int64_t deletes_of(const Facts& facts, const model::Table& table);
/// The table's rows, partitions included.
[[nodiscard]] double rows_of(const Facts& facts, const model::Table& table);
/// Heap and TOAST bytes, partitions included.
[[nodiscard]] double data_bytes_of(const Facts& facts, const model::Table& table);

/// Figures of an index; of a partitioned one, summed over its partitions' parts.
struct IndexUse {
  std::int64_t scans = 0;
  double size_bytes = 0;
  std::optional<double> last_scan_age_seconds;  ///< the youngest; 16+
};
[[nodiscard]] IndexUse use_of(const Facts& facts, const model::Table& table,
                              const model::Index& index);

/// Somebody may use an index where we cannot see it: replicas count their own scans. Empty when the
/// counters tell the whole story; else the reason for only watching.
[[nodiscard]] std::string unseen_use(const Facts& facts);

/// DROP INDEX CONCURRENTLY, with the whole index, so that it can be made again. An index of a
/// partitioned table can only be dropped with an exclusive lock: that one is left to a person.
[[nodiscard]] model::Change drop_index(const model::Table& table, const model::Index& index,
                                       std::string_view reason);
[[nodiscard]] model::Change rebuild_index(const model::Table& table, const model::Index& index,
                                          std::string_view reason);

/// CREATE INDEX CONCURRENTLY of any index, which has its name already. `bytes`: its expected size.
/// A partitioned table's is left to a person: it cannot be built without stopping writes.
[[nodiscard]] model::Change create_index(const model::Table& table, const model::Index& index,
                                         double bytes, std::string_view reason);
/// All that follows the table's name in CREATE INDEX: "(a) INCLUDE (b) WHERE c IS NULL", "USING gin
/// (tags)".
[[nodiscard]] std::string sql_definition(const model::Index& index);
/// Words for an index's name: lower(email) gives lower_email.
[[nodiscard]] std::vector<std::string> name_parts(const model::Index& index);

/// Names for new indexes. Reads the relations of a schema once, and gives no name out twice.
class FreeNames {
 public:
  explicit FreeNames(const Facts& facts) : facts_(&facts) {}
  /// "<table>_<columns>_idx", at most 63 bytes (PostgreSQL's NAMEDATALEN - 1), free in the schema.
  [[nodiscard]] std::string next(const model::Table& table,
                                 const std::vector<std::string>& columns);

 private:
  const Facts* facts_;
  std::map<std::string, std::set<std::string>> taken_;  ///< by schema
};

/// The table that a plan node reads, in O(1). nullptr when there is none, or when the plan does not
/// say the schema and several tables have the name.
class TableFinder {
 public:
  explicit TableFinder(const Facts& facts);
  [[nodiscard]] const model::Table* table(const model::PlanNode& node) const;

 private:
  const Facts* facts_;
  std::unordered_map<std::string_view, const model::Table*> by_name_;  ///< nullptr: ambiguous
};

/// What a new B-tree on these columns would take, and how that was reckoned.
struct SizeEstimate {
  double bytes = 0;
  std::string arithmetic;
};
[[nodiscard]] SizeEstimate btree_size(const Facts& facts, const model::Table& table,
                                      const std::vector<std::string>& columns);

/// CREATE INDEX CONCURRENTLY of a plain B-tree. A partitioned table's is left to a person.
[[nodiscard]] model::Change create_btree(const Facts& facts, FreeNames& names,
                                         const model::Table& table,
                                         const std::vector<std::string>& columns,
                                         std::string_view reason);

/// Calls `visit` for every node of the plan.
void for_each_node(const model::PlanNode& node,
                   const std::function<void(const model::PlanNode&)>& visit);

/// Statements other than Whet's own; nested ones are counted in their callers and left out.
[[nodiscard]] std::vector<const model::Statement*> top_statements(const Facts& facts);

/// Whether `name` occurs in `text` as a whole word.
[[nodiscard]] bool mentions(std::string_view text, std::string_view name);

}  // namespace whet::advise
