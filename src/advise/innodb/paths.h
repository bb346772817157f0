// The ways to read one relation, priced as the server prices them and as they really run. Only for
// this folder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "advise/innodb/constants.h"
#include "advise/innodb/query.h"
#include "advise/innodb/sizes.h"

namespace whet::advise::innodb {

/// An index as a reader sees it: with the primary key's columns behind its own parts.
struct Key {
  const model::Index* index = nullptr;
  const model::Table* table = nullptr;
  std::vector<model::IndexPart> parts;
  std::size_t own = 0;           ///< parts of its definition
  std::vector<double> distinct;  ///< values of the first part, of the first two, ...
  std::vector<double> single;    ///< values of each part by itself
  double leaf_pages = 1;
  double entry_bytes = 20;
  bool primary = false, unique = false;
  bool search = false;                  ///< FULLTEXT or spatial: for its own operators only
  std::optional<std::size_t> position;  ///< among the switched indexes
  std::string name;                     ///< in the plan
};

[[nodiscard]] Key key_of(const Facts& facts, const Constants& constants, const model::Table& table,
                         const model::Index& index);

enum class Way : std::uint8_t {
  table_scan,
  index_scan,     ///< all of a covering index, or all of an index in its order
  range,          ///< one or more ranges of an index
  lookup,         ///< the rows of one key value (ref)
  unique_lookup,  ///< the one row (eq_ref, const)
  merge,          ///< several indexes, one for each alternative of an OR
  skip_scan,      ///< a range below each value of the first part
  distinct_scan,  ///< the first entry of each value (loose index scan)
  extreme,        ///< the first or last entry answers MIN or MAX
};

/// For one execution: a path in a join runs for each row before it.
struct Path {
  Way way = Way::table_scan;
  const Key* key = nullptr;
  std::vector<const Key*> merged;  ///< Way::merge
  std::size_t used_parts = 0;      ///< key parts that find the place
  std::size_t fixed_parts = 0;     ///< of these, those that are equal to one value
  bool joined = false;             ///< a used part comes from another relation
  double examined = 0;             ///< entries or rows read
  double believed = 0;             ///< the same as the server estimates it
  double fetched = 0;              ///< rows read from the table after the index
  bool covering = false;
  double price = 0;  ///< the server's, with the rows' evaluation
  double work = 0;   ///< microseconds
};

/// Columns of the relation that have one value when it is read: from relations before it.
using Bound = std::set<std::string>;

class Paths {
 public:
  Paths(const Constants& constants, const Relation& relation, const std::vector<const Key*>& keys)
      : constants_(constants), relation_(relation), keys_(keys) {}

  /// What the server takes: the cheapest by its own price. With `repeated`, each is for one of many
  /// executions, in which scans are not considered unless nothing else is there.
  [[nodiscard]] Path best(const Bound& bound) const;
  /// The cheapest that uses none of `bound`.
  [[nodiscard]] Path alone() const { return best({}); }
  /// Reads the relation in the order of the key parts, as far as an index gives it; `next` of those
  /// parts' columns come behind the parts that have one value.
  [[nodiscard]] std::vector<Path> ordered(const std::vector<model::ShapeKey>& order,
                                          const Bound& bound) const;
  /// MIN or MAX by one look, DISTINCT by one look for each value.
  [[nodiscard]] std::optional<Path> shortcut() const;
  [[nodiscard]] Path table_scan() const;
  /// Whether the path delivers rows in this order.
  [[nodiscard]] bool gives(const Path& path, const std::vector<model::ShapeKey>& order,
                           bool any_direction) const;
  [[nodiscard]] double pages() const;
  /// Part of the rows that the server expects to pass: where an index begins with the column it
  /// looks into the index, elsewhere it believes histograms and guesses.
  [[nodiscard]] double believed() const;

 private:
  /// What the parts of a key that find the place leave.
  struct Reach {
    double part = 1, least = 1;  ///< of the rows; the least of one condition alone
    double ranges = 1;
    bool several = false, ranged = false, joined = false;
  };
  [[nodiscard]] bool use_part(const model::IndexPart& part, double own_values, const Bound& bound,
                              Reach& reach) const;
  [[nodiscard]] double together(const Key& key, std::size_t parts, const Reach& reach) const;
  [[nodiscard]] std::optional<Path> by_key(const Key& key, const Bound& bound) const;
  [[nodiscard]] std::optional<Path> scan_of(const Key& key, bool in_order) const;
  [[nodiscard]] std::optional<Path> skip(const Key& key) const;
  [[nodiscard]] std::optional<Path> merge() const;
  [[nodiscard]] std::optional<Path> arm(const Arm& arm) const;
  [[nodiscard]] bool covers(const Key& key) const;
  [[nodiscard]] const Condition* condition(const model::IndexPart& part) const;
  [[nodiscard]] double passes_in_index(const Key& key, std::size_t from) const;
  void charge(Path& path, double ranges) const;
  [[nodiscard]] double block_price() const;
  [[nodiscard]] double lookup_price(const Path& path) const;

  const Constants& constants_;
  const Relation& relation_;
  const std::vector<const Key*>& keys_;
};

}  // namespace whet::advise::innodb
