// What a planner knows beyond the schema of a snapshot: enough to plan as the target does,
// elsewhere and without its rows (the shadow).
//
// It holds row values (histograms, most common values, ends of indexes) and the text of views and
// functions, so it is collected only when asked for. Ids are the target's own, as in schema.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

/// One of the up to five statistics that PostgreSQL keeps of a column (pg_statistic.h): common
/// values, histogram, correlation, ...
struct StatisticSlot {
  std::int64_t kind = 0;   ///< stakindN; 0: this slot is empty
  std::string comparison;  ///< the operator with its types: "<(integer,integer)"
  std::string collation;
  std::string type;     ///< of the values, where they are not of the column's type
  std::string numbers;  ///< as the server prints the array: "{0.5,0.25}"
  std::string values;   ///< the same

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("kind", s.kind), v("comparison", s.comparison), v("collation", s.collation);
    v("type", s.type), v("numbers", s.numbers), v("values", s.values);
  }
};

/// A row of pg_statistic.
struct PlannerStatistic {
  std::int64_t relation = 0;  ///< the table, or the index for one of its expressions
  std::int64_t position = 0;  ///< of the column; for an extended statistic, of its expression
  bool inherited = false;     ///< of the whole tree below the table
  double null_fraction = 0;
  std::int64_t width = 0;
  double distinct = 0;
  std::vector<StatisticSlot> slots;  ///< in the server's order; trailing empty ones are left out

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("relation", s.relation), v("position", s.position), v("inherited", s.inherited);
    v("null_fraction", s.null_fraction), v("width", s.width), v("distinct", s.distinct);
    v("slots", s.slots);
  }
};

/// What ANALYZE computed for a CREATE STATISTICS. The three kinds are the server's own bytes, in
/// hexadecimal.
struct ExtendedStatisticData {
  bool inherited = false;
  std::string ndistinct, dependencies, common_values;
  std::vector<PlannerStatistic> expressions;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("inherited", s.inherited), v("ndistinct", s.ndistinct), v("dependencies", s.dependencies);
    v("common_values", s.common_values), v("expressions", s.expressions);
  }
};

struct PlannerExtendedStatistic {
  std::string schema, name;
  std::string definition;  ///< a CREATE STATISTICS statement
  std::vector<ExtendedStatisticData> data;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("name", s.name), v("definition", s.definition), v("data", s.data);
  }
};

/// What a GIN index says of itself in its first page.
struct GinCounts {
  std::int64_t pending_pages = 0, total_pages = 0, entry_pages = 0, data_pages = 0, entries = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("pending_pages", s.pending_pages), v("total_pages", s.total_pages);
    v("entry_pages", s.entry_pages), v("data_pages", s.data_pages), v("entries", s.entries);
  }
};

/// A table or an index: what the planner reads of its size.
struct PlannerRelation {
  std::int64_t id = 0;
  std::int64_t bytes = 0;  ///< of the main file
  std::int64_t pages = 0;  ///< as VACUUM and ANALYZE counted
  double rows = 0;         ///< the same; -1: never counted
  std::int64_t all_visible_pages = 0, all_frozen_pages = 0;
  std::optional<std::int64_t> height;  ///< B-tree: levels above the leaves; absent: not readable
  std::optional<GinCounts> gin;
  /// B-tree: the values of the columns of its first key in the row where that key is smallest and
  /// largest. The planner looks there for the true ends of a column.
  std::map<std::string, std::string> smallest, largest;
  std::vector<std::int64_t> parents;  ///< of a table, in order

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("bytes", s.bytes), v("pages", s.pages), v("rows", s.rows);
    v("all_visible_pages", s.all_visible_pages), v("all_frozen_pages", s.all_frozen_pages);
    v("height", s.height), v("gin", s.gin), v("smallest", s.smallest), v("largest", s.largest);
    v("parents", s.parents);
  }
};

enum class PlannerObjectKind : std::uint8_t { collation, type, constraint, function, view };
constexpr auto enum_names(PlannerObjectKind) {
  return Names<5>{"collation", "type", "constraint", "function", "view"};
}

/// Something that tables, indexes and queries may name. `constraint` is one of a domain.
struct PlannerObject {
  PlannerObjectKind kind = PlannerObjectKind::collation;
  std::int64_t id = 0;
  std::string schema, name;
  std::string definition;                      ///< the statement that makes it
  std::map<std::string, std::int64_t> labels;  ///< of an enum: ids, which statistics may hold

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("kind", s.kind), v("id", s.id), v("schema", s.schema), v("name", s.name);
    v("definition", s.definition), v("labels", s.labels);
  }
};

/// How the database compares text.
struct PlannerLocale {
  std::string encoding, collate, ctype;
  std::string provider;  ///< libc, icu, builtin
  std::string locale;    ///< of icu and builtin

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("encoding", s.encoding), v("collate", s.collate), v("ctype", s.ctype);
    v("provider", s.provider), v("locale", s.locale);
  }
};

struct PlannerFacts {
  PlannerLocale locale;
  std::vector<PlannerObject> objects;
  std::vector<PlannerRelation> relations;
  std::vector<PlannerStatistic> statistics;
  std::vector<PlannerExtendedStatistic> extended;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("locale", s.locale), v("objects", s.objects), v("relations", s.relations);
    v("statistics", s.statistics), v("extended", s.extended);
  }
};

}  // namespace whet::model
