// What a shadow needs beyond the schema: sizes as the planner reads them, and the definitions of
// what tables and queries may name. Statistics and the ends of indexes are in the neighbours.
#include "engine/postgres/planner_facts.h"

#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

using model::PlannerObjectKind;

/// SQL: the object of a catalog belongs to no extension, which brings its own objects.
std::string no_extension(const std::string& catalog, const std::string& id) {
  return "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = '" + catalog +
         "'::regclass AND d.objid = " + id +
         " AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')";
}

void read_objects(Collector& c, PlannerObjectKind kind, const std::string& what,
                  const std::string& sql) {
  const auto rows = c.read(what, sql);
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::PlannerObject object;
    object.kind = kind;
    object.id = row.integer();
    object.schema = row.text();
    object.name = row.text();
    object.definition = row.text();
    c.snapshot.planner->objects.push_back(std::move(object));
  }
}

void collect_locale(Collector& c) {
  const std::string provider = c.since(
      150000, "CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END",
      "'libc'");
  const std::string locale = c.since(170000, "datlocale", c.since(150000, "daticulocale", "NULL"));
  const auto rows =
      c.read("the database's locale",
             "SELECT pg_encoding_to_char(encoding), "
             "datcollate, datctype, " +
                 provider + ", " + locale + " FROM pg_database WHERE datname = current_database()");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  auto& into = c.snapshot.planner->locale;
  for (std::string* member :
       {&into.encoding, &into.collate, &into.ctype, &into.provider, &into.locale})
    *member = row.text();
}

void collect_collations(Collector& c) {
  const std::string locale =
      c.since(170000, "l.colllocale", c.since(150000, "l.colliculocale", "l.collcollate"));
  read_objects(c, PlannerObjectKind::collation, "collations",
               R"(
    SELECT l.oid, n.nspname, l.collname,
           format('CREATE COLLATION %I.%I (provider = %s, deterministic = %s, %s)', n.nspname,
                  l.collname,
                  CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
                  CASE WHEN l.collisdeterministic THEN 'true' ELSE 'false' END,
                  CASE WHEN l.collprovider = 'c'
                       THEN format('lc_collate = %L, lc_ctype = %L', l.collcollate, l.collctype)
                       ELSE format('locale = %L', )" +
                   locale + R"() END)
    FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
    WHERE )" + user_namespace("n") +
                   " AND " + no_extension("pg_collation", "l.oid") + " ORDER BY 2, 3");
}

/// SQL: " COLLATE schema.name" of an attribute or a domain whose type has another default.
std::string collation_clause(const std::string& id, const std::string& type) {
  return "coalesce((SELECT format(' COLLATE %I.%I', ln.nspname, l.collname) FROM pg_collation l "
         "JOIN pg_namespace ln ON ln.oid = l.collnamespace JOIN pg_type lt ON lt.oid = " +
         type + " WHERE l.oid = " + id + " AND l.oid <> lt.typcollation), '')";
}

void collect_types(Collector& c) {
  const std::string multirange =
      c.since(140000,
              "(SELECT format(', multirange_type_name = %s.%I', m.typnamespace::regnamespace, "
              "m.typname) FROM pg_type m WHERE m.oid = r.rngmultitypid)",
              "''");
  const std::string mine = user_namespace("n") + " AND " + no_extension("pg_type", "t.oid");
  read_objects(c, PlannerObjectKind::type, "types",
               R"(
    SELECT t.oid, n.nspname, t.typname,
           CASE t.typtype
             WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
               (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                FROM pg_enum e WHERE e.enumtypid = t.oid))
             WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s%s', n.nspname, t.typname,
               format_type(t.typbasetype, t.typtypmod), )" +
                   collation_clause("t.typcollation", "t.typbasetype") + R"()
             WHEN 'c' THEN format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
               (SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod), )" +
                   collation_clause("a.attcollation", "a.atttypid") + R"(), ', ' ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
                  AND NOT a.attisdropped))
             ELSE (SELECT format('CREATE TYPE %I.%I AS RANGE (subtype = %s, subtype_opclass = %s%s%s%s)',
                 n.nspname, t.typname, format_type(r.rngsubtype, NULL),
                 (SELECT format('%s.%I', o.opcnamespace::regnamespace, o.opcname) FROM pg_opclass o
                  WHERE o.oid = r.rngsubopc),
                 (SELECT format(', collation = %s.%I', l.collnamespace::regnamespace, l.collname)
                  FROM pg_collation l WHERE l.oid = r.rngcollation),
                 CASE WHEN r.rngsubdiff::oid <> 0 THEN format(', subtype_diff = %s', r.rngsubdiff) END,
                 )" +
                   multirange + R"()
               FROM pg_range r WHERE r.rngtypid = t.oid) END
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE )" + mine +
                   R"(
      AND (t.typtype IN ('e', 'd', 'r')
           OR (t.typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c'))
    ORDER BY t.oid)");
  // What extensions bring, and arrays: only their ids, which statistics may hold.
  read_objects(c, PlannerObjectKind::type, "ids of types",
               R"(
    SELECT t.oid, n.nspname, t.typname, NULL
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    WHERE t.typtype IN ('b', 'e', 'd', 'r', 'm') AND coalesce(e.typtype, 'b') <> 'c' AND )" +
                   user_namespace("n") + " AND NOT (t.typtype IN ('e', 'd', 'r') AND " +
                   no_extension("pg_type", "t.oid") + ") ORDER BY t.oid");
  // Of domains, apart: they are made last, since the ends of indexes come with rows full of NULLs.
  read_objects(c, PlannerObjectKind::constraint, "constraints of domains",
               R"(
    SELECT k.oid, n.nspname, t.typname,
           format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid
    JOIN pg_namespace n ON n.oid = t.typnamespace WHERE k.contype = 'c' AND )" +
                   mine + R"(
    UNION ALL SELECT t.oid, n.nspname, t.typname, 'NOT NULL'
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND t.typnotnull AND )" +
                   mine + " ORDER BY 1");
}

void collect_labels(Collector& c) {
  const auto rows = c.read("labels of enums", "SELECT enumtypid, oid, enumlabel FROM pg_enum");
  if (!rows) return;
  std::unordered_map<std::int64_t, model::PlannerObject*> types;
  for (auto& object : c.snapshot.planner->objects) {
    if (object.kind == PlannerObjectKind::type) types[object.id] = &object;
  }
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const auto at = types.find(row.integer());
    const std::int64_t id = row.integer();
    if (at != types.end()) at->second->labels[row.text()] = id;
  }
}

void collect_code(Collector& c) {
  read_objects(c, PlannerObjectKind::function, "functions' definitions",
               R"(
    SELECT p.oid, n.nspname, p.proname, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language g ON g.oid = p.prolang
    WHERE p.prokind = 'f' AND g.lanname IN ('sql', 'plpgsql')
      AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND )" +
                   user_namespace("n") + " AND " + no_extension("pg_proc", "p.oid") +
                   " ORDER BY p.oid");
  read_objects(c, PlannerObjectKind::view, "views' definitions",
               R"(
    SELECT v.oid, n.nspname, v.relname,
           format('CREATE VIEW %I.%I%s AS %s', n.nspname, v.relname,
                  ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid))
    FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
    WHERE v.relkind = 'v' AND )" +
                   user_namespace("n") + " AND " + no_extension("pg_class", "v.oid") +
                   " ORDER BY v.oid");
}

void collect_relations(Collector& c) {
  const std::string frozen = c.since(180000, "c.relallfrozen", "0");
  // Asking for the size of what somebody locks exclusively would wait.
  const auto rows = c.read("sizes for the planner", R"(
    WITH locked AS (
      SELECT relation FROM pg_locks
      WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    SELECT c.oid,
           CASE WHEN c.relkind IN ('p', 'I') THEN 0
                WHEN c.oid IN (SELECT relation FROM locked)
                THEN c.relpages * current_setting('block_size')::bigint
                ELSE pg_relation_size(c.oid) END,
           c.relpages, c.reltuples, c.relallvisible, )" +
                                                        frozen + R"(,
           ARRAY(SELECT h.inhparent FROM pg_inherits h
                 WHERE h.inhrelid = c.oid AND c.relkind IN ('r', 'p') ORDER BY h.inhseqno)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p', 'i', 'I') AND )" +
                                                        user_namespace("n") + " ORDER BY c.oid");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::PlannerRelation relation;
    relation.id = row.integer();
    relation.bytes = row.integer();
    relation.pages = row.integer();
    relation.rows = row.number();
    relation.all_visible_pages = row.integer();
    relation.all_frozen_pages = row.integer();
    for (const auto& id : row.array()) relation.parents.push_back(text::to_int(id).value_or(0));
    c.snapshot.planner->relations.push_back(std::move(relation));
  }
}

}  // namespace

void collect_planner_facts(Collector& c) {
  c.progress.report("reading what the planner knows", -1);
  c.snapshot.planner.emplace();
  collect_locale(c);
  collect_collations(c);
  collect_types(c);
  collect_labels(c);
  collect_code(c);
  collect_relations(c);
  collect_planner_statistics(c);
  collect_extended_statistics_data(c);
  collect_first_pages(c);
  collect_heights(c);
  collect_index_ends(c);
}

}  // namespace whet::engine::postgres
