// Namespaces, sequences, views, functions, extended statistics.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

void collect_namespaces(Collector& c) {
  const auto rows = c.read("schemas", R"(
    SELECT n.nspname, pg_get_userbyid(n.nspowner), has_schema_privilege('public', n.oid, 'CREATE')
    FROM pg_namespace n WHERE )" + user_namespace("n") +
                                          R"( AND n.nspname NOT LIKE 'pg\_temp\_%'
    ORDER BY n.nspname)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Namespace space;
    space.name = row.text();
    space.owner = row.text();
    space.public_create = row.flag();
    c.snapshot.schema.namespaces.push_back(std::move(space));
  }
}

void collect_sequences(Collector& c) {
  // The last value is data of the sequence: it needs SELECT or USAGE on it.
  const auto rows = c.read("sequences", R"(
    SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL),
           CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') AND c.relpersistence <> 't'
                THEN pg_sequence_last_value(c.oid) END,
           s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, d.refobjid, a.attname
    FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
                         AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                         AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE )" + user_namespace("n") + " ORDER BY 1, 2");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Sequence sequence;
    sequence.schema = row.text();
    sequence.name = row.text();
    sequence.type = row.text();
    sequence.last_value = row.maybe_integer();
    sequence.start = row.integer();
    sequence.increment = row.integer();
    sequence.minimum = row.integer();
    sequence.maximum = row.integer();
    sequence.cycles = row.flag();
    sequence.owner_table = row.integer();
    sequence.owner_column = row.text();
    c.snapshot.schema.sequences.push_back(std::move(sequence));
  }
}

void collect_views(Collector& c) {
  const auto rows = c.read("views", R"(
    SELECT c.oid, n.nspname, c.relname,
           ARRAY(SELECT DISTINCT d.refobjid FROM pg_rewrite r
                 JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                 WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass
                   AND d.refobjid <> c.oid ORDER BY 1),
           coalesce(array_to_string(c.reloptions, ',') ~ 'security_invoker=(true|on)', false),
           (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
              AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND )" + user_namespace("n") +
                                        " ORDER BY 2, 3");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::View view;
    view.id = row.integer();
    view.schema = row.text();
    view.name = row.text();
    for (const auto& id : row.array()) view.uses.push_back(text::to_int(id).value_or(0));
    view.security_invoker = row.flag();
    view.extension = row.text();
    c.snapshot.schema.views.push_back(std::move(view));
  }
}

// Printing a view takes a short lock on all that it reads: not where somebody holds an exclusive
// one.
void collect_view_definitions(Collector& c) {
  const auto rows = c.read("view definitions", R"(
    WITH locked AS (
      SELECT DISTINCT relation FROM pg_locks
      WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    SELECT c.oid, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND c.oid NOT IN (SELECT relation FROM locked)
      AND NOT EXISTS (SELECT 1 FROM pg_rewrite r
                      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                      WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass
                        AND d.refobjid IN (SELECT relation FROM locked))
      AND NOT EXISTS (SELECT 1 FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
      AND )" + user_namespace("n"));
  if (!rows) return;
  std::unordered_map<std::int64_t, model::View*> views;
  for (model::View& view : c.snapshot.schema.views) views[view.id] = &view;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    if (const auto at = views.find(row.integer()); at != views.end())
      at->second->definition = row.text();
  }
}

void collect_functions(Collector& c) {
  // Security definer ones, those that triggers call, and immutable ones.
  const auto rows = c.read("functions", R"(
    SELECT n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), l.lanname,
           CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
           CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
           (SELECT t.typname FROM pg_type t WHERE t.oid = p.prorettype), p.prosecdef,
           EXISTS (SELECT 1 FROM unnest(p.proconfig) s WHERE s LIKE 'search\_path=%'),
           has_function_privilege('public', p.oid, 'EXECUTE'),
           (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
              AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1)
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE )" + user_namespace("n") + R"(
      AND (p.prosecdef OR p.oid IN (SELECT t.tgfoid FROM pg_trigger t WHERE NOT t.tgisinternal)
           OR (p.prokind = 'f' AND NOT p.proretset
               AND p.proname IN (SELECT x.proname FROM pg_proc x WHERE x.provolatile = 'i'
                                   AND x.pronamespace = p.pronamespace)
               AND NOT EXISTS (SELECT 1 FROM pg_depend d
                               WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                 AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')))
    ORDER BY 1, 2, 3)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Function function;
    function.schema = row.text();
    function.name = row.text();
    function.arguments = row.text();
    function.language = row.text();
    function.volatility = row.text();
    function.parallel = row.text();
    function.result = row.text();
    function.security_definer = row.flag();
    function.search_path_set = row.flag();
    function.public_execute = row.flag();
    function.extension = row.text();
    c.snapshot.schema.functions.push_back(std::move(function));
  }
}

std::string kind_name(std::string_view code) {
  if (code == "d") return "ndistinct";
  if (code == "f") return "dependencies";
  return code == "m" ? "mcv" : "expressions";
}

/// {"1, 2": 33178, "1, 4": 5}: attribute numbers and how many combinations they have. Those with
/// an expression (a negative number) are left out.
std::vector<model::DistinctCount> distinct_counts(const Collector& c, const model::Table& table,
                                                  std::string_view text) {
  std::vector<model::DistinctCount> counts;
  for (const auto& entry : text::split(text, '"')) {
    if (!entry.empty() && entry.front() == ':' && !counts.empty()) {
      const auto number =
          text::trim(std::string_view(entry).substr(1, entry.find_first_of(",}") - 1));
      counts.back().count = text::to_double(number).value_or(0);
      continue;
    }
    model::DistinctCount count;
    for (const auto& position : text::split(entry, ',')) {
      const auto number = text::to_int(text::trim(position));
      if (number && *number > 0)
        count.columns.push_back(c.column_name(table, *number));
      else
        count.columns.emplace_back();
    }
    counts.push_back(std::move(count));
  }
  std::erase_if(counts, [](const model::DistinctCount& count) {
    return count.count <= 0 ||
           std::find(count.columns.begin(), count.columns.end(), "") != count.columns.end();
  });
  return counts;
}

void collect_extended_statistics(Collector& c) {
  // What ANALYZE has filled in is visible to those who may read the columns only.
  const auto rows = c.read("extended statistics", R"(
    SELECT n.nspname, s.stxname, s.stxrelid, s.stxkeys::text, s.stxkind,
           EXISTS (SELECT 1 FROM pg_stats_ext x
                   WHERE x.statistics_schemaname = n.nspname AND x.statistics_name = s.stxname
                     AND (x.n_distinct IS NOT NULL OR x.dependencies IS NOT NULL
                          OR x.most_common_vals IS NOT NULL)),
           (SELECT x.n_distinct::text FROM pg_stats_ext x
            WHERE x.statistics_schemaname = n.nspname AND x.statistics_name = s.stxname
              AND x.n_distinct IS NOT NULL LIMIT 1)
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace ORDER BY 1, 2)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::ExtendedStatistics statistics;
    statistics.schema = row.text();
    statistics.name = row.text();
    statistics.table = row.integer();
    const auto* table = c.table(statistics.table);
    for (const auto& position : text::split(row.view(), ' ')) {
      const auto number = text::to_int(position);
      if (table != nullptr && number) statistics.columns.push_back(c.column_name(*table, *number));
    }
    for (const auto& code : row.array()) statistics.kinds.push_back(kind_name(code));
    statistics.built = row.flag();
    if (table != nullptr) statistics.distinct = distinct_counts(c, *table, row.view());
    c.snapshot.schema.extended_statistics.push_back(std::move(statistics));
  }
}

}  // namespace

void collect_other_objects(Collector& c) {
  collect_namespaces(c);
  collect_sequences(c);
  collect_views(c);
  collect_view_definitions(c);
  collect_functions(c);
  collect_extended_statistics(c);
}

}  // namespace whet::engine::postgres
