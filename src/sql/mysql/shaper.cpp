#include "sql/mysql/shaper.h"

#include <algorithm>

#include "base/text.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

std::string output_name(const Item& item) {
  if (!item.alias.empty()) return item.alias;
  if (item.expr.kind == ExprKind::column && !item.expr.path.empty()) return item.expr.path.back();
  return item.expr.name;
}

// A key that is an output's name was counted with the output.
bool names_output(const Expr& one, const std::vector<Item>& items) {
  if (one.kind != ExprKind::column || one.path.size() != 1) return false;
  return std::any_of(items.begin(), items.end(), [&](const Item& item) {
    return !item.alias.empty() && same_name(item.alias, one.path[0]);
  });
}

// What * stands for, or alias.* when one is given.
void star_columns(const std::vector<std::string>& path, const Block& block,
                  std::vector<Output>& out) {
  const Source* wanted = nullptr;
  if (!path.empty())
    wanted = find_source(block, path.size() > 1 ? path[path.size() - 2] : "", path.back());
  for (std::size_t i = 0; i < block.sources.size(); ++i) {
    const Source& source = block.sources[i];
    if (!path.empty() && &source != wanted) continue;
    for (const std::string& name : column_names(source).value_or(std::vector<std::string>())) {
      const Place place = find_column(block, i, i + 1, name);
      out.push_back({name, place.relation, place.column, place.also});
    }
  }
}

}  // namespace

void forget_columns(std::vector<Output>& outputs) {
  for (Output& output : outputs) {
    output.relation.reset();
    output.column.clear();
    output.also.clear();
  }
}

void Shaper::statement(const Statement& one) {
  if (one.verb == Verb::none) return;
  if (one.verb == Verb::select) {
    (void)query(*one.query, nullptr);
    return;
  }
  Block around;
  around.common = one.with;
  around.recursive = one.recursive;
  Block block;
  block.outer = &around;
  block.number = ++blocks_;
  if (one.verb == Verb::insert) insert(one, block);
  if (one.verb == Verb::update) update(one, block);
  if (one.verb == Verb::remove) remove(one, block);
}

Derived Shaper::query(const Query& one, const Block* outer) {
  if (too_large_) return {{}, true};
  Block block;
  block.outer = outer;
  block.common = one.with;
  block.recursive = one.recursive;
  if (!one.branches.empty()) return set_operation(one, block);
  block.number = ++blocks_;
  return single(one, block);
}

Derived Shaper::single(const Query& one, Block& block) {
  const Select& select = one.select;
  Derived out;
  for (const auto& row : select.rows) {
    for (const Expr& value : row) subqueries(value, block);
  }
  if (!select.rows.empty()) {
    // MariaDB names the columns otherwise, and a digest does not tell how many there are.
    const bool list = std::any_of(select.rows[0].begin(), select.rows[0].end(),
                                  [](const Expr& value) { return value.name == "..."; });
    out.opaque = mode_.mariadb || list;
    for (std::size_t i = 0; i < select.rows[0].size(); ++i)
      out.outputs.push_back({"column_" + std::to_string(i), std::nullopt, ""});
    return out;
  }
  std::vector<Condition> all;
  for (const From& item : select.from) from(item, block, all);
  if (select.where.present()) all.push_back({&select.where, false, false, {}});
  conditions(all, block);
  for (const Item& item : select.items) columns_used(item.expr, block, true);
  having_columns(select.having, select.items, block);
  key_columns(select.group, one, block);
  key_columns(one.order, one, block);
  for (const Expr& window : select.windows) columns_used(window, block, false);
  keys(one, block);
  for (const Item& item : select.items) subqueries(item.expr, block);
  subqueries(select.having, block);
  for (const auto* list : {&select.group, &one.order}) {
    for (const Key& key : *list) subqueries(key.expr, block);
  }
  out.outputs = output_of(select.items, block);
  forget_computed(one, block, out.outputs);
  return out;
}

Derived Shaper::set_operation(const Query& one, const Block& around) {
  Derived out = query(one.branches[0], &around);
  for (std::size_t n = 1; n < one.branches.size(); ++n) {
    const Derived right = query(one.branches[n], &around);
    for (std::size_t i = 0; i < out.outputs.size() && i < right.outputs.size(); ++i)
      add_branch(out.outputs[i], right.outputs[i]);
  }
  limits(one.limit, one.offset);
  // A condition on the result filters each branch; but not below EXCEPT, nor above a LIMIT.
  if (one.except || one.limit.present() || one.offset.present()) forget_columns(out.outputs);
  return out;
}

// A column of a UNION: it is those of all branches.
void Shaper::add_branch(Output& output, const Output& other) const {
  if (!other.relation) return;
  if (!output.relation) {
    output.relation = other.relation;
    output.column = other.column;
  } else {
    const model::Column* mine = column_of(*output.relation, output.column);
    const model::Column* its = column_of(*other.relation, other.column);
    // Of different types, the branches are computed first.
    if (mine != nullptr && its != nullptr && mine->base_type != its->base_type) {
      output = {output.name, std::nullopt, ""};
      return;
    }
    output.also.push_back({*other.relation, other.column});
  }
  output.also.insert(output.also.end(), other.also.begin(), other.also.end());
}

const model::Column* Shaper::column_of(std::size_t relation, const std::string& column) const {
  const model::ShapeRelation& used = shape_.relations[relation];
  if (used.opaque) return nullptr;
  const model::Table* table = catalog_.table(used.schema, used.table);
  return table == nullptr ? nullptr : table->column(column);
}

// A column of the output stays the column of its relation where a condition on it may be checked
// before this block's work: by merging the block, or since 8.0.22 by pushing the condition down.
void Shaper::forget_computed(const Query& one, const Block& block, std::vector<Output>& outputs) {
  const Select& select = one.select;
  const auto any = [&select](bool (*holds)(const Expr&)) {
    return std::any_of(select.items.begin(), select.items.end(),
                       [holds](const Item& item) { return holds(item.expr); });
  };
  if (one.limit.present() || one.offset.present() || select.rollup || any(has_window))
    return forget_columns(outputs);
  if (select.group.empty()) {
    if (select.having.present() || any(has_aggregate)) forget_columns(outputs);
    return;
  }
  std::set<std::pair<std::size_t, std::string>> kept;
  for (const Key& item : select.group) {
    const auto found = key(item.expr, select.items, block, false);
    if (found && !found->second.column.empty()) kept.emplace(found->first, found->second.column);
  }
  for (Output& output : outputs) {
    if (output.relation && kept.contains({*output.relation, output.column})) continue;
    output = {output.name, std::nullopt, ""};
  }
}

std::vector<Output> Shaper::output_of(const std::vector<Item>& items, const Block& block) {
  std::vector<Output> out;
  for (const Item& item : items) {
    if (item.expr.kind == ExprKind::star) {
      star_columns(item.expr.path, block, out);
      continue;
    }
    Place place;
    if (item.expr.kind == ExprKind::column) place = resolve(block, item.expr.path);
    out.push_back({output_name(item), place.column.empty() ? std::nullopt : place.relation,
                   place.column, place.also});
  }
  return out;
}

void Shaper::note(const Place& place, bool projected) {
  if (!place.relation) return;
  model::ShapeRelation& relation = shape_.relations[*place.relation];
  if (place.column.empty()) {
    relation.whole_row = true;
    return;
  }
  relation.needed.push_back(place.column);
  if (projected) relation.projected.push_back(place.column);
  for (const At& also : place.also) {
    shape_.relations[also.relation].needed.push_back(also.column);
    if (projected) shape_.relations[also.relation].projected.push_back(also.column);
  }
}

// * or t.*: all columns of some sources.
void Shaper::star_used(const Expr& star, const Block& block, bool projected) {
  const Source* wanted = nullptr;
  if (!star.path.empty())
    wanted = find_source(block, star.path.size() > 1 ? star.path[0] : "", star.path.back());
  for (const Source& source : block.sources) {
    if (!star.path.empty() && &source != wanted) continue;
    note({true, source.relation, ""}, projected);
    for (const Output& output : source.outputs)
      note({true, output.relation, output.column, output.also}, projected);
  }
}

void Shaper::columns_used(const Expr& one, const Block& block, bool projected) {
  if (one.kind == ExprKind::star) star_used(one, block, projected);
  if (one.kind == ExprKind::column) {
    const Place place = resolve(block, one.path);
    if (place.found) note(place, projected);
    if (!place.found && !one.path.empty()) shape_.unresolved.push_back(one.path.back());
  }
  // COUNT(*) wants no column.
  const bool counts = one.kind == ExprKind::call && one.name == "count";
  for (const Expr& arg : one.args) {
    if (!counts || arg.kind != ExprKind::star) columns_used(arg, block, projected);
  }
  for (const Expr& part : one.window) columns_used(part, block, projected);
}

void Shaper::key_columns(const std::vector<Key>& keys, const Query& one, const Block& block) {
  for (const Key& key : keys) {
    if (!names_output(key.expr, one.select.items)) columns_used(key.expr, block, false);
  }
}

// HAVING may name outputs anywhere in it.
void Shaper::having_columns(const Expr& one, const std::vector<Item>& items, const Block& block) {
  if (one.kind == ExprKind::column) {
    if (!names_output(one, items)) columns_used(one, block, false);
    return;
  }
  for (const Expr& arg : one.args) {
    if (arg.kind != ExprKind::star) having_columns(arg, items, block);
  }
}

void Shaper::subqueries(const std::vector<Expr>& all, const Block& block) {
  for (const Expr& one : all) subqueries(one, block);
}

void Shaper::subqueries(const Expr& one, const Block& block) {
  subqueries(one.args, block);
  subqueries(one.window, block);
  if (!one.query) return;
  const Derived inner = query(*one.query, &block);
  const bool equal = one.kind == ExprKind::quantified && one.name == "=" && !one.negated;
  if (one.kind == ExprKind::in || equal) ties_of_subquery(one, inner, block);
}

// a IN (SELECT b ...) ties a to b as a join would.
void Shaper::ties_of_subquery(const Expr& one, const Derived& inner, const Block& block) {
  if (one.args.empty()) return;
  const Expr& tested = one.args[0];
  const Condition none;
  const Context context{block, none};
  for (std::size_t i = 0; i < inner.outputs.size(); ++i) {
    const bool row = tested.kind == ExprKind::row;
    if (row ? i >= tested.args.size() : i > 0) break;
    const Side outer = side(row ? tested.args[i] : tested, block);
    Side answer;
    answer.relation = inner.outputs[i].relation;
    answer.column = inner.outputs[i].column;
    answer.derived = !answer.relation;
    answer.also = inner.outputs[i].also;
    if (answer.relation) answer.relations.insert(*answer.relation);
    if (!outer.relations.empty()) edge(outer, "IN", answer, context);
  }
}

model::Shape Shaper::take_shape() {
  for (model::ShapeRelation& relation : shape_.relations) {
    for (auto* names : {&relation.projected, &relation.needed}) {
      std::sort(names->begin(), names->end());
      names->erase(std::unique(names->begin(), names->end()), names->end());
    }
  }
  std::sort(shape_.unresolved.begin(), shape_.unresolved.end());
  shape_.unresolved.erase(std::unique(shape_.unresolved.begin(), shape_.unresolved.end()),
                          shape_.unresolved.end());
  return std::move(shape_);
}

}  // namespace whet::sql::mysql
