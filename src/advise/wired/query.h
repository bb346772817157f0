// A command as MongoDB's planner sees it: the conditions with their values, the sort, the limit,
// and what of the documents is wanted. Values may be placeholders: then nothing is known of them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "mql/command.h"
#include "mql/value.h"

namespace whet::advise::wired {

enum class Op : std::uint8_t {
  equal,  ///< also with null
  in,
  less,
  less_equal,
  greater,
  greater_equal,
  prefix,   ///< a regular expression that begins with ^ and a literal text
  regex,    ///< any other
  exists,   ///< $exists: true
  missing,  ///< $exists: false
  not_equal,
  not_in,
  type,
  within,  ///< $geoWithin, $geoIntersects
  near,    ///< $near, $nearSphere, $geoNear
  text,
  other,  ///< $size, $mod, $not, $expr of two fields, ...: no bounds come from it
};

struct Condition {
  std::string path;
  Op op = Op::equal;
  std::vector<mql::Value> values;  ///< one, but for in and not_in
  std::int64_t element = 0;        ///< conditions of one $elemMatch have the same number

  [[nodiscard]] bool is_point() const { return op == Op::equal || op == Op::in; }
  [[nodiscard]] bool is_range() const {
    return op == Op::less || op == Op::less_equal || op == Op::greater || op == Op::greater_equal;
  }
  /// Documents without the path may match.
  [[nodiscard]] bool takes_missing() const;
};

/// Conditions that must all hold.
struct Filter {
  std::vector<Condition> conditions;
  std::vector<std::vector<Filter>> alternatives;  ///< each an $or

  [[nodiscard]] bool empty() const { return conditions.empty() && alternatives.empty(); }
};

struct SortKey {
  std::string path;
  bool descending = false;
};

enum class Verb : std::uint8_t { find, count, distinct, update, remove };

/// One reading of a collection.
struct Read {
  std::string database, collection;
  Verb verb = Verb::find;
  Filter filter;
  std::vector<SortKey> sort;
  std::optional<double> limit;  ///< with what is skipped
  bool whole = true;            ///< whole documents are wanted; else only:
  std::set<std::string> needed;
  std::string distinct_path;  ///< of distinct, and of a $group by one path that wants nothing else
  std::string collation;      ///< canonical; empty: the collection's
  std::string hint;           ///< a name, or a key as canonical JSON

  [[nodiscard]] bool unknown_limit() const { return limit && *limit < 0; }
};

/// Another collection that is searched for each document of the first read.
struct Lookup {
  std::string collection;
  std::string path;  ///< of the other collection; empty: the pipeline says
  Filter filter;     ///< of its pipeline
  bool graph = false;
};

struct Query {
  std::vector<Read> reads;  ///< the collection's, then each $unionWith's
  std::vector<Lookup> lookups;
  bool writes = false;
};

/// ErrorKind::invalid for what reads no collection.
[[nodiscard]] Result<Query> query_of(const mql::Command& command);

/// A filter document alone: of a partial index.
[[nodiscard]] Filter filter_of(const mql::Value& document);

}  // namespace whet::advise::wired
