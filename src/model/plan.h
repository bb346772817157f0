// An execution plan of any engine, as a tree. Figures are the server's own, before arithmetic:
// times and rows are for one loop, blocks are inclusive of children. plans/arithmetic.h derives
// exclusive figures.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace whet::model {

struct PlanBuffers {
  std::int64_t shared_hit = 0, shared_read = 0, shared_dirtied = 0, shared_written = 0;
  std::int64_t local_hit = 0, local_read = 0, local_dirtied = 0, local_written = 0;
  std::int64_t temp_read = 0, temp_written = 0;
  double read_ms = 0, write_ms = 0, temp_read_ms = 0, temp_write_ms = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("shared_hit", s.shared_hit), v("shared_read", s.shared_read),
        v("shared_dirtied", s.shared_dirtied);
    v("shared_written", s.shared_written), v("local_hit", s.local_hit),
        v("local_read", s.local_read);
    v("local_dirtied", s.local_dirtied), v("local_written", s.local_written),
        v("temp_read", s.temp_read);
    v("temp_written", s.temp_written), v("read_ms", s.read_ms), v("write_ms", s.write_ms);
    v("temp_read_ms", s.temp_read_ms), v("temp_write_ms", s.temp_write_ms);
  }
};

/// What one parallel worker did in a node.
struct PlanWorker {
  std::int64_t number = 0;
  double total_ms = 0;  ///< for one loop
  double rows = 0;      ///< for one loop
  double loops = 0;
  std::string sort_method, sort_space_type;  ///< of a Sort: what this worker did
  std::int64_t sort_space_kb = 0;
  std::int64_t disk_kb = 0;  ///< of a hash aggregate that spilled in this worker

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("number", s.number), v("total_ms", s.total_ms), v("rows", s.rows), v("loops", s.loops);
    v("sort_method", s.sort_method), v("sort_space_type", s.sort_space_type);
    v("sort_space_kb", s.sort_space_kb), v("disk_kb", s.disk_kb);
  }
};

struct PlanNode {
  using FullRange = void;  ///< the planner counts up to 1e100 rows

  std::string type;                 ///< "Seq Scan", "Hash Join", "COLLSCAN": the engine's own name
  std::string parent_relationship;  ///< Outer, Inner, Subquery, InitPlan, SubPlan, Member
  std::string subplan_name;         ///< "CTE recent", "InitPlan 1 (returns $0)", "SubPlan 2"
  std::string schema, relation, alias;
  std::string index;
  std::string cte;             ///< of a CTE Scan: the CTE's name
  std::string function;        ///< of a Function Scan
  std::string join_type;       ///< Inner, Left, Semi, Anti, ...
  std::string strategy;        ///< Sorted, Hashed, Mixed, Plain
  std::string partial_mode;    ///< Simple, Partial, Finalize
  std::string operation;       ///< of a ModifyTable: Insert, Update, Delete, Merge
  std::string scan_direction;  ///< Forward, Backward
  std::string filter, join_filter, index_condition, recheck_condition, hash_condition,
      merge_condition, one_time_filter;
  std::string order_by;   ///< of a nearest-neighbour index scan
  std::string cache_key;  ///< of a Memoize
  std::vector<std::string> sort_keys, presorted_keys, group_keys, output;

  // MySQL and MariaDB.
  std::string access;  ///< EXPLAIN's access type: ALL, index, range, ref, eq_ref, const, ...
  std::vector<std::string> possible_indexes;
  std::vector<std::string> used_key_parts;
  std::int64_t key_bytes = 0;             ///< of the index's key that is used (key_len)
  std::optional<double> filtered;         ///< percent of the rows read that pass, as estimated
  std::optional<double> filtered_actual;  ///< the same as it was (MariaDB's r_filtered)
  bool covering = false;                  ///< the index alone answers ("Using index")
  bool dependent = false;                 ///< a subquery that runs for each row around it
  bool temporary = false;                 ///< makes a temporary table
  bool join_buffer = false;

  // MongoDB: `type` is the stage, `index_condition` the bounds, `rows` what it returned.
  std::optional<std::int64_t> keys_examined, documents_examined;  ///< by this stage
  std::int64_t works = 0, seeks = 0;
  bool multikey = false;
  std::int64_t spills = 0, spilled_bytes = 0, memory_limit_bytes = 0;
  std::string shard;                 ///< of a stage that one shard runs
  std::vector<std::string> indexes;  ///< of a $lookup: those of the other collection

  double startup_cost = 0, total_cost = 0;
  double plan_rows = 0, plan_width = 0;

  bool executed = false;                       ///< it has actual figures
  std::optional<double> startup_ms, total_ms;  ///< for one loop; absent with TIMING OFF
  double rows = 0;                             ///< for one loop; fractional from PostgreSQL 18 on
  double loops = 0;                            ///< 0: never executed

  double rows_removed_by_filter = 0, rows_removed_by_join_filter = 0,
         rows_removed_by_recheck = 0;  ///< for one loop
  std::optional<double> heap_fetches;
  std::int64_t exact_heap_blocks = 0, lossy_heap_blocks = 0;
  std::optional<double> index_searches;  ///< 18+
  std::string sort_method;
  std::string sort_space_type;  ///< Memory, Disk
  std::int64_t sort_space_kb = 0;
  std::int64_t hash_batches = 0, original_hash_batches = 0, hash_buckets = 0, peak_memory_kb = 0,
               disk_kb = 0;
  std::int64_t cache_hits = 0, cache_misses = 0, cache_evictions = 0, cache_overflows = 0;
  std::int64_t workers_planned = 0;
  std::optional<std::int64_t> workers_launched;
  std::int64_t subplans_removed = 0;
  bool parallel_aware = false;
  bool disabled = false;  ///< chosen though its kind is switched off
  bool single_copy = false;
  std::optional<PlanBuffers> buffers;
  std::vector<PlanWorker> workers;
  std::map<std::string, std::string> other;  ///< properties that have no member here, as text
  std::vector<PlanNode> children;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("type", s.type), v("parent_relationship", s.parent_relationship),
        v("subplan_name", s.subplan_name);
    v("schema", s.schema), v("relation", s.relation), v("alias", s.alias), v("index", s.index),
        v("cte", s.cte);
    v("function", s.function), v("join_type", s.join_type), v("strategy", s.strategy);
    v("partial_mode", s.partial_mode), v("operation", s.operation),
        v("scan_direction", s.scan_direction);
    v("filter", s.filter), v("join_filter", s.join_filter), v("index_condition", s.index_condition);
    v("recheck_condition", s.recheck_condition), v("hash_condition", s.hash_condition);
    v("merge_condition", s.merge_condition), v("one_time_filter", s.one_time_filter),
        v("order_by", s.order_by);
    v("cache_key", s.cache_key), v("sort_keys", s.sort_keys), v("presorted_keys", s.presorted_keys);
    v("group_keys", s.group_keys), v("output", s.output), v("access", s.access);
    v("possible_indexes", s.possible_indexes), v("used_key_parts", s.used_key_parts);
    v("key_bytes", s.key_bytes), v("filtered", s.filtered);
    v("filtered_actual", s.filtered_actual), v("covering", s.covering);
    v("dependent", s.dependent), v("temporary", s.temporary), v("join_buffer", s.join_buffer);
    v("keys_examined", s.keys_examined), v("documents_examined", s.documents_examined);
    v("works", s.works), v("seeks", s.seeks), v("multikey", s.multikey), v("spills", s.spills);
    v("spilled_bytes", s.spilled_bytes), v("memory_limit_bytes", s.memory_limit_bytes);
    v("shard", s.shard), v("indexes", s.indexes);
    v("startup_cost", s.startup_cost);
    v("total_cost", s.total_cost), v("plan_rows", s.plan_rows), v("plan_width", s.plan_width);
    v("executed", s.executed), v("startup_ms", s.startup_ms), v("total_ms", s.total_ms),
        v("rows", s.rows);
    v("loops", s.loops), v("rows_removed_by_filter", s.rows_removed_by_filter);
    v("rows_removed_by_join_filter", s.rows_removed_by_join_filter);
    v("rows_removed_by_recheck", s.rows_removed_by_recheck), v("heap_fetches", s.heap_fetches);
    v("exact_heap_blocks", s.exact_heap_blocks), v("lossy_heap_blocks", s.lossy_heap_blocks);
    v("index_searches", s.index_searches), v("sort_method", s.sort_method),
        v("sort_space_type", s.sort_space_type);
    v("sort_space_kb", s.sort_space_kb), v("hash_batches", s.hash_batches);
    v("original_hash_batches", s.original_hash_batches), v("hash_buckets", s.hash_buckets);
    v("peak_memory_kb", s.peak_memory_kb), v("disk_kb", s.disk_kb), v("cache_hits", s.cache_hits);
    v("cache_misses", s.cache_misses), v("cache_evictions", s.cache_evictions);
    v("cache_overflows", s.cache_overflows), v("workers_planned", s.workers_planned);
    v("workers_launched", s.workers_launched), v("subplans_removed", s.subplans_removed);
    v("parallel_aware", s.parallel_aware), v("disabled", s.disabled),
        v("single_copy", s.single_copy);
    v("buffers", s.buffers), v("workers", s.workers), v("other", s.other),
        v("children", s.children);
  }
};

struct PlanTrigger {
  std::string name;
  std::string constraint;
  std::string relation;
  double total_ms = 0;
  double calls = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("constraint", s.constraint), v("relation", s.relation),
        v("total_ms", s.total_ms);
    v("calls", s.calls);
  }
};

/// What the server noted while it planned (MySQL: SHOW WARNINGS after EXPLAIN), without the
/// resolved text. `message` has names, and no literals.
struct PlanWarning {
  std::int64_t code = 0;  ///< 1739
  std::string message;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("code", s.code), v("message", s.message);
  }
};

struct Plan {
  PlanNode root;
  std::vector<PlanWarning> warnings;
  std::optional<double> planning_ms, execution_ms;
  std::optional<double> jit_ms;  ///< all of JIT
  std::int64_t jit_functions = 0;
  std::optional<PlanBuffers> planning_buffers;
  std::vector<PlanTrigger> triggers;
  std::map<std::string, std::string> settings;  ///< planner settings that are not at their default
  std::string query_id;
  // MongoDB.
  std::int64_t rejected = 0;     ///< plans that lost
  std::string framework;         ///< classic, sbe, express, ...
  std::string settings_applied;  ///< an index filter or query settings that decided
  std::int64_t keys_examined = 0, documents_examined = 0;  ///< by all of it

  [[nodiscard]] bool executed() const { return root.executed; }

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("root", s.root), v("planning_ms", s.planning_ms), v("execution_ms", s.execution_ms),
        v("jit_ms", s.jit_ms);
    v("jit_functions", s.jit_functions), v("planning_buffers", s.planning_buffers),
        v("triggers", s.triggers);
    v("settings", s.settings), v("query_id", s.query_id), v("warnings", s.warnings);
    v("rejected", s.rejected), v("framework", s.framework);
    v("settings_applied", s.settings_applied), v("keys_examined", s.keys_examined);
    v("documents_examined", s.documents_examined);
  }
};

}  // namespace whet::model
