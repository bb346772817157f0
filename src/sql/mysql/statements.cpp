// Statements that write.
#include <algorithm>

#include "sql/mysql/shaper.h"

namespace whet::sql::mysql {

void Shaper::mark_written(const Source& source) {
  if (source.relation) shape_.relations[*source.relation].written = true;
  for (const Output& output : source.outputs) {
    if (output.relation) shape_.relations[*output.relation].written = true;
  }
}

void Shaper::insert(const Statement& one, Block& block) {
  // The query does not see the target.
  if (one.query) (void)query(*one.query, &block);
  for (const auto& row : one.rows) subqueries(row, block);
  From target = one.target;
  named(target, block);
  mark_written(block.sources.back());
  // ON DUPLICATE KEY UPDATE reads the row that is there.
  for (const Assignment& change : one.set) {
    columns_used(change.value, block, false);
    subqueries(change.value, block);
  }
  for (const Item& item : one.returning) columns_used(item.expr, block, true);
}

void Shaper::update(const Statement& one, Block& block) {
  std::vector<Condition> all;
  for (const From& item : one.from) from(item, block, all);
  for (const Assignment& change : one.set) {
    const Place place = resolve(block, change.column.path);
    if (place.relation) shape_.relations[*place.relation].written = true;
    if (!place.found && !change.column.path.empty())
      shape_.unresolved.push_back(change.column.path.back());
  }
  // A single table is what is written, known or not.
  if (block.sources.size() == 1) mark_written(block.sources.front());
  changed_rows(one, block, all);
}

void Shaper::remove(const Statement& one, Block& block) {
  std::vector<Condition> all;
  for (const From& item : one.from) from(item, block, all);
  if (one.targets.empty()) {
    for (const Source& source : block.sources) mark_written(source);
  }
  for (const auto& path : one.targets) {
    if (path.empty()) continue;
    const Source* source =
        find_source(block, path.size() > 1 ? path[path.size() - 2] : "", path.back());
    if (source != nullptr) mark_written(*source);
  }
  changed_rows(one, block, all);
}

// WHERE, ORDER BY and LIMIT of an UPDATE or DELETE; and what is written into the rows.
void Shaper::changed_rows(const Statement& one, Block& block, std::vector<Condition>& all) {
  if (one.where.present()) all.push_back({&one.where, false, false, {}});
  conditions(all, block);
  for (const Assignment& change : one.set) columns_used(change.value, block, false);
  for (const Item& item : one.returning) columns_used(item.expr, block, true);
  for (const Key& key : one.order) columns_used(key.expr, block, false);
  ordering(one.order, {}, block);
  limits(one.limit, {});
  for (const std::size_t position : relations_of(block))
    shape_.relations[position].limited = shape_.relations[position].limited || one.limit.present();
  for (const Assignment& change : one.set) subqueries(change.value, block);
}

}  // namespace whet::sql::mysql
