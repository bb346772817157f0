#include "advise/innodb/blocks.h"

#include <algorithm>
#include <cmath>

namespace whet::advise::innodb {

namespace {

class Blocks {
 public:
  Blocks(const Facts& facts, const Constants& constants, const Query& query, const KeysOf& keys)
      : facts_(facts), constants_(constants), query_(query), keys_(keys) {}

  PlannedBlock plan(const Block& block) {
    PlannedBlock out;
    if (block.relations.empty()) return out;
    if (block.relations.size() == 1 && shortcut(block.relations.front(), out)) return out;
    out.joined = join(facts_, constants_, query_, block.relations, block.outer, keys_);
    out.rows = out.joined.rows;
    group(block, out);
    sort(block, out);
    limit(block, out);
    out.work = out.joined.work + behind_;
    out.price = out.joined.price;
    const Relation& first = query_.relations[block.relations.front()];
    if (first.shape->written) out.work += out.rows * constants_.work.written;
    return out;
  }

 private:
  bool shortcut(std::size_t relation, PlannedBlock& out);
  void group(const Block& block, PlannedBlock& out);
  void sort(const Block& block, PlannedBlock& out);
  void limit(const Block& block, PlannedBlock& out);
  [[nodiscard]] double groups(const Relation& relation, double rows) const;
  [[nodiscard]] bool use_order(const Relation& relation, const std::vector<model::ShapeKey>& order,
                               bool grouping, PlannedBlock& out);

  const Facts& facts_;
  const Constants& constants_;
  const Query& query_;
  const KeysOf& keys_;
  double behind_ = 0;  ///< work behind the joins
};

bool Blocks::shortcut(std::size_t relation, PlannedBlock& out) {
  const Paths paths(constants_, query_.relations[relation], keys_(relation));
  const auto path = paths.shortcut();
  if (!path || path->price >= paths.alone().price) return false;
  Step step;
  step.relation = relation;
  step.path = *path;
  step.after = out.rows = path->examined;
  step.work = path->work;
  out.joined.steps.push_back(step);
  out.joined.rows = path->examined;
  out.joined.price = out.price = path->price;
  out.joined.work = out.work = path->work;
  return true;
}

double Blocks::groups(const Relation& relation, double rows) const {
  std::vector<std::string> columns;
  for (const model::ShapeKey& key : relation.shape->grouping) {
    if (key.column.empty()) return std::min(rows, std::sqrt(rows) * 10);
    columns.push_back(key.column);
  }
  if (relation.table == nullptr) return rows;
  return std::min(rows, Statistics(facts_, *relation.table).distinct(columns));
}

// Takes an index that gives the order for the first relation, when the server would. It always does
// for GROUP BY behind a table scan, whatever that costs (sql_optimizer.cc,
// test_if_cheaper_ordering: "hardly can be explained rationally").
bool Blocks::use_order(const Relation& relation, const std::vector<model::ShapeKey>& order,
                       bool grouping, PlannedBlock& out) {
  Step& first = out.joined.steps.front();
  const std::size_t at = first.relation;
  if (&query_.relations[at] != &relation) return false;
  const Paths paths(constants_, relation, keys_(at));
  if (paths.gives(first.path, order, grouping)) return true;
  if (order.empty()) return false;
  const bool scans = first.path.way == Way::table_scan || first.path.way == Way::index_scan;
  const bool limited = query_.limit && relation.shape->limited && !grouping;
  const double wanted = limited ? std::min(1.0, *query_.limit / std::max(out.rows, 1e-3)) : 1;
  const Path* best = nullptr;
  const std::vector<Path> all = paths.ordered(order, {});
  double best_price = 0;
  for (const Path& path : all) {
    const bool whole = path.way == Way::index_scan;
    // The whole of an index is only read for a LIMIT, when it covers, or to group.
    if (whole && !limited && !path.covering && !(grouping && scans)) continue;
    const double price = path.price * wanted;
    const bool always = !limited && scans && (grouping || path.covering);
    if (!always && price >= first.path.price) continue;
    if (best == nullptr || price < best_price) {
      best = &path;
      best_price = price;
    }
  }
  if (best == nullptr) return false;
  out.joined.work += best->work - first.work;
  first.work = best->work;
  first.path = *best;
  return true;
}

void Blocks::group(const Block& block, PlannedBlock& out) {
  const Relation* grouped = nullptr;
  bool distinct = false;
  for (const std::size_t i : block.relations) {
    if (!query_.relations[i].shape->grouping.empty()) grouped = &query_.relations[i];
    distinct = distinct || query_.relations[i].shape->distinct;
  }
  if (grouped == nullptr) {
    // Keys of several relations, or none at all: no index of one relation helps.
    if (distinct) behind_ += out.rows * constants_.work.group;
    return;
  }
  const double rows = out.rows;
  const double made = groups(*grouped, rows);
  out.by_index = use_order(*grouped, grouped->shape->grouping, true, out);
  out.grouped = !out.by_index;
  behind_ += out.by_index ? rows * constants_.work.group_ordered
                          : rows * constants_.work.group + made * constants_.work.group_made;
  out.rows = made;
}

void Blocks::sort(const Block& block, PlannedBlock& out) {
  const Relation* ordered = nullptr;
  bool aggregated = false;
  for (const std::size_t i : block.relations) {
    if (!query_.relations[i].shape->ordering.empty()) ordered = &query_.relations[i];
    aggregated = aggregated || query_.relations[i].shape->aggregated;
  }
  if (ordered == nullptr) return;
  const model::ShapeRelation& shape = *ordered->shape;
  const bool usable = shape.ordering_complete && !aggregated && !shape.windowed;
  if (usable && use_order(*ordered, shape.ordering, false, out)) {
    out.by_index = true;
    return;
  }
  // Groups that an index gave in the same order need no sort.
  if (aggregated && out.by_index && shape.ordering_complete && !shape.grouping.empty() &&
      shape.ordering.front() == shape.grouping.front())
    return;
  out.by_index = false;
  out.sorted = true;
  const double rows = std::max(out.rows, 2.0);
  const bool limited = shape.limited && query_.limit && *query_.limit < rows / 4;
  behind_ += rows * (limited ? constants_.work.keep
                             : constants_.work.keep + constants_.work.compare * std::log2(rows));
}

// A plan whose rows come out as they are read stops early.
void Blocks::limit(const Block& block, PlannedBlock& out) {
  const model::ShapeRelation& shape = *query_.relations[block.relations.front()].shape;
  if (!shape.limited || !query_.limit) return;
  const bool streams = !out.sorted && !out.grouped &&
                       !(shape.aggregated && shape.grouping.empty()) &&
                       std::none_of(out.joined.steps.begin(), out.joined.steps.end(),
                                    [](const Step& step) { return step.buffered; });
  if (streams && out.rows > 0) {
    const double part = std::min(1.0, *query_.limit / std::max(out.rows, 1e-3));
    // At least one look into each.
    const double least = constants_.work.range_start;
    out.joined.work = std::max(out.joined.work * part, least);
    for (Step& step : out.joined.steps) step.work *= part;
    behind_ *= part;
  }
  out.rows = std::min(out.rows, *query_.limit);
}

/// A condition that compares with what is not in the text: most likely with the subquery.
bool awaits_subquery(const Condition& condition) {
  return std::any_of(condition.predicates.begin(), condition.predicates.end(), [](const auto* one) {
    return one->constant.empty() && one->parameters.empty() &&
           (one->kind == model::PredicateKind::range ||
            one->kind == model::PredicateKind::equality ||
            one->kind == model::PredicateKind::other);
  });
}

/// A dependent subquery runs for each row for which all that it refers to is known, before its own
/// condition leaves any out.
double executions(const Query& query, const Block& block, const PlannedBlock& around) {
  double rows = around.joined.rows;
  for (const Step& step : around.joined.steps) {
    if (std::find(block.outer.begin(), block.outer.end(), step.relation) != block.outer.end())
      rows = step.after;
  }
  for (const std::size_t i : block.outer) {
    for (const auto& [key, condition] : query.relations[i].conditions) {
      if (awaits_subquery(condition)) rows /= std::max(condition.share.part, 0.01);
    }
  }
  for (const Step& step : around.joined.steps) {
    const bool outer =
        std::find(block.outer.begin(), block.outer.end(), step.relation) != block.outer.end();
    if (outer) continue;
    for (const auto& [key, condition] : query.relations[step.relation].conditions) {
      if (awaits_subquery(condition) && step.after >= 1 && step.before <= rows)
        rows /= std::max(condition.share.part, 0.01);
    }
  }
  return std::max(1.0, rows * around.executions);
}

}  // namespace

std::vector<PlannedBlock> plan_blocks(const Facts& facts, const Constants& constants,
                                      const Query& query, const KeysOf& keys) {
  std::vector<PlannedBlock> out;
  for (const Block& block : query.blocks) {
    PlannedBlock made = Blocks(facts, constants, query, keys).plan(block);
    if (block.dependent && block.around < out.size()) {
      made.executions = executions(query, block, out[block.around]);
      made.work *= made.executions;
      made.price *= made.executions;
    }
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace whet::advise::innodb
