#include "engine/postgres/shadow/added_indexes.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "engine/postgres/render.h"
#include "engine/postgres/shadow/pages.h"
#include "engine/postgres/shadow/storage.h"
#include "sql/quote.h"

namespace whet::engine::postgres::shadow {

namespace {

/// A part of a tree of indexes that has a file: the index itself, or one for each partition.
struct Leaf {
  std::int64_t id = 0;
  double table_rows = 0, table_pages = 0;
};

/// The table of each wanted index with all that is below it: building reads them.
Result<std::vector<std::int64_t>> tables_of(Session& session,
                                            const std::vector<Shadow::Wanted>& wanted) {
  std::set<std::string> names;
  for (const auto& one : wanted) names.insert(one.index.schema + "." + one.index.table);
  const auto rows = WHET_TRY(session.admin.query(R"(
    WITH RECURSIVE tree AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm')
        AND n.nspname || '.' || c.relname IN (SELECT json_array_elements_text($1))
      UNION SELECT h.inhrelid FROM tree JOIN pg_inherits h ON h.inhparent = tree.oid)
    SELECT oid FROM tree)",
                                                 {json_array({names.begin(), names.end()})}));
  std::vector<std::int64_t> out;
  for (int i = 0; i < rows.size(); ++i) out.push_back(Row(rows, i).integer());
  return out;
}

Result<std::map<std::string, std::vector<Leaf>>> leaves_of(Session& session,
                                                           const std::vector<std::string>& names) {
  const auto rows = WHET_TRY(session.admin.query(R"(
    WITH RECURSIVE tree AS (
      SELECT n.nspname || '.' || c.relname AS top, c.oid, c.relkind FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname || '.' || c.relname IN (SELECT json_array_elements_text($1))
      UNION SELECT tree.top, c.oid, c.relkind FROM tree
      JOIN pg_inherits h ON h.inhparent = tree.oid JOIN pg_class c ON c.oid = h.inhrelid)
    SELECT tree.top, tree.oid, t.reltuples, t.relpages FROM tree
    JOIN pg_index i ON i.indexrelid = tree.oid JOIN pg_class t ON t.oid = i.indrelid
    WHERE tree.relkind = 'i')",
                                                 {json_array(names)}));
  std::map<std::string, std::vector<Leaf>> out;
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    auto& leaves = out[row.text()];
    leaves.push_back({row.integer(), std::max(0.0, row.number()), row.number()});
  }
  return out;
}

void add_shapes(const Shadow::Wanted& wanted, const std::vector<Leaf>& leaves,
                std::vector<Shape>& shapes) {
  double total = 0;
  for (const Leaf& leaf : leaves) total += leaf.table_rows;
  for (const Leaf& leaf : leaves) {
    const double share =
        total > 0 ? leaf.table_rows / total : 1.0 / static_cast<double>(leaves.size());
    Shape shape;
    shape.id = leaf.id;
    shape.pages = std::max(1.0, std::round(wanted.dimensions.pages * share));
    shape.bytes = shape.pages * static_cast<double>(block_bytes);
    shape.rows = std::round(wanted.dimensions.entries * share);
    shape.height = wanted.dimensions.height;
    // A partition's tree is lower than one tree for all would be.
    constexpr double usual_width = 8;
    if (leaves.size() > 1)
      shape.height = std::min(shape.height, btree_height(shape.pages, usual_width));
    if (wanted.index.index.method == "brin") {
      const auto& options = wanted.index.index.options;
      const auto range = options.find("pages_per_range");
      constexpr double usual = 128;
      shape.map_pages = brin_map_pages(
          leaf.table_pages,
          range == options.end() ? usual : text::to_double(range->second).value_or(usual));
    }
    shapes.push_back(shape);
  }
}

}  // namespace

Result<std::vector<Result<std::string>>> add_indexes(Session& session,
                                                     const std::vector<Shadow::Wanted>& wanted) {
  Statements statements;
  std::vector<std::string> names;
  for (const auto& one : wanted) {
    const std::string name = "whet_added_" + std::to_string(session.next_index++);
    names.push_back(one.index.schema + "." + name);
    statements.push_back({names.back(), plain_create_index(one.index, name)});
  }
  WHET_TRY_VOID(small_files(session, WHET_TRY(tables_of(session, wanted))));
  auto failures = run_each(session, statements);
  WHET_TRY_VOID(long_files(session));
  if (!failures.ok()) return failures.error();
  WHET_TRY(session.admin.query(
      "SELECT whet_shadow.switch_indexes(false, ARRAY(SELECT json_array_elements_text($1)))",
      {json_array(names)}));
  const auto leaves = WHET_TRY(leaves_of(session, names));
  std::vector<Shape> shapes;
  std::vector<Result<std::string>> out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto at = leaves.find(names[i]);
    if (at != leaves.end()) add_shapes(wanted[i], at->second, shapes);
    out.emplace_back(names[i]);
  }
  WHET_TRY_VOID(shape(session, shapes));
  for (const Failure& one : *failures) {
    const auto at = std::find(names.begin(), names.end(), one.statement.what);
    if (at == names.end()) continue;
    out[static_cast<std::size_t>(at - names.begin())] =
        Error{ErrorKind::refused,
              "The shadow refused '" + one.statement.sql + "': " + one.said + ".", "", ""};
  }
  return out;
}

}  // namespace whet::engine::postgres::shadow
