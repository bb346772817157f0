#include "advise/innodb/planner.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "advise/innodb/blocks.h"
#include "advise/innodb/nodes.h"

namespace whet::advise::innodb {

namespace {

double all_bytes(const model::Schema& schema) {
  double sum = 0;
  for (const model::Table& table : schema.tables) sum += static_cast<double>(table.total_bytes());
  return sum;
}

class Planner final : public model::IndexSwitch {
 public:
  Planner(const Facts& facts, ShapeOf shape_of)
      : facts_(facts),
        shape_of_(std::move(shape_of)),
        constants_(constants_of(facts.server(), all_bytes(facts.schema()))) {}

  [[nodiscard]] std::string name() const override {
    return "Whet's model of " + server_words(facts_.server()) + "'s optimizer";
  }
  [[nodiscard]] bool hides_existing() const override { return true; }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override;
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override;

 private:
  void add_fixed();
  [[nodiscard]] Result<const Query*> query(const std::string& statement);

  const Facts& facts_;
  ShapeOf shape_of_;
  Constants constants_;
  std::vector<model::SwitchedIndex> indexes_;  ///< owns what switched keys refer to
  std::vector<Key> switched_;
  std::deque<Key> fixed_;  ///< existing ones that cannot be switched
  std::unordered_map<const model::Table*, std::vector<const Key*>> always_;
  std::unordered_map<std::string, Result<std::unique_ptr<Query>>> queries_;
};

// Existing indexes outside the list are always there.
void Planner::add_fixed() {
  std::set<std::int64_t> listed;
  for (const model::SwitchedIndex& one : indexes_) {
    if (one.existing != 0) listed.insert(one.existing);
  }
  for (const model::Table& table : facts_.schema().tables) {
    for (const model::Index& index : table.indexes) {
      if (!index.usable() || (index.id != 0 && listed.contains(index.id))) continue;
      fixed_.push_back(key_of(facts_, constants_, table, index));
      always_[&table].push_back(&fixed_.back());
    }
  }
}

Result<std::vector<Result<double>>> Planner::declare(
    const std::vector<model::SwitchedIndex>& indexes) {
  indexes_ = indexes;
  switched_.assign(indexes_.size(), {});
  fixed_.clear();
  always_.clear();
  queries_.clear();
  std::vector<Result<double>> sizes;
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    const model::HypotheticalIndex& what = indexes_[i].what;
    const model::Table* table = facts_.table(what.schema, what.table);
    if (table == nullptr) {
      sizes.emplace_back(
          Error{ErrorKind::invalid, "There is no table " + what.table + ".", "", ""});
      continue;
    }
    Key key = key_of(facts_, constants_, *table, what.index);
    key.position = i;
    if (key.name.empty()) key.name = "whet_" + std::to_string(i);
    switched_[i] = std::move(key);
    sizes.emplace_back(index_size(constants_, *table, what.index).pages * constants_.page_bytes);
  }
  add_fixed();
  return sizes;
}

Result<const Query*> Planner::query(const std::string& statement) {
  auto found = queries_.find(statement);
  if (found == queries_.end()) {
    auto shape = shape_of_(statement);
    Result<std::unique_ptr<Query>> made = Error{};
    if (shape) {
      made = std::make_unique<Query>(query_of(facts_, std::move(shape).value(), statement));
    } else {
      made = std::move(shape).error();
    }
    found = queries_.emplace(statement, std::move(made)).first;
  }
  if (!found->second) return found->second.error();
  return static_cast<const Query*>(found->second->get());
}

Result<model::SwitchedPlan> Planner::plan(const std::string& statement,
                                          const std::vector<std::size_t>& present) {
  const Query& asked = *WHET_TRY(query(statement));
  std::vector<std::vector<const Key*>> keys(asked.relations.size());
  for (std::size_t i = 0; i < asked.relations.size(); ++i) {
    const model::Table* table = asked.relations[i].table;
    if (table == nullptr) continue;
    const auto always = always_.find(table);
    if (always != always_.end()) keys[i] = always->second;
    for (const std::size_t p : present) {
      if (p < switched_.size() && switched_[p].table == table) keys[i].push_back(&switched_[p]);
    }
  }
  const KeysOf keys_of = [&](std::size_t relation) -> const std::vector<const Key*>& {
    return keys[relation];
  };
  const auto blocks = plan_blocks(facts_, constants_, asked, keys_of);
  return plan_of(asked, blocks);
}

}  // namespace

std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts, ShapeOf shape_of) {
  return std::make_unique<Planner>(facts, std::move(shape_of));
}

}  // namespace whet::advise::innodb
