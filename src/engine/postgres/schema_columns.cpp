// Columns, and what the planner knows about their values (pg_stats).
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

struct Type {
  std::string name;
  std::string kind;
  std::int64_t base = 0;     ///< of a domain
  std::int64_t element = 0;  ///< of an array
};

std::string kind_of(std::string_view typtype, bool is_array) {
  if (is_array) return "array";
  if (typtype == "d") return "domain";
  if (typtype == "e") return "enum";
  if (typtype == "c") return "composite";
  if (typtype == "r" || typtype == "m") return "range";
  return "base";
}

std::unordered_map<std::int64_t, Type> read_types(Collector& c) {
  std::unordered_map<std::int64_t, Type> types;
  // A row type for each table would double the answer: only those that columns use.
  const auto rows = c.read("types", R"(
    SELECT oid, typname, typtype, typlen = -1 AND typelem <> 0 AND typcategory = 'A', typbasetype,
           typelem
    FROM pg_type WHERE typtype <> 'p'
      AND (typtype <> 'c' OR oid IN (SELECT atttypid FROM pg_attribute WHERE atttypid >= 16384)))");
  if (!rows) return types;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t id = row.integer();
    Type type;
    type.name = row.text();
    const std::string typtype = row.text();
    const bool is_array = row.flag();
    type.kind = kind_of(typtype, is_array);
    type.base = row.integer();
    type.element = is_array ? row.integer() : 0;
    types[id] = std::move(type);
  }
  return types;
}

std::string base_name(const std::unordered_map<std::int64_t, Type>& types, std::int64_t id) {
  auto at = types.find(id);
  while (at != types.end() && at->second.base != 0) at = types.find(at->second.base);
  if (at == types.end()) return {};
  if (at->second.element != 0) {
    const auto element = types.find(at->second.element);
    if (element != types.end()) return element->second.name + "[]";
  }
  return at->second.name;
}

std::int64_t alignment_of(std::string_view code) {
  if (code == "s") return 2;
  if (code == "i") return 4;
  return code == "d" ? 8 : 1;
}

std::string storage_of(std::string_view code) {
  if (code == "p") return "plain";
  if (code == "m") return "main";
  return code == "e" ? "external" : "extended";
}

std::string compression_of(std::string_view code) {
  if (code == "p") return "pglz";
  return code == "l" ? "lz4" : "";
}

model::Column read_column(Row& row, const std::unordered_map<std::int64_t, Type>& types) {
  model::Column column;
  column.position = row.integer();
  column.name = row.text();
  const std::int64_t type = row.integer();
  column.type = row.text();
  column.base_type = base_name(types, type);
  if (const auto at = types.find(type); at != types.end()) column.type_kind = at->second.kind;
  column.length = row.integer();
  column.alignment = alignment_of(row.view());
  column.storage = storage_of(row.view());
  column.compression = compression_of(row.view());
  column.collation = row.text();
  column.equal_may_differ = row.flag();
  column.default_expression = row.text();
  const std::string identity = row.text();
  if (!identity.empty()) column.identity = identity == "a" ? "always" : "by default";
  const std::string generated = row.text();
  if (!generated.empty()) {
    // A generated column's expression is its default in the catalog.
    column.generated = generated == "s" ? "stored" : "virtual";
  }
  column.not_null = row.flag();
  const auto target = row.maybe_integer();
  if (target && *target >= 0) column.statistics_target = target;
  return column;
}

constexpr std::size_t frequencies_kept = 100;

model::ColumnStats read_stats(Row& row, bool with_samples) {
  model::ColumnStats stats;
  stats.null_fraction = row.number();
  stats.average_width = row.number();
  stats.distinct = row.number();
  stats.correlation = row.maybe_number();
  for (const auto& item : row.array()) {
    if (stats.common_frequencies.size() == frequencies_kept) break;
    stats.common_frequencies.push_back(text::to_double(item).value_or(0));
  }
  stats.has_histogram = row.flag();
  for (const auto& item : row.array()) {
    if (stats.element_frequencies.size() == frequencies_kept) break;
    stats.element_frequencies.push_back(text::to_double(item).value_or(0));
  }
  std::sort(stats.element_frequencies.rbegin(), stats.element_frequencies.rend());
  stats.average_elements = row.number();
  if (with_samples) {
    stats.samples = row.array();
    if (stats.samples.size() > frequencies_kept) stats.samples.resize(frequencies_kept);
  }
  return stats;
}

void note_hidden_statistics(Collector& c) {
  const auto rows = c.read("columns without readable statistics", R"(
    SELECT count(*), coalesce(string_agg(DISTINCT quote_ident(n.nspname), ', '), ''),
           array_to_string((array_agg(n.nspname || '.' || c.relname ORDER BY n.nspname, c.relname))[1:5], ', ')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p') AND )" + user_namespace("n") + R"(
      AND NOT has_any_column_privilege(c.oid, 'SELECT'))");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  const std::int64_t hidden = row.integer();
  if (hidden == 0) return;
  const std::string schemas = row.text(), names = row.text();
  constexpr std::int64_t named = 5;
  c.note("planner statistics of " + text::plural(hidden, "table", "tables"),
         "pg_stats shows only columns that the role may read, not those of " + names +
             (hidden > named ? ", ..." : "."),
         "GRANT SELECT ON ALL TABLES IN SCHEMA " + schemas + " TO " + c.role + ";");
}

}  // namespace

void collect_columns(Collector& c) {
  const auto types = read_types(c);
  const std::string compression = c.since(140000, "a.attcompression", "''");
  const auto rows = c.read("columns", R"(
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod),
           a.attlen, a.attalign, a.attstorage, )" +
                                          compression + R"(,
           CASE WHEN a.attcollation NOT IN (0, 100)
                THEN (SELECT collname FROM pg_collation WHERE oid = a.attcollation) END,
           a.attcollation <> 0 AND EXISTS (SELECT 1 FROM pg_collation l WHERE l.oid = a.attcollation
                                           AND NOT l.collisdeterministic),
           CASE WHEN a.atthasdef THEN (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                                       WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
           a.attidentity, a.attgenerated, a.attnotnull, a.attstattarget
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f') AND )" +
                                          user_namespace("n") + R"(
    ORDER BY a.attrelid, a.attnum)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    if (auto* table = c.table(row.integer())) table->columns.push_back(read_column(row, types));
  }
}

void collect_statistics(Collector& c) {
  // Inherited statistics are of the whole tree: those of a partitioned table's columns. The others
  // describe the table's own rows.
  const std::string samples = c.options.with_samples ? "s.most_common_vals::text" : "NULL";
  const auto rows = c.read("planner statistics", R"(
    SELECT s.schemaname, s.tablename, s.attname, s.inherited, s.null_frac, s.avg_width,
           s.n_distinct, s.correlation, s.most_common_freqs, s.histogram_bounds IS NOT NULL,
           s.most_common_elem_freqs[1:array_length(s.most_common_elems, 1)],
           s.elem_count_histogram[array_upper(s.elem_count_histogram, 1)], )" +
                                                     samples + R"(
    FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname
    WHERE )" + user_namespace("n"));
  if (!rows) return;
  std::unordered_map<std::string, model::Table*> by_name;
  for (auto& table : c.snapshot.schema.tables) by_name[table.schema + '\n' + table.name] = &table;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    std::string key = row.text();
    key += '\n';
    key += row.view();
    const auto at = by_name.find(key);
    const std::string_view name = row.view();
    const bool inherited = row.flag();
    if (at == by_name.end()) continue;
    if (inherited != (at->second->kind == model::TableKind::partitioned)) continue;
    for (auto& column : at->second->columns) {
      if (column.name == name) column.stats = read_stats(row, c.options.with_samples);
    }
  }
  note_hidden_statistics(c);
}

}  // namespace whet::engine::postgres
