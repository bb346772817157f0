// The schema of a snapshot: tables with their columns, constraints, indexes, triggers, statistics
// and counters.
//
// A MongoDB collection is a Table, its database the schema; a MySQL database is a schema.
// Ages are seconds before the snapshot was taken, so that no reader needs a clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/documents.h"

namespace whet::model {

/// One bucket of a histogram as MySQL and MariaDB have them.
struct HistogramBucket {
  std::string low, high;  ///< values as text, both in the bucket; equal for a single value
  double cumulative = 0;  ///< part of all rows up to `high`, NULLs among "all" only
  double distinct = 0;    ///< different values in it; 0: not known

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("low", s.low), v("high", s.high), v("cumulative", s.cumulative), v("distinct", s.distinct);
  }
};

/// What the planner knows about a column's values. No value itself is kept unless the snapshot has
/// samples.
struct ColumnStats {
  double null_fraction = 0;
  double average_width = 0;  ///< bytes
  double distinct = 0;       ///< > 0: that many; < 0: minus the fraction of the rows; 0: unknown
  std::optional<double> correlation;       ///< of value order with row order, -1 to 1
  std::vector<double> common_frequencies;  ///< of the most common values, falling
  bool has_histogram = false;
  std::vector<double> element_frequencies;  ///< arrays and tsvector: rows that have it, falling
  double average_elements = 0;              ///< arrays: different elements of a value
  std::vector<std::string> samples;         ///< most common values, only with --with-samples
  /// MySQL: the histogram, only with planner facts or samples (it holds row values).
  std::vector<HistogramBucket> histogram;
  std::string histogram_kind;  ///< singleton, equi-height, double_prec_hb, json_hb; empty: none
  std::optional<double> histogram_age_seconds;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("null_fraction", s.null_fraction), v("average_width", s.average_width),
        v("distinct", s.distinct);
    v("correlation", s.correlation), v("common_frequencies", s.common_frequencies);
    v("has_histogram", s.has_histogram), v("element_frequencies", s.element_frequencies);
    v("average_elements", s.average_elements), v("samples", s.samples);
    v("histogram", s.histogram), v("histogram_kind", s.histogram_kind);
    v("histogram_age_seconds", s.histogram_age_seconds);
  }
};

/// A column; of a MongoDB collection a path ("items.sku"), its base_type the commonest BSON type.
struct Column {
  std::string name;
  std::int64_t position = 0;      ///< the server's attribute number, from 1
  std::string type;               ///< with modifiers: "character varying(20)", "integer"
  std::string base_type;          ///< without: "varchar", "int4", "timestamptz"; domains resolved
  std::string type_kind;          ///< base, domain, enum, array, composite, range
  std::int64_t length = 0;        ///< fixed bytes; -1 for variable
  std::int64_t alignment = 0;     ///< 1, 2, 4 or 8 bytes
  std::string storage;            ///< plain, main, external, extended
  std::string compression;        ///< pglz, lz4; empty for the default
  std::string collation;          ///< empty when the type has none or it is the default
  bool equal_may_differ = false;  ///< its collation is nondeterministic: 'a' = 'A' may hold
  std::string default_expression;
  std::string identity;               ///< always, by default; empty
  std::string generated;              ///< stored, virtual; empty
  std::string generation_expression;  ///< MySQL: of a generated column
  std::string character_set;          ///< MySQL: of a text column; `collation` is always set there
  bool auto_increment = false;        ///< MySQL
  bool invisible = false;             ///< MySQL 8.0.23+, MariaDB 10.3+: not in SELECT *
  bool not_null = false;
  std::optional<std::int64_t> statistics_target;  ///< absent: the default
  std::optional<ColumnStats> stats;               ///< absent: never analysed, or not readable
  std::optional<PathFacts> path;                  ///< MongoDB

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("position", s.position), v("type", s.type), v("base_type", s.base_type);
    v("type_kind", s.type_kind), v("length", s.length), v("alignment", s.alignment),
        v("storage", s.storage);
    v("compression", s.compression), v("collation", s.collation),
        v("default", s.default_expression);
    v("identity", s.identity), v("generated", s.generated), v("not_null", s.not_null);
    v("generation_expression", s.generation_expression), v("character_set", s.character_set);
    v("auto_increment", s.auto_increment), v("invisible", s.invisible);
    v("statistics_target", s.statistics_target), v("stats", s.stats), v("path", s.path);
  }
};

enum class ConstraintKind : std::uint8_t {
  primary_key,
  unique,
  foreign_key,
  check,
  exclusion,
  not_null
};
constexpr auto enum_names(ConstraintKind) {
  return Names<6>{"primary_key", "unique", "foreign_key", "check", "exclusion", "not_null"};
}

struct Constraint {
  std::string name;
  ConstraintKind kind = ConstraintKind::primary_key;
  std::vector<std::string> columns;
  std::int64_t referenced_table = 0;  ///< foreign key: the table's id
  std::vector<std::string> referenced_columns;
  bool not_valid = false;     ///< existing rows were never checked
  bool not_enforced = false;  ///< 18+
  bool deferrable = false;
  bool inherited = false;            ///< comes from a partitioned parent
  std::string match;                 ///< simple, full, partial
  std::string on_delete, on_update;  ///< no action, restrict, cascade, set null, set default
  std::int64_t index =
      0;  ///< the index that backs it (or, for a foreign key, the referenced one); 0: none
  std::string definition;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("kind", s.kind), v("columns", s.columns),
        v("referenced_table", s.referenced_table);
    v("referenced_columns", s.referenced_columns), v("not_valid", s.not_valid),
        v("not_enforced", s.not_enforced);
    v("deferrable", s.deferrable), v("inherited", s.inherited), v("match", s.match),
        v("on_delete", s.on_delete);
    v("on_update", s.on_update), v("index", s.index), v("definition", s.definition);
  }
};

/// One key part of an index: a column or an expression, never both.
struct IndexPart {
  std::string column;
  std::string expression;  ///< as the server prints it
  bool descending = false;
  bool nulls_first =
      false;              ///< PostgreSQL: ascending keys default to last, descending ones to first
  std::string collation;  ///< empty: the type has none
  std::string opclass;    ///< "text_ops"
  bool opclass_is_default = false;
  std::int64_t prefix_length = 0;  ///< MySQL; 0: the whole column

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("column", s.column), v("expression", s.expression), v("descending", s.descending),
        v("nulls_first", s.nulls_first);
    v("collation", s.collation), v("opclass", s.opclass),
        v("opclass_is_default", s.opclass_is_default);
    v("prefix_length", s.prefix_length);
  }

  friend bool operator==(const IndexPart&, const IndexPart&) = default;
};

struct IndexCounters {
  std::int64_t scans = 0;
  std::int64_t entries_read = 0;
  std::int64_t rows_fetched = 0;
  std::int64_t blocks_read = 0, blocks_hit = 0;
  std::int64_t rows_written = 0;  ///< MySQL: inserted, updated or deleted through it
  double wait_ms = 0;             ///< MySQL: all I/O waits on it

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("scans", s.scans), v("entries_read", s.entries_read), v("rows_fetched", s.rows_fetched);
    v("blocks_read", s.blocks_read), v("blocks_hit", s.blocks_hit);
    v("rows_written", s.rows_written), v("wait_ms", s.wait_ms);
  }
};

/// How much of a table or index is not live data.
struct Bloat {
  double wasted_bytes = 0;
  double fraction = 0;  ///< of the whole size, 0 to 1
  std::string method;   ///< estimate, pgstattuple
  bool uncertain =
      false;  ///< the estimate's conditions do not hold (no statistics, wide values, ...)

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("wasted_bytes", s.wasted_bytes), v("fraction", s.fraction), v("method", s.method),
        v("uncertain", s.uncertain);
  }
};

/// Of MongoDB: method is btree, hashed, text, 2dsphere, 2d, geoHaystack or wildcard; predicate the
/// partialFilterExpression and options "collation", "wildcardProjection", "weights" as extended
/// JSON; further options "sparse", "expireAfterSeconds", "clustered", "prepareUnique",
/// "storageEngine"; the counters of `total` are the sum over `members`.
struct Index {
  std::int64_t id = 0;
  std::string schema;
  std::string name;
  std::string method;                 ///< btree, hash, gin, gist, brin, spgist, ...
  std::vector<IndexPart> parts;       ///< key parts, in order
  std::vector<std::string> includes;  ///< payload columns
  std::string predicate;              ///< of a partial index, as the server prints it; empty: none
  bool unique = false, primary = false, exclusion = false;
  bool nulls_not_distinct = false;
  bool deferrable = false;  ///< backs a deferrable constraint (not checked at once)
  bool invalid = false;     ///< not usable by the planner
  bool hidden = false;      ///< INVISIBLE, IGNORED, hidden: maintained, and not used
  bool not_ready = false;   ///< not maintained by writes
  bool building = false;    ///< a CREATE INDEX or REINDEX works on it now
  bool clustered = false;   ///< the table was last clustered on it
  bool replica_identity = false;
  std::string constraint;   ///< the constraint that it backs; empty: none
  std::int64_t parent = 0;  ///< of a partition's index: the partitioned index; 0: none
  std::string extension;    ///< the extension that owns it; empty: none
  std::string definition;   ///< a CREATE INDEX statement
  std::map<std::string, std::string> options;  ///< fillfactor, fastupdate, ...
  std::int64_t size_bytes = 0;
  std::int64_t pages = 0;
  double row_estimate = 0;
  /// MySQL: different values of the first key part, of the first two, ..., then of the primary
  /// key's columns behind them (mysql.innodb_index_stats, else STATISTICS.CARDINALITY).
  std::vector<double> prefix_distinct;
  std::int64_t leaf_pages = 0;                  ///< MySQL
  std::optional<double> last_scan_age_seconds;  ///< 16+
  IndexCounters total, window;
  std::optional<Bloat> bloat;
  std::optional<double> pending_list_bytes;  ///< GIN
  std::vector<MemberUse> members;            ///< MongoDB
  bool shard_key = false;                    ///< MongoDB: the collection's shard key needs it

  [[nodiscard]] bool usable() const { return !invalid && !not_ready && !hidden; }

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("schema", s.schema), v("name", s.name), v("method", s.method),
        v("parts", s.parts);
    v("includes", s.includes), v("predicate", s.predicate), v("unique", s.unique),
        v("primary", s.primary);
    v("exclusion", s.exclusion), v("nulls_not_distinct", s.nulls_not_distinct),
        v("deferrable", s.deferrable);
    v("invalid", s.invalid), v("hidden", s.hidden), v("not_ready", s.not_ready);
    v("building", s.building), v("clustered", s.clustered);
    v("replica_identity", s.replica_identity), v("constraint", s.constraint), v("parent", s.parent);
    v("extension", s.extension), v("definition", s.definition), v("options", s.options);
    v("size_bytes", s.size_bytes), v("pages", s.pages), v("row_estimate", s.row_estimate);
    v("prefix_distinct", s.prefix_distinct), v("leaf_pages", s.leaf_pages);
    v("last_scan_age_seconds", s.last_scan_age_seconds), v("total", s.total), v("window", s.window);
    v("bloat", s.bloat), v("pending_list_bytes", s.pending_list_bytes);
    v("members", s.members), v("shard_key", s.shard_key);
  }
};

struct Trigger {
  std::string name;
  bool disabled = false;
  bool internal = false;  ///< made by a constraint
  bool per_row = false;
  std::string function;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("disabled", s.disabled), v("internal", s.internal),
        v("per_row", s.per_row);
    v("function", s.function);
  }
};

/// A row security policy.
struct Policy {
  std::string name;
  std::string command;  ///< all, select, insert, update, delete
  bool restrictive = false;
  std::vector<std::string> roles;
  std::string expression;  ///< USING
  std::string check;       ///< WITH CHECK

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("command", s.command), v("restrictive", s.restrictive),
        v("roles", s.roles);
    v("expression", s.expression), v("check", s.check);
  }
};

struct TableCounters {
  std::int64_t sequential_scans = 0, sequential_rows = 0;
  std::int64_t index_scans = 0, index_rows = 0;
  std::int64_t inserts = 0, updates = 0, deletes = 0;
  std::int64_t hot_updates = 0, new_page_updates = 0;  ///< the latter 16+
  std::int64_t heap_blocks_read = 0, heap_blocks_hit = 0;
  std::int64_t index_blocks_read = 0, index_blocks_hit = 0;
  std::int64_t toast_blocks_read = 0, toast_blocks_hit = 0;
  std::int64_t vacuums = 0, autovacuums = 0, analyzes = 0, autoanalyzes = 0;
  double wait_ms =
      0;  ///< MySQL: I/O waits of fetches and writes; sequential_rows: without an index
  // MongoDB (latencyStats): operations by kind; sequential_scans are collection scans.
  std::int64_t reads = 0, writes = 0, commands = 0;
  double read_ms = 0, write_ms = 0, command_ms = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("sequential_scans", s.sequential_scans), v("sequential_rows", s.sequential_rows);
    v("index_scans", s.index_scans), v("index_rows", s.index_rows), v("inserts", s.inserts),
        v("updates", s.updates);
    v("deletes", s.deletes), v("hot_updates", s.hot_updates),
        v("new_page_updates", s.new_page_updates);
    v("heap_blocks_read", s.heap_blocks_read), v("heap_blocks_hit", s.heap_blocks_hit);
    v("index_blocks_read", s.index_blocks_read), v("index_blocks_hit", s.index_blocks_hit);
    v("toast_blocks_read", s.toast_blocks_read), v("toast_blocks_hit", s.toast_blocks_hit);
    v("vacuums", s.vacuums), v("autovacuums", s.autovacuums), v("analyzes", s.analyzes);
    v("autoanalyzes", s.autoanalyzes), v("wait_ms", s.wait_ms);
    v("reads", s.reads), v("writes", s.writes), v("commands", s.commands);
    v("read_ms", s.read_ms), v("write_ms", s.write_ms), v("command_ms", s.command_ms);
  }
};

/// A partition of a MySQL table (PostgreSQL's are Tables).
struct Partition {
  std::string name, method, expression;  ///< "p2026", "RANGE", "to_days(`placed_at`)"
  std::string description;               ///< VALUES LESS THAN or IN: "739617", "MAXVALUE"
  std::string subpartition;
  double rows = 0;
  std::int64_t bytes = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("method", s.method), v("expression", s.expression);
    v("description", s.description), v("subpartition", s.subpartition), v("rows", s.rows);
    v("bytes", s.bytes);
  }
};

enum class TableKind : std::uint8_t { table, partitioned, materialized_view, foreign_table, toast };
constexpr auto enum_names(TableKind) {
  return Names<5>{"table", "partitioned", "materialized_view", "foreign_table", "toast"};
}

struct Table {
  std::int64_t id = 0;
  std::string schema;
  std::string name;
  TableKind kind = TableKind::table;
  std::string owner;
  bool unlogged = false, temporary = false;
  bool system = false;        ///< the server's own catalog (only when it is bloated or huge)
  std::string extension;      ///< the extension that owns it; empty: none
  std::int64_t parent = 0;    ///< partitioned or inherited parent's id; 0: none
  bool is_partition = false;  ///< a declarative partition of `parent` (else: old inheritance)
  bool default_partition = false;
  std::string partition_key;     ///< of a partitioned table: "RANGE (created_at)"
  std::string partition_bound;   ///< of a partition: "FOR VALUES FROM ... TO ..."
  std::string replica_identity;  ///< default, nothing, full, index
  bool row_security = false;
  bool populated = false;      ///< materialized view: holds data
  bool sizes_skipped = false;  ///< somebody held an exclusive lock
  std::map<std::string, std::string>
      options;  ///< autovacuum_enabled, fillfactor, ...; "toast." prefixed for TOAST

  std::optional<double> row_estimate;  ///< the planner's; absent: never vacuumed or analysed
  std::int64_t pages = 0, all_visible_pages = 0;
  std::int64_t heap_bytes = 0, toast_bytes = 0, index_bytes = 0;
  std::int64_t toast_table = 0;  ///< its id

  // MySQL and MariaDB. heap_bytes is the clustered index (data_length), index_bytes the secondary
  // ones; options holds create_options, "encryption", "stats_persistent", ...
  std::string storage_engine;  ///< "InnoDB"
  std::string row_format;      ///< "Dynamic"
  std::string collation;       ///< the default of new columns
  std::optional<double> next_auto_increment;
  std::int64_t free_bytes = 0;  ///< allocated and not used (data_free)
  std::vector<Partition> partitions;

  // MongoDB: heap_bytes is the collection's file, free_bytes what in it can be used again; options
  // hold "capped", "size", "max", "validator", "validationLevel", "validationAction",
  // "clusteredIndex", "timeseries", "expireAfterSeconds", "changeStreamPreAndPostImages", ...
  std::int64_t data_bytes = 0;  ///< of all documents, uncompressed
  std::optional<DocumentSample> sample;

  std::vector<Column> columns;
  std::vector<Constraint> constraints;
  std::vector<Index> indexes;
  std::vector<Trigger> triggers;
  std::vector<Policy> policies;

  std::int64_t live_rows = 0, dead_rows = 0;  ///< the statistics system's estimates
  std::int64_t modified_since_analyze = 0, inserted_since_vacuum = 0;
  std::optional<double> last_vacuum_age_seconds, last_autovacuum_age_seconds;
  std::optional<double> last_analyze_age_seconds, last_autoanalyze_age_seconds;
  std::optional<double> last_sequential_scan_age_seconds, last_index_scan_age_seconds;  ///< 16+
  std::int64_t frozen_xid_age = 0, frozen_mxid_age = 0;
  TableCounters total, window;
  std::optional<Bloat> bloat;

  [[nodiscard]] std::int64_t total_bytes() const { return heap_bytes + toast_bytes + index_bytes; }
  [[nodiscard]] std::string qualified() const { return schema + "." + name; }
  [[nodiscard]] const Column* column(std::string_view wanted) const;
  /// The best known number of rows: the statistics system's, else the planner's, else 0.
  [[nodiscard]] double rows() const;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("schema", s.schema), v("name", s.name), v("kind", s.kind), v("owner", s.owner);
    v("unlogged", s.unlogged), v("temporary", s.temporary), v("system", s.system),
        v("extension", s.extension);
    v("parent", s.parent), v("is_partition", s.is_partition),
        v("default_partition", s.default_partition);
    v("partition_key", s.partition_key), v("partition_bound", s.partition_bound);
    v("replica_identity", s.replica_identity), v("row_security", s.row_security),
        v("populated", s.populated);
    v("sizes_skipped", s.sizes_skipped), v("options", s.options), v("row_estimate", s.row_estimate);
    v("pages", s.pages), v("all_visible_pages", s.all_visible_pages), v("heap_bytes", s.heap_bytes);
    v("toast_bytes", s.toast_bytes), v("index_bytes", s.index_bytes),
        v("toast_table", s.toast_table);
    v("storage_engine", s.storage_engine), v("row_format", s.row_format);
    v("collation", s.collation), v("next_auto_increment", s.next_auto_increment);
    v("free_bytes", s.free_bytes), v("partitions", s.partitions);
    v("data_bytes", s.data_bytes), v("sample", s.sample);
    v("columns", s.columns), v("constraints", s.constraints), v("indexes", s.indexes),
        v("triggers", s.triggers);
    v("policies", s.policies), v("live_rows", s.live_rows), v("dead_rows", s.dead_rows);
    v("modified_since_analyze", s.modified_since_analyze),
        v("inserted_since_vacuum", s.inserted_since_vacuum);
    v("last_vacuum_age_seconds", s.last_vacuum_age_seconds);
    v("last_autovacuum_age_seconds", s.last_autovacuum_age_seconds);
    v("last_analyze_age_seconds", s.last_analyze_age_seconds);
    v("last_autoanalyze_age_seconds", s.last_autoanalyze_age_seconds);
    v("last_sequential_scan_age_seconds", s.last_sequential_scan_age_seconds);
    v("last_index_scan_age_seconds", s.last_index_scan_age_seconds),
        v("frozen_xid_age", s.frozen_xid_age);
    v("frozen_mxid_age", s.frozen_mxid_age), v("total", s.total), v("window", s.window),
        v("bloat", s.bloat);
  }
};

struct Sequence {
  using FullRange = void;  ///< a bigint has any of 64 bits

  std::string schema;
  std::string name;
  std::string type;                        ///< smallint, integer, bigint
  std::optional<std::int64_t> last_value;  ///< absent: never used, or not readable
  std::int64_t start = 0, increment = 0, minimum = 0, maximum = 0;
  bool cycles = false;
  std::int64_t owner_table = 0;
  std::string owner_column;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("name", s.name), v("type", s.type), v("last_value", s.last_value),
        v("start", s.start);
    v("increment", s.increment), v("minimum", s.minimum), v("maximum", s.maximum),
        v("cycles", s.cycles);
    v("owner_table", s.owner_table), v("owner_column", s.owner_column);
  }
};

/// A plain view. Materialized ones are Tables.
struct View {
  std::int64_t id = 0;
  std::string schema;
  std::string name;
  std::vector<std::int64_t> uses;  ///< ids of tables and views that it reads directly
  bool security_invoker = false;   ///< 15+
  std::string extension;
  std::string definition;  ///< its query, names qualified; empty: not readable, or an extension's

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("schema", s.schema), v("name", s.name), v("uses", s.uses);
    v("security_invoker", s.security_invoker), v("extension", s.extension);
    v("definition", s.definition);
  }
};

/// A function that a check may care about: security definer ones, those that triggers call, and
/// immutable ones (an index may hold their results).
struct Function {
  std::string schema;
  std::string name;
  std::string arguments;
  std::string language;
  std::string volatility;  ///< immutable, stable, volatile
  std::string result;      ///< the base type of what it gives: "text"
  std::string parallel;    ///< safe, restricted, unsafe
  bool security_definer = false;
  bool search_path_set = false;
  bool public_execute = false;
  std::string extension;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("name", s.name), v("arguments", s.arguments),
        v("language", s.language);
    v("volatility", s.volatility), v("result", s.result), v("parallel", s.parallel),
        v("security_definer", s.security_definer);
    v("search_path_set", s.search_path_set), v("public_execute", s.public_execute),
        v("extension", s.extension);
  }
};

/// How many different combinations of values some columns have.
struct DistinctCount {
  std::vector<std::string> columns;
  double count = 0;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("columns", s.columns), v("count", s.count);
  }
};

/// CREATE STATISTICS.
struct ExtendedStatistics {
  std::string schema;
  std::string name;
  std::int64_t table = 0;
  std::vector<std::string> columns;
  std::vector<std::string> kinds;  ///< ndistinct, dependencies, mcv, expressions
  bool built = false;              ///< ANALYZE has filled it
  std::vector<DistinctCount> distinct;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("schema", s.schema), v("name", s.name), v("table", s.table), v("columns", s.columns),
        v("kinds", s.kinds);
    v("built", s.built), v("distinct", s.distinct);
  }
};

/// A schema (namespace) with what a role other than its owner may do.
struct Namespace {
  std::string name;
  std::string owner;
  bool public_create = false;  ///< anybody may create objects in it

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("name", s.name), v("owner", s.owner), v("public_create", s.public_create);
  }
};

struct Schema {
  std::vector<Namespace> namespaces;
  std::vector<Table> tables;  ///< sorted by schema and name
  std::vector<Sequence> sequences;
  std::vector<View> views;
  std::vector<Function> functions;
  std::vector<ExtendedStatistics> extended_statistics;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("namespaces", s.namespaces), v("tables", s.tables), v("sequences", s.sequences),
        v("views", s.views);
    v("functions", s.functions), v("extended_statistics", s.extended_statistics);
  }
};

}  // namespace whet::model
