// What a MongoDB collection has beyond a table: documents without a fixed schema, and members that
// each count the use of their own indexes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

/// A BSON type among a path's values, and the part of the documents that have one there.
struct TypeShare {
  std::string type;  ///< as $type names it: "string", "objectId", "double"
  double share = 0;  ///< 0 to 1

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("type", s.type), v("share", s.share);
  }
};

/// MongoDB: what sampled documents have at one path. `ColumnStats::distinct` and the others are of
/// the values, those of array elements each by itself.
struct PathFacts {
  std::vector<TypeShare> types;  ///< by share, falling; "missing" is not among them
  double present = 0;            ///< part of the documents that have the path at all
  bool in_array = false;         ///< below an array of documents: an index on it is multikey
  bool array = false;            ///< some values are arrays
  double array_average = 0, array_p95 = 0, array_max = 0;  ///< elements of those arrays
  double value_average_bytes = 0;
  bool looks_like_date = false;    ///< strings that are dates
  bool looks_like_number = false;  ///< strings that are numbers
  bool looks_like_id = false;      ///< strings that are ObjectIds or UUIDs
  bool rises = false;              ///< values grow with _id or natural order

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("types", s.types), v("present", s.present), v("in_array", s.in_array), v("array", s.array);
    v("array_average", s.array_average), v("array_p95", s.array_p95), v("array_max", s.array_max);
    v("value_average_bytes", s.value_average_bytes), v("looks_like_date", s.looks_like_date);
    v("looks_like_number", s.looks_like_number), v("looks_like_id", s.looks_like_id);
    v("rises", s.rises);
  }
};

/// MongoDB: the documents that were sampled from a collection.
struct DocumentSample {
  std::int64_t documents = 0;
  std::int64_t paths_left_out = 0;  ///< beyond the limit of paths
  double average_bytes = 0, p95_bytes = 0, max_bytes = 0;
  double average_fields = 0, max_fields = 0, max_depth = 0;
  double name_bytes = 0;  ///< field names in an average document

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("documents", s.documents), v("paths_left_out", s.paths_left_out);
    v("average_bytes", s.average_bytes), v("p95_bytes", s.p95_bytes), v("max_bytes", s.max_bytes);
    v("average_fields", s.average_fields), v("max_fields", s.max_fields);
    v("max_depth", s.max_depth), v("name_bytes", s.name_bytes);
  }
};

/// MongoDB: how often one member of a replica set, or shard, used an index. Each counts by itself.
struct MemberUse {
  std::string member;  ///< host:port
  std::int64_t scans = 0;
  double age_seconds = 0;  ///< since it counts

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("member", s.member), v("scans", s.scans), v("age_seconds", s.age_seconds);
  }
};

}  // namespace whet::model
