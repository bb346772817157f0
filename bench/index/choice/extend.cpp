#include "extend.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "engine/postgres/render.h"
#include "sql/catalog.h"
#include "sql/shape.h"

namespace whet::bench {

advise::Questions all_orders(const advise::Facts& facts, advise::Questions questions,
                             std::size_t width, bool besides) {
  if (!besides)
    std::erase_if(questions.indexes,
                  [](const advise::AskedIndex& index) { return index.what.existing == 0; });
  std::set<std::string> known;
  for (const advise::AskedIndex& index : questions.indexes) {
    if (index.what.existing == 0) known.insert(pg::plain_create_index(index.what.what, "x"));
  }
  const sql::Catalog catalog = sql::catalog_of(facts.snapshot());
  std::set<std::pair<const model::Table*, std::vector<std::string>>> orders;
  for (advise::Asked& asked : questions.statements) {
    if (!besides) asked.proposed.clear();
    const auto shape = sql::shape(asked.item->text, catalog);
    if (!shape) continue;
    for (const model::ShapeRelation& relation : shape->relations) {
      const model::Table* table = facts.table(relation.schema, relation.table);
      if (table == nullptr) continue;
      std::vector<std::vector<std::string>> made{{}};
      for (std::size_t from = 0; from < made.size(); ++from) {
        if (made[from].size() >= width) continue;
        for (const std::string& column : relation.needed) {
          const std::vector<std::string> base = made[from];
          if (std::find(base.begin(), base.end(), column) != base.end()) continue;
          made.push_back(base);
          made.back().push_back(column);
          orders.emplace(table, made.back());
        }
      }
    }
  }
  for (const auto& [table, columns] : orders) {
    advise::AskedIndex index;
    index.table = table;
    model::Index what;
    what.schema = table->schema;
    what.method = "btree";
    for (const std::string& column : columns) {
      model::IndexPart part;
      part.column = column;
      part.opclass_is_default = true;
      what.parts.push_back(part);
    }
    index.what.what = {table->schema, table->name, what};
    if (!known.contains(pg::plain_create_index(index.what.what, "x")))
      questions.indexes.push_back(std::move(index));
  }
  return questions;
}

namespace {

/// One step of Extend: a new index of one column, or a chosen one with one more column.
struct Extension {
  std::size_t add = 0;
  std::size_t instead = 0;  ///< the same as `add`: of none
  double ratio = 0;
};

class Extend {
 public:
  Extend(Setting& setting, double budget)
      : setting_(setting), budget_(budget), present_(existing(setting)) {}

  Result<Bits> run() {
    for (std::size_t q = 0; q < setting_.questions().statements.size(); ++q)
      costs_.push_back(WHET_TRY(setting_.cost(q, present_)));
    for (std::size_t i = 0; i < setting_.size(); ++i) {
      std::string key = setting_.questions().indexes[i].table->name;
      for (const auto& part : parts(i)) key += "," + part.column;
      if (!present_.test(i)) names_[key] = i;
    }
    while (WHET_TRY(step())) {
    }
    return present_;
  }

 private:
  const std::vector<model::IndexPart>& parts(std::size_t i) const {
    return setting_.questions().indexes[i].what.what.index.parts;
  }

  std::optional<std::size_t> shorter(std::size_t i) const {
    std::string key = setting_.questions().indexes[i].table->name;
    for (std::size_t k = 0; k + 1 < parts(i).size(); ++k) key += "," + parts(i)[k].column;
    const auto at = names_.find(key);
    if (at == names_.end() || !present_.test(at->second)) return std::nullopt;
    return at->second;
  }

  Result<bool> step() {
    Extension best;
    for (std::size_t i = 0; i < setting_.size(); ++i) {
      if (present_.test(i) || !std::isfinite(setting_.bytes()[i])) continue;
      Extension one{i, i, 0};
      if (parts(i).size() > 1) {
        const auto from = shorter(i);
        if (!from) continue;
        one.instead = *from;
      }
      const double more =
          setting_.bytes()[i] - (one.instead == i ? 0 : setting_.bytes()[one.instead]);
      if (bytes_ + more > budget_) continue;
      one.ratio = WHET_TRY(gain(one)) / std::max(1.0, more);
      if (one.ratio > best.ratio) best = one;
    }
    if (best.ratio <= 0) return false;
    apply(best, present_);
    bytes_ += setting_.bytes()[best.add] -
              (best.instead == best.add ? 0 : setting_.bytes()[best.instead]);
    for (std::size_t q = 0; q < costs_.size(); ++q)
      costs_[q] = WHET_TRY(setting_.cost(q, present_));
    return true;
  }

  static void apply(const Extension& one, Bits& set) {
    set.set(one.add);
    if (one.instead != one.add) set.reset(one.instead);
  }

  Result<double> gain(const Extension& one) {
    Bits next = present_;
    apply(one, next);
    double sum = 0;
    for (std::size_t q = 0; q < costs_.size(); ++q) {
      if (setting_.relevant(q).test(one.add))
        sum += setting_.questions().statements[q].item->calls *
               (costs_[q] - WHET_TRY(setting_.cost(q, next)));
    }
    return sum;
  }

  Setting& setting_;
  double budget_;
  Bits present_;
  double bytes_ = 0;
  std::vector<double> costs_;
  std::map<std::string, std::size_t> names_;
};

}  // namespace

Result<Bits> extend(Setting& setting, double budget) { return Extend(setting, budget).run(); }

}  // namespace whet::bench
