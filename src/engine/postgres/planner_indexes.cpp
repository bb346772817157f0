// What the planner reads in indexes: the height of a B-tree, the counts of a GIN index, and the
// smallest and largest value of a B-tree's first key.
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "engine/postgres/planner_facts.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

std::unordered_map<std::int64_t, model::PlannerRelation*> by_id(Collector& c) {
  std::unordered_map<std::int64_t, model::PlannerRelation*> map;
  for (auto& relation : c.snapshot.planner->relations) map[relation.id] = &relation;
  return map;
}

/// A little-endian number of `size` bytes in hexadecimal text; nothing past its end.
std::optional<std::int64_t> number_at(std::string_view hex, std::size_t byte, std::size_t size) {
  if ((byte + size) * 2 > hex.size()) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    const auto digit = [&](std::size_t at) -> std::int64_t {
      const char d = hex[at];
      return d <= '9' ? d - '0' : d - 'a' + 10;
    };
    value = value * 256 + digit((byte + i) * 2) * 16 + digit((byte + i) * 2 + 1);
  }
  return value;
}

/// The head of a GIN index's first page (ginblock.h, GinMetaPageData).
std::optional<model::GinCounts> gin_counts(std::string_view hex) {
  model::GinCounts counts;
  counts.pending_pages = number_at(hex, 12, 4).value_or(0);
  counts.total_pages = number_at(hex, 24, 4).value_or(0);
  counts.entry_pages = number_at(hex, 28, 4).value_or(0);
  counts.data_pages = number_at(hex, 32, 4).value_or(0);
  counts.entries = number_at(hex, 40, 8).value_or(0);
  if (counts.total_pages == 0) return std::nullopt;  // the file is older than the index
  return counts;
}

constexpr std::int64_t btree_magic = 0x053162;

/// A key whose ends are looked up once, for all indexes that begin with it.
struct Key {
  std::string schema, table, expression;
  std::vector<std::string> columns;
  std::vector<std::int64_t> indexes;
};

/// The planner looks for the ends of what has a histogram only.
std::set<std::pair<std::int64_t, std::int64_t>> with_histogram(Collector& c) {
  constexpr std::int64_t histogram = 2;
  std::set<std::pair<std::int64_t, std::int64_t>> out;
  for (const auto& statistic : c.snapshot.planner->statistics) {
    for (const auto& slot : statistic.slots) {
      if (slot.kind == histogram) out.emplace(statistic.relation, statistic.position);
    }
  }
  return out;
}

std::vector<Key> keys_to_look_up(Collector& c) {
  const auto rows = c.read("keys of indexes", R"(
    SELECT i.indexrelid, i.indrelid, i.indkey[0], n.nspname, t.relname,
           pg_get_indexdef(i.indexrelid, 1, false),
           ARRAY(SELECT a.attname FROM pg_depend d
                 JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                   AND (a.attnum = i.indkey[0] OR (i.indkey[0] = 0 AND d.refobjsubid > 0))
                 UNION SELECT a.attname FROM pg_attribute a
                 WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]),
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(t.oid, 'SELECT')
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_opclass o ON o.oid = i.indclass[0]
    WHERE m.amname = 'btree' AND i.indisvalid AND i.indpred IS NULL AND t.relkind IN ('r', 'm')
      AND t.relpersistence <> 't' AND NOT t.relrowsecurity
      AND o.opcfamily IN (SELECT opcfamily FROM pg_opclass WHERE opcdefault)
      AND (i.indkey[0] = 0 OR i.indcollation[0] = (SELECT a.attcollation FROM pg_attribute a
             WHERE a.attrelid = t.oid AND a.attnum = i.indkey[0]))
      AND )" + user_namespace("n") + " ORDER BY i.indexrelid");
  std::vector<Key> keys;
  if (!rows) return keys;
  const auto wanted = with_histogram(c);
  std::map<std::pair<std::int64_t, std::string>, std::size_t> seen;
  std::int64_t unreadable = 0;
  std::set<std::string> schemas;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t index = row.integer(), table = row.integer(), position = row.integer();
    Key key{row.text(), row.text(), row.text(), row.array(), {}};
    const bool readable = row.flag();
    const bool useful =
        position == 0 ? wanted.contains({index, 1}) : wanted.contains({table, position});
    if (!useful) continue;
    if (!readable) {
      ++unreadable;
      schemas.insert(sql::quote_identifier(key.schema));
      continue;
    }
    const auto [at, fresh] = seen.try_emplace({table, key.expression}, keys.size());
    if (fresh) keys.push_back(std::move(key));
    keys[at->second].indexes.push_back(index);
  }
  if (unreadable > 0) {
    c.note("the ends of " + text::plural(unreadable, "index", "indexes"),
           "The role may not read the tables.",
           "GRANT SELECT ON ALL TABLES IN SCHEMA " +
               text::join({schemas.begin(), schemas.end()}, ", ") + " TO " + c.role + ";");
  }
  return keys;
}

/// One row: the number of the key, whether it is the largest, the values. An index probe.
std::string probe(const Key& key, std::size_t number, bool largest) {
  std::vector<std::string> names, values;
  for (const auto& column : key.columns) {
    names.push_back(sql::quote_identifier(column));
    values.push_back(names.back() + "::text");
  }
  const std::string row = "ARRAY[" + text::join(values, ", ") + "]";
  // Larger rows are rather documents than keys: they would not fit the shadow's single page.
  return "(SELECT " + std::to_string(number) + ", " + (largest ? "true" : "false") +
         ", ARRAY(SELECT v IS NULL FROM unnest(x.v) v), x.v FROM (SELECT " + row +
         " AS v FROM (SELECT " + text::join(names, ", ") + " FROM ONLY " +
         sql::quote_qualified(key.schema, key.table) + " WHERE " + key.expression +
         " IS NOT NULL ORDER BY " + key.expression + (largest ? " DESC" : "") +
         " LIMIT 1) y) x WHERE octet_length(x.v::text) < 4000)";
}

void keep_end(const Key& key, Row& row,
              std::unordered_map<std::int64_t, model::PlannerRelation*>& relations) {
  const bool largest = row.flag();
  const auto nulls = row.array(), values = row.array();
  std::map<std::string, std::string> end;
  for (std::size_t i = 0; i < key.columns.size() && i < values.size() && i < nulls.size(); ++i) {
    if (nulls[i] != "t") end[key.columns[i]] = values[i];
  }
  for (const auto id : key.indexes) {
    const auto at = relations.find(id);
    if (at != relations.end()) (largest ? at->second->largest : at->second->smallest) = end;
  }
}

constexpr std::size_t keys_at_once = 20;

}  // namespace

void collect_first_pages(Collector& c) {
  // Nothing is noted without the privilege: a height can be computed, and nearly always is right.
  const auto rows = c.read_if_possible(R"(
    SELECT c.oid, m.amname,
           encode(pg_read_binary_file(pg_relation_filepath(c.oid), 24, 52, true), 'hex')
    FROM pg_class c JOIN pg_am m ON m.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'i' AND m.amname IN ('btree', 'gin') AND c.relpersistence <> 't' AND )" +
                                       user_namespace("n"));
  if (!rows) return;
  auto relations = by_id(c);
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const auto at = relations.find(row.integer());
    if (at == relations.end()) continue;
    const std::string method = row.text(), page = row.text();
    if (method == "gin") {
      at->second->gin = gin_counts(page);
    } else if (number_at(page, 0, 4) == btree_magic) {
      at->second->height = number_at(page, 20, 4);
    }
  }
}

void collect_index_ends(Collector& c) {
  const std::vector<Key> keys = keys_to_look_up(c);
  auto relations = by_id(c);
  for (std::size_t start = 0; start < keys.size() && !c.stopped(); start += keys_at_once) {
    std::string sql;
    for (std::size_t k = start; k < std::min(keys.size(), start + keys_at_once); ++k) {
      if (!sql.empty()) sql += " UNION ALL ";
      sql += probe(keys[k], k, false) + " UNION ALL " + probe(keys[k], k, true);
    }
    const auto rows = read_values(c, "the ends of indexes", sql);
    for (int i = 0; rows && i < rows->size(); ++i) {
      Row row(*rows, i);
      const auto number = static_cast<std::size_t>(row.integer());
      if (number < keys.size()) keep_end(keys[number], row, relations);
    }
  }
}

}  // namespace whet::engine::postgres
