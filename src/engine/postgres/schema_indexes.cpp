// Indexes with every key part.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

struct Opclass {
  std::string name;
  bool is_default = false;
};

/// Names for the numbers in pg_index's vectors: resolved here, a join for each key part of 100,000
/// indexes costs the server more.
struct Names {
  std::unordered_map<std::int64_t, Opclass> opclasses;
  std::unordered_map<std::int64_t, std::string> collations;
};

Names read_names(Collector& c) {
  Names names;
  if (const auto rows = c.read("operator classes", R"(
        SELECT o.oid, CASE WHEN n.nspname = 'pg_catalog' THEN o.opcname::text
                           ELSE n.nspname || '.' || o.opcname END, o.opcdefault
        FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace)")) {
    for (int i = 0; i < rows->size(); ++i) {
      Row row(*rows, i);
      const std::int64_t id = row.integer();
      const std::string name = row.text();
      names.opclasses[id] = {name, row.flag()};
    }
  }
  if (const auto rows = c.read("collations", R"(
        SELECT l.oid, CASE WHEN n.nspname = 'pg_catalog' THEN l.collname::text
                           ELSE n.nspname || '.' || l.collname END
        FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
        WHERE l.oid IN (SELECT unnest(string_to_array(indcollation::text, ' '))::oid
                      FROM pg_index))")) {
    for (int i = 0; i < rows->size(); ++i) {
      Row row(*rows, i);
      const std::int64_t id = row.integer();
      names.collations[id] = row.text();
    }
  }
  return names;
}

std::vector<std::int64_t> vector_of(std::string_view text) {
  std::vector<std::int64_t> out;
  for (const auto& item : text::split(text, ' '))
    if (const auto number = text::to_int(item)) out.push_back(*number);
  return out;
}

struct Vectors {
  std::vector<std::int64_t> columns, options, opclasses, collations;
  std::vector<std::string> expressions;
};

void add_parts(const Collector& c, const model::Table& table, const Names& names,
               std::size_t key_parts, const Vectors& from, model::Index& index) {
  std::size_t next_expression = 0;
  for (std::size_t i = 0; i < from.columns.size(); ++i) {
    if (i >= key_parts) {
      index.includes.push_back(c.column_name(table, from.columns[i]));
      continue;
    }
    model::IndexPart part;
    if (from.columns[i] != 0) {
      part.column = c.column_name(table, from.columns[i]);
    } else if (next_expression < from.expressions.size()) {
      part.expression = from.expressions[next_expression++];
    }
    // The bits of indoption: 1 is DESC, 2 is NULLS FIRST (pg_index.h).
    const std::int64_t option = i < from.options.size() ? from.options[i] : 0;
    part.descending = (option & 1) != 0;
    part.nulls_first = (option & 2) != 0;
    if (i < from.collations.size() && from.collations[i] != 0) {
      const auto at = names.collations.find(from.collations[i]);
      if (at != names.collations.end()) part.collation = at->second;
    }
    if (i < from.opclasses.size()) {
      const auto at = names.opclasses.find(from.opclasses[i]);
      if (at != names.opclasses.end()) {
        part.opclass = at->second.name;
        part.opclass_is_default = at->second.is_default;
      }
    }
    index.parts.push_back(std::move(part));
  }
}

model::Index read_index(Row& row) {
  model::Index index;
  index.id = row.integer();
  index.schema = row.text();
  index.name = row.text();
  index.method = row.text();
  for (bool* flag : {&index.unique, &index.primary, &index.exclusion, &index.nulls_not_distinct})
    *flag = row.flag();
  index.deferrable = !row.flag();  // indimmediate
  index.invalid = !row.flag();     // indisvalid
  index.not_ready = !row.flag();   // indisready
  index.clustered = row.flag();
  index.replica_identity = row.flag();
  index.building = row.flag();
  index.constraint = row.text();
  index.parent = row.integer();
  index.extension = row.text();
  index.predicate = row.text();
  index.definition = row.text();
  for (const auto& entry : row.array()) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos)
      index.options[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  index.pages = row.integer();
  index.row_estimate = std::max(0.0, row.number());
  return index;
}

Vectors read_vectors(Row& row) {
  Vectors vectors;
  vectors.columns = vector_of(row.view());
  vectors.options = vector_of(row.view());
  vectors.opclasses = vector_of(row.view());
  vectors.collations = vector_of(row.view());
  vectors.expressions = row.array();
  return vectors;
}

void collect_pending_lists(Collector& c) {
  // gin_metapage_info needs pageinspect and a superuser; pgstatginindex comes with pgstattuple.
  const auto* extension = c.snapshot.server.extension("pgstattuple");
  if (extension == nullptr) return;
  const auto rows = c.read_if_possible("SELECT i.indexrelid, (" + extension->schema +
                                       R"(.pgstatginindex(i.indexrelid)).pending_pages
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam
    WHERE a.amname = 'gin' AND x.relkind = 'i' AND i.indisvalid LIMIT 200)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    if (auto* index = c.index(row.integer())) {
      index->pending_list_bytes = row.number() * static_cast<double>(c.snapshot.server.block_bytes);
    }
  }
}

}  // namespace

void collect_indexes(Collector& c) {
  const Names names = read_names(c);
  const std::string nulls = c.since(150000, "i.indnullsnotdistinct", "false");
  const auto rows = c.read("indexes", R"(
    SELECT i.indrelid, i.indnkeyatts, i.indkey::text, i.indoption::text, i.indclass::text,
           i.indcollation::text,
           CASE WHEN i.indexprs IS NOT NULL THEN
             ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false)
                   FROM generate_series(1, i.indnkeyatts) k WHERE i.indkey[k - 1] = 0
                   ORDER BY k) END,
           i.indexrelid, n.nspname, x.relname, a.amname, i.indisunique, i.indisprimary,
           i.indisexclusion, )" + nulls + R"(, i.indimmediate, i.indisvalid, i.indisready,
           i.indisclustered, i.indisreplident,
           EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = x.oid),
           k.conname, h.inhparent,
           (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid
              AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1),
           pg_get_expr(i.indpred, i.indrelid), pg_get_indexdef(i.indexrelid),
           x.reloptions, x.relpages, x.reltuples
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = x.relnamespace
    JOIN pg_am a ON a.oid = x.relam
    LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_inherits h ON h.inhrelid = x.oid
    WHERE )" + user_namespace("n"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* table = c.table(row.integer());
    if (table == nullptr) continue;
    const auto key_parts = static_cast<std::size_t>(row.integer());
    const Vectors vectors = read_vectors(row);
    model::Index index = read_index(row);
    add_parts(c, *table, names, key_parts, vectors, index);
    table->indexes.push_back(std::move(index));
  }
  for (auto& table : c.snapshot.schema.tables) {
    std::sort(table.indexes.begin(), table.indexes.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  c.remember_indexes();
  collect_pending_lists(c);
}

}  // namespace whet::engine::postgres
