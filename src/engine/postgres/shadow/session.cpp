#include "engine/postgres/shadow/session.h"

#include <array>

#include "base/json.h"
#include "base/text.h"
#include "engine/postgres/errors.h"
#include "sql/quote.h"

namespace whet::engine::postgres::shadow {

namespace {

constexpr std::array<const char*, 8> preparation{
    "ALTER DATABASE postgres OWNER TO whet", "ALTER SCHEMA public OWNER TO whet",
    "CREATE SCHEMA whet_shadow", "GRANT USAGE ON SCHEMA whet_shadow TO PUBLIC",
    R"(CREATE FUNCTION whet_shadow.run(statements json) RETURNS TABLE (place int, said text)
LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
  FOR one IN SELECT n, sql FROM json_array_elements_text(statements) WITH ORDINALITY AS s(sql, n) LOOP
    BEGIN
      EXECUTE one.sql;
    EXCEPTION WHEN OTHERS THEN
      place := one.n;
      said := SQLERRM;
      RETURN NEXT;
    END;
  END LOOP;
END $$)",
    R"(CREATE FUNCTION whet_shadow.switch_indexes(usable boolean, names text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE tree AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('i', 'I') AND n.nspname || '.' || c.relname = ANY(names)
    UNION SELECT h.inhrelid FROM tree JOIN pg_inherits h ON h.inhparent = tree.oid),
  switched AS (
    UPDATE pg_index SET indisvalid = usable
    WHERE indexrelid IN (SELECT oid FROM tree) AND indisvalid <> usable RETURNING 1)
  SELECT count(*) FROM switched $$)",
    // By id, and quick: asked before every plan of a search.
    R"(CREATE FUNCTION whet_shadow.switch_ids(shown oid[], hidden oid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE pg_index SET indisvalid = NOT indisvalid
  WHERE (indexrelid = ANY(shown) AND NOT indisvalid) OR (indexrelid = ANY(hidden) AND indisvalid)
$$)",
    R"(CREATE FUNCTION whet_shadow.keep_setting(name text, value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config(name, value, false);
  EXECUTE format('ALTER DATABASE postgres SET %I FROM CURRENT', name);
END $$)"};

/// The planner's settings, and those that change what literals mean.
constexpr std::array<std::string_view, 60> planner_settings{"backslash_quote",
                                                            "constraint_exclusion",
                                                            "cpu_index_tuple_cost",
                                                            "cpu_operator_cost",
                                                            "cpu_tuple_cost",
                                                            "cursor_tuple_fraction",
                                                            "DateStyle",
                                                            "debug_parallel_query",
                                                            "default_statistics_target",
                                                            "effective_cache_size",
                                                            "effective_io_concurrency",
                                                            "enable_async_append",
                                                            "enable_bitmapscan",
                                                            "enable_distinct_reordering",
                                                            "enable_gathermerge",
                                                            "enable_group_by_reordering",
                                                            "enable_hashagg",
                                                            "enable_hashjoin",
                                                            "enable_incremental_sort",
                                                            "enable_indexonlyscan",
                                                            "enable_indexscan",
                                                            "enable_material",
                                                            "enable_memoize",
                                                            "enable_mergejoin",
                                                            "enable_nestloop",
                                                            "enable_parallel_append",
                                                            "enable_parallel_hash",
                                                            "enable_partition_pruning",
                                                            "enable_partitionwise_aggregate",
                                                            "enable_partitionwise_join",
                                                            "enable_presorted_aggregate",
                                                            "enable_self_join_elimination",
                                                            "enable_seqscan",
                                                            "enable_sort",
                                                            "enable_tidscan",
                                                            "force_parallel_mode",
                                                            "from_collapse_limit",
                                                            "geqo",
                                                            "geqo_effort",
                                                            "geqo_generations",
                                                            "geqo_pool_size",
                                                            "geqo_seed",
                                                            "geqo_selection_bias",
                                                            "geqo_threshold",
                                                            "hash_mem_multiplier",
                                                            "IntervalStyle",
                                                            "join_collapse_limit",
                                                            "max_parallel_workers_per_gather",
                                                            "min_parallel_index_scan_size",
                                                            "min_parallel_table_scan_size",
                                                            "parallel_leader_participation",
                                                            "parallel_setup_cost",
                                                            "parallel_tuple_cost",
                                                            "random_page_cost",
                                                            "recursive_worktable_factor",
                                                            "search_path",
                                                            "seq_page_cost",
                                                            "TimeZone",
                                                            "work_mem",
                                                            "quote_all_identifiers"};
constexpr std::array<std::string_view, 6> jit_settings{"jit",
                                                       "jit_above_cost",
                                                       "jit_inline_above_cost",
                                                       "jit_optimize_above_cost",
                                                       "plan_cache_mode",
                                                       "standard_conforming_strings"};

constexpr std::size_t statements_at_once = 400;
constexpr std::size_t bytes_at_once = 4U << 20U;

Result<std::vector<Failure>> run(Connection& connection, const Statements& statements) {
  std::vector<Failure> failures;
  for (std::size_t start = 0; start < statements.size();) {
    std::vector<std::string> batch;
    std::size_t bytes = 0;
    for (std::size_t i = start;
         i < statements.size() && batch.size() < statements_at_once && bytes < bytes_at_once; ++i) {
      batch.push_back(statements[i].sql);
      bytes += batch.back().size();
    }
    const auto rows = WHET_TRY(
        connection.query("SELECT place, said FROM whet_shadow.run($1)", {json_array(batch)}));
    for (int i = 0; i < rows.size(); ++i) {
      Row row(rows, i);
      const auto place = static_cast<std::size_t>(row.integer());
      if (place > 0 && place <= batch.size())
        failures.push_back({statements[start + place - 1], row.text()});
    }
    start += batch.size();
  }
  return failures;
}

Statement setting(const std::string& name, const std::string& value) {
  return {"setting " + name, "SELECT whet_shadow.keep_setting(" + sql::quote_literal(name) + ", " +
                                 sql::quote_literal(value) + ")"};
}

}  // namespace

Result<std::vector<Failure>> run_each(Session& session, const Statements& statements) {
  return run(session.owner, statements);
}

Result<std::vector<Failure>> run_as_admin(Session& session, const Statements& statements) {
  return run(session.admin, statements);
}

std::string json_array(const std::vector<std::string>& items) {
  json::Writer out;
  out.begin_array();
  for (const auto& item : items) out.value(std::string_view(item));
  out.end_array();
  return out.take();
}

std::string id_array(const std::vector<std::int64_t>& ids) {
  std::string out = "{";
  for (const auto id : ids) out += (out.size() > 1 ? "," : "") + std::to_string(id);
  return out + "}";
}

Status prepare(Session& session) {
  for (const char* sql : preparation) WHET_TRY_VOID(session.admin.execute(sql));
  // Functions may name what is not there yet, or never will be.
  return session.owner.execute("SELECT set_config('check_function_bodies', 'off', false)");
}

Status copy_settings(Session& session, const model::Server& server) {
  Statements wanted;
  const auto add = [&](std::string_view name) {
    const model::Setting* one = server.setting(name);
    if (one != nullptr) wanted.push_back(setting(one->name, one->value));
  };
  for (const auto name : planner_settings) add(name);
  for (const auto name : jit_settings) add(name);
  const auto failures = WHET_TRY(run_as_admin(session, wanted));
  for (const Failure& one : failures) {
    // Settings come and go with versions.
    if (!text::contains(one.said, "unrecognized configuration parameter"))
      session.note("The " + one.statement.what + " could not be taken over: " + one.said + ".");
  }
  return session.admin.execute("SELECT set_config('search_path', 'pg_catalog', false)");
}

Status create_extensions(Session& session, const model::Server& server, bool with_hypopg) {
  Statements wanted;
  for (const auto& one : server.extensions) {
    if (one.version.empty() || one.name == "plpgsql" || one.name == "hypopg") continue;
    std::string sql = "CREATE EXTENSION IF NOT EXISTS " + sql::quote_identifier(one.name);
    if (!one.schema.empty()) sql += " SCHEMA " + sql::quote_identifier(one.schema);
    wanted.push_back({"extension " + one.name, sql + " CASCADE"});
  }
  if (with_hypopg) wanted.push_back({"extension hypopg", "CREATE EXTENSION hypopg SCHEMA public"});
  const auto failures = WHET_TRY(run_as_admin(session, wanted));
  for (const Failure& one : failures)
    session.note("The " + one.statement.what + " is not available here: " + one.said + ".");
  return {};
}

Result<Ids> ids_of(Session& session, const model::Snapshot& snapshot) {
  const auto rows = WHET_TRY(session.admin.query(R"(
    SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p', 'i', 'I') AND c.oid >= 16384)"));
  std::map<std::pair<std::string, std::string>, std::int64_t> by_name;
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    std::string schema = row.text(), name = row.text();
    by_name[{std::move(schema), std::move(name)}] = row.integer();
  }
  Ids ids;
  const auto add = [&](std::int64_t id, const std::string& schema, const std::string& name) {
    const auto at = by_name.find({schema, name});
    if (at != by_name.end()) ids[id] = at->second;
  };
  for (const auto& table : snapshot.schema.tables) {
    add(table.id, table.schema, table.name);
    for (const auto& index : table.indexes) add(index.id, index.schema, index.name);
  }
  return ids;
}

Status keep_labels(Session& session, const model::Snapshot& snapshot) {
  json::Writer out;
  out.begin_array();
  bool some = false;
  for (const auto& object : snapshot.planner->objects) {
    for (const auto& [label, id] : object.labels) {
      some = true;
      out.begin_array();
      out.value(std::string_view(object.schema));
      out.value(std::string_view(object.name));
      out.value(std::string_view(label));
      out.value(id);
      out.end_array();
    }
  }
  out.end_array();
  if (!some) return {};
  // First out of the way: the target's ids may be taken by other labels here.
  WHET_TRY_VOID(session.admin.execute(
      "UPDATE pg_enum SET oid = (oid::int8 + 3000000000)::oid WHERE oid < 1000000000"));
  WHET_TRY(session.admin.query(R"(
    UPDATE pg_enum e SET oid = (w->>3)::int8::oid
    FROM json_array_elements($1) w, pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE e.enumtypid = t.oid AND n.nspname = w->>0 AND t.typname = w->>1 AND e.enumlabel = w->>2)",
                               {out.take()}));
  return {};
}

Status forbid_null_in_domains(Session& session, const model::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const auto& object : snapshot.planner->objects) {
    if (object.kind == model::PlannerObjectKind::constraint && object.definition == "NOT NULL")
      names.push_back(object.schema + "." + object.name);
  }
  if (names.empty()) return {};
  WHET_TRY(session.admin.query(R"(
    UPDATE pg_type SET typnotnull = true WHERE typtype = 'd'
      AND (SELECT nspname FROM pg_namespace WHERE oid = typnamespace) || '.' || typname
          IN (SELECT json_array_elements_text($1)))",
                               {json_array(names)}));
  return {};
}

}  // namespace whet::engine::postgres::shadow
