// GROUP BY, ORDER BY, LIMIT, min and max, row locks.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sql/mysql/shaper.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

template <class Test>
bool any_part(const Expr& one, Test test) {
  if (test(one)) return true;
  return std::any_of(one.args.begin(), one.args.end(),
                     [&](const Expr& arg) { return any_part(arg, test); });
}

}  // namespace

bool has_aggregate(const Expr& one) {
  return any_part(one, [](const Expr& part) {
    return part.kind == ExprKind::call && !part.over && is_aggregate(part.name);
  });
}

bool has_window(const Expr& one) {
  return any_part(one, [](const Expr& part) { return part.over; });
}

std::vector<std::size_t> Shaper::relations_of(const Block& block) const {
  std::vector<std::size_t> out;
  for (const Source& source : block.sources) {
    if (source.relation) out.push_back(*source.relation);
    for (const Output& output : source.outputs) {
      if (output.relation) out.push_back(*output.relation);
      for (const At& also : output.also) out.push_back(also.relation);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Shaper::limits(const Expr& limit, const Expr& offset) {
  if (limit.kind == ExprKind::parameter) parameter(limit.number, ParameterRole::limit);
  if (offset.kind == ExprKind::parameter) parameter(offset.number, ParameterRole::offset);
}

void Shaper::keys(const Query& one, const Block& block) {
  const Select& select = one.select;
  grouping(one, block);
  ordering(one.order, select.items, block);
  extremes(one, block);
  locks(one, block);
  limits(one.limit, one.offset);
  bool aggregated = !select.group.empty() || select.having.present();
  bool windowed = false;
  for (const Item& item : select.items) {
    aggregated = aggregated || has_aggregate(item.expr);
    windowed = windowed || has_window(item.expr);
  }
  for (const Key& key : one.order) windowed = windowed || has_window(key.expr);
  for (const std::size_t position : relations_of(block)) {
    model::ShapeRelation& relation = shape_.relations[position];
    // A plain subquery below this block has set its own already.
    relation.limited = relation.limited || one.limit.present();
    relation.offset = relation.offset || one.offset.present();
    relation.aggregated = relation.aggregated || aggregated;
    relation.windowed = relation.windowed || windowed;
    relation.distinct = relation.distinct || select.distinct;
  }
}

// What a key stands for: an output's position or name is looked through. `output_first`: a bare
// name means an output before it means a column, as in ORDER BY.
const Expr* Shaper::key_expression(const Expr& written, const std::vector<Item>& items,
                                   const Block& block, bool output_first) const {
  if (written.kind == ExprKind::literal) {
    const auto n = text::to_int(written.name).value_or(0);
    if (n < 1 || n > static_cast<std::int64_t>(items.size())) return nullptr;
    return &items[static_cast<std::size_t>(n - 1)].expr;
  }
  if (written.kind != ExprKind::column || written.path.size() != 1) return &written;
  if (!output_first && resolve(block, written.path).found) return &written;
  for (const Item& item : items) {
    if (!item.alias.empty() && same_name(item.alias, written.path[0])) return &item.expr;
  }
  return &written;
}

// A key, and the relation that it is of.
std::optional<std::pair<std::size_t, model::ShapeKey>> Shaper::key(const Expr& written,
                                                                   const std::vector<Item>& items,
                                                                   const Block& block,
                                                                   bool output_first) {
  const Expr* one = key_expression(written, items, block, output_first);
  if (one == nullptr) return std::nullopt;
  const Side found = side(*one, block);
  if (found.derived || found.relations.size() != 1 || has_aggregate(*one) || has_window(*one))
    return std::nullopt;
  model::ShapeKey key;
  key.column = found.column;
  if (key.column.empty()) {
    key.expression = text_of(*one, block);
    key.expression_columns = found.columns;
  }
  if (key.column.empty() && key.expression.empty()) return std::nullopt;
  return std::pair(*found.relations.begin(), std::move(key));
}

void Shaper::grouping(const Query& one, const Block& block) {
  std::vector<model::ShapeKey> keys;
  std::optional<std::size_t> relation;
  for (const Key& item : one.select.group) {
    auto found = key(item.expr, one.select.items, block, false);
    if (!found || (relation && *relation != found->first)) return;
    relation = found->first;
    found->second.nulls_first = true;
    keys.push_back(std::move(found->second));
  }
  // A block below may have grouped it already.
  if (relation && shape_.relations[*relation].grouping.empty())
    shape_.relations[*relation].grouping = std::move(keys);
}

void Shaper::ordering(const std::vector<Key>& all, const std::vector<Item>& items,
                      const Block& block) {
  std::vector<model::ShapeKey> keys;
  std::optional<std::size_t> relation;
  bool complete = true;
  for (const Key& item : all) {
    if (item.expr.kind == ExprKind::null) continue;  // ORDER BY NULL asks for no order
    auto found = key(item.expr, items, block, true);
    if (!found || (relation && *relation != found->first)) {
      complete = false;
      break;
    }
    relation = found->first;
    model::ShapeKey& made = found->second;
    made.descending = item.descending;
    // NULLs are the smallest values.
    made.nulls_first = !made.descending;
    keys.push_back(std::move(made));
  }
  if (!relation) return;
  shape_.relations[*relation].ordering = std::move(keys);
  shape_.relations[*relation].ordering_complete = complete;
}

void Shaper::extremes(const Query& one, const Block& block) {
  const auto relations = relations_of(block);
  if (relations.size() != 1 || block.sources.size() != 1 || !one.select.group.empty()) return;
  std::vector<model::ShapeKey> found;
  for (const Item& item : one.select.items) {
    const Expr& call = item.expr;
    const bool extreme =
        call.kind == ExprKind::call && (call.name == "min" || call.name == "max") && !call.over;
    // Any other output reads all rows anyway.
    if (!extreme || call.args.size() != 1) return;
    const Side argument = side(call.args[0], block);
    if (argument.column.empty()) return;
    const bool max = call.name == "max";
    found.push_back({argument.column, "", {}, max, !max, ""});
  }
  shape_.relations[relations[0]].extremes = std::move(found);
}

void Shaper::locks(const Query& one, const Block& block) {
  for (const Lock& lock : one.select.locks) {
    for (const Source& source : block.sources) {
      const bool named =
          std::any_of(lock.tables.begin(), lock.tables.end(),
                      [&](const std::string& name) { return same_name(name, source.alias); });
      if (source.relation && (lock.tables.empty() || named))
        shape_.relations[*source.relation].for_update = true;
    }
  }
}

}  // namespace whet::sql::mysql
