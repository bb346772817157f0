// Planner statistics whole: the slots of pg_statistic, extended statistics.
#include "base/text.h"
#include "engine/postgres/planner_facts.h"

namespace whet::engine::postgres {

std::optional<Rows> read_values(Collector& c, const std::string& what, const std::string& sql,
                                const std::string& remedy) {
  if (!c.read_if_possible("BEGIN READ ONLY")) return std::nullopt;
  c.read_if_possible(canonical_text);
  auto rows = c.read(what, sql, {}, remedy);
  c.read_if_possible("ROLLBACK");
  return rows;
}

namespace {

constexpr int slots = 5;

/// SQL: the element type of an array of unknown type, from its binary form.
std::string element_type(const std::string& array) {
  return "('x' || encode(substr(array_send(" + array + "), 9, 4), 'hex'))::bit(32)::int8::oid";
}

/// SQL: the 5 times 6 columns of the slots of a row `s`. Values of common values and histograms
/// are of the column's type (`own_type`: say so, and leave it out); the others name theirs.
std::string slot_columns(bool own_type) {
  std::string sql;
  for (int i = 1; i <= slots; ++i) {
    const std::string n = std::to_string(i);
    const std::string values = "s.stavalues" + n;
    std::string wanted = values + " IS NOT NULL";
    if (own_type) wanted += " AND s.stakind" + n + " NOT IN (1, 2)";
    sql += ", s.stakind" + n + ", CASE WHEN s.staop" + n + " <> 0 THEN s.staop" + n +
           "::regoperator::text END, CASE WHEN s.stacoll" + n + " <> 0 THEN s.stacoll" + n +
           "::regcollation::text END, CASE WHEN " + wanted + " THEN format_type(" +
           element_type(values) + ", NULL) END, s.stanumbers" + n + "::text, " + values + "::text";
  }
  return sql;
}

model::PlannerStatistic read_statistic(Row& row) {
  model::PlannerStatistic statistic;
  statistic.relation = row.integer();
  statistic.position = row.integer();
  statistic.inherited = row.flag();
  statistic.null_fraction = row.number();
  statistic.width = row.integer();
  statistic.distinct = row.number();
  for (int i = 0; i < slots; ++i) {
    model::StatisticSlot slot;
    slot.kind = row.integer();
    for (std::string* member :
         {&slot.comparison, &slot.collation, &slot.type, &slot.numbers, &slot.values})
      *member = row.text();
    statistic.slots.push_back(std::move(slot));
  }
  while (!statistic.slots.empty() && statistic.slots.back().kind == 0) statistic.slots.pop_back();
  return statistic;
}

void keep(Collector& c, const std::optional<Rows>& rows) {
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    c.snapshot.planner->statistics.push_back(read_statistic(row));
  }
}

std::string statistics_of(const std::string& relkinds, bool own_type) {
  return "SELECT s.starelid, s.staattnum, s.stainherit, s.stanullfrac, s.stawidth, s.stadistinct" +
         slot_columns(own_type) +
         " FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid "
         "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN (" +
         relkinds + ") AND " + user_namespace("n");
}

/// SQL: the slots as pg_stats shows them, for whoever may not read pg_statistic. The operators are
/// those that ANALYZE takes: of the type's default B-tree class.
constexpr const char* from_views = R"(
    SELECT a.attrelid, a.attnum, s.inherited, s.null_frac, s.avg_width, s.n_distinct,
           CASE WHEN s.most_common_vals IS NOT NULL THEN 1 ELSE 0 END, o.eq, l.name, NULL,
           s.most_common_freqs::text, s.most_common_vals::text,
           CASE WHEN s.histogram_bounds IS NOT NULL THEN 2 ELSE 0 END, o.lt, l.name, NULL, NULL,
           s.histogram_bounds::text,
           CASE WHEN s.correlation IS NOT NULL THEN 3 ELSE 0 END, o.lt, l.name, NULL,
           '{' || s.correlation || '}', NULL,
           CASE WHEN s.most_common_elems IS NOT NULL THEN 4 ELSE 0 END, e.eq, l.name,
           CASE WHEN t.typname = 'tsvector' THEN 'text' ELSE format_type(t.typelem, NULL) END,
           s.most_common_elem_freqs::text, s.most_common_elems::text,
           CASE WHEN s.elem_count_histogram IS NOT NULL THEN 5 ELSE 0 END, e.eq, l.name, NULL,
           s.elem_count_histogram::text, NULL
    FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    JOIN pg_type d ON d.oid = a.atttypid
    JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
    LEFT JOIN LATERAL (SELECT format('%s.%I', r.collnamespace::regnamespace, r.collname) AS name
                       FROM pg_collation r WHERE r.oid = a.attcollation) l ON true
    LEFT JOIN operators o ON o.type = CASE WHEN t.typtype = 'e' THEN 'anyenum'::regtype
        WHEN t.typtype = 'r' THEN 'anyrange'::regtype WHEN t.typname = 'varchar' THEN 'text'::regtype
        WHEN t.typlen = -1 AND t.typelem <> 0 AND t.typcategory = 'A' THEN 'anyarray'::regtype
        WHEN t.typtype = 'c' THEN 'record'::regtype ELSE t.oid END
    LEFT JOIN operators e ON e.type = CASE WHEN t.typname = 'tsvector' THEN 'text'::regtype
        WHEN t.typelem = 'varchar'::regtype THEN 'text'::regtype ELSE t.typelem END)";

constexpr const char* with_operators = R"(
    WITH operators AS (
      SELECT o.opcintype AS type,
             max(CASE WHEN p.amopstrategy = 1 THEN p.amopopr::regoperator::text END) AS lt,
             max(CASE WHEN p.amopstrategy = 3 THEN p.amopopr::regoperator::text END) AS eq
      FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
      JOIN pg_amop p ON p.amopfamily = o.opcfamily AND p.amoplefttype = o.opcintype
                    AND p.amoprighttype = o.opcintype
      WHERE o.opcdefault GROUP BY 1))";

bool may_read(Collector& c, const std::string& catalog) {
  const auto rows =
      c.read_if_possible("SELECT has_table_privilege('pg_catalog." + catalog + "', 'SELECT')");
  return rows && !rows->empty() && Row(*rows, 0).flag();
}

/// Not pg_read_all_data, which would show password hashes too.
std::string grant(Collector& c) {
  return "GRANT SELECT ON pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data TO " + c.role +
         ";";
}

std::vector<model::PlannerStatistic> expressions_of(Collector& c, std::int64_t id, bool inherited) {
  std::vector<model::PlannerStatistic> out;
  const std::string which =
      c.since(150000, inherited ? " AND x.stxdinherit" : " AND NOT x.stxdinherit", "");
  const auto rows = read_values(
      c, "statistics of expressions",
      "SELECT s.starelid, s.place, s.stainherit, s.stanullfrac, s.stawidth, s.stadistinct" +
          slot_columns(false) +
          " FROM pg_statistic_ext_data x, unnest(x.stxdexpr) WITH ORDINALITY AS "
          "s(starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct, "
          "stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, "
          "staop5, stacoll1, stacoll2, stacoll3, stacoll4, stacoll5, stanumbers1, stanumbers2, "
          "stanumbers3, stanumbers4, stanumbers5, stavalues1, stavalues2, stavalues3, stavalues4, "
          "stavalues5, place) WHERE x.stxoid = " +
          std::to_string(id) + which + " AND s.stanullfrac IS NOT NULL ORDER BY s.place");
  if (!rows) return out;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    out.push_back(read_statistic(row));
  }
  return out;
}

}  // namespace

void collect_planner_statistics(Collector& c) {
  if (may_read(c, "pg_statistic")) {
    keep(c, read_values(c, "planner statistics", statistics_of("'r', 'm', 'p'", true)));
    keep(c, read_values(c, "planner statistics of index expressions",
                        statistics_of("'i', 'I'", false)));
    return;
  }
  keep(c, read_values(c, "planner statistics",
                      with_operators + std::string(from_views) + " WHERE " + user_namespace("n")));
  c.note("planner statistics of index expressions, ranges and tables that the role may not read",
         "The role may not read pg_statistic; what pg_stats shows was taken.", grant(c));
}

void collect_extended_statistics_data(Collector& c) {
  const std::string inherited = c.since(150000, "x.stxdinherit", "false");
  const std::string has_expressions = c.since(140000, "x.stxdexpr IS NOT NULL", "false");
  const bool readable = may_read(c, "pg_statistic_ext_data");
  const std::string data =
      readable ? ", encode(x.stxdndistinct::bytea, 'hex'), encode(x.stxddependencies::bytea, "
                 "'hex'), encode(x.stxdmcv::bytea, 'hex'), " +
                     has_expressions + ", " + inherited
               : ", NULL, NULL, NULL, false, false";
  const auto rows =
      c.read("extended statistics for the planner",
             "SELECT s.oid, n.nspname, s.stxname, pg_get_statisticsobjdef(s.oid)" + data +
                 " FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace" +
                 (readable ? " LEFT JOIN pg_statistic_ext_data x ON x.stxoid = s.oid" : "") +
                 " ORDER BY s.oid");
  if (!rows) return;
  std::int64_t last = 0;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t id = row.integer();
    model::PlannerExtendedStatistic statistic{row.text(), row.text(), row.text(), {}};
    model::ExtendedStatisticData one;
    one.ndistinct = row.text();
    one.dependencies = row.text();
    one.common_values = row.text();
    const bool expressions = row.flag();
    one.inherited = row.flag();
    if (expressions) one.expressions = expressions_of(c, id, one.inherited);
    if (id != last) c.snapshot.planner->extended.push_back(std::move(statistic));
    last = id;
    c.snapshot.planner->extended.back().data.push_back(std::move(one));
  }
  if (!readable && !rows->empty()) {
    c.note("what ANALYZE computed for extended statistics",
           "The role may not read pg_statistic_ext_data.", grant(c));
  }
}

}  // namespace whet::engine::postgres
