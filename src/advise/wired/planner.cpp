#include "advise/wired/planner.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "advise/wired/plans.h"
#include "advise/wired/sizes.h"
#include "base/text.h"

namespace whet::advise::wired {

namespace {

/// A search of another collection for each document is done at once, by hashing, when that one is
/// small (6.0 and later; internalQueryCollectionMaxNoOfDocumentsToChooseHashJoin).
constexpr double small_collection = 10000;
constexpr std::int64_t hashes_since = 60000;

using Keys = std::vector<const Key*>;

class Planner final : public model::IndexSwitch {
 public:
  Planner(const Facts& facts, CommandOf command_of)
      : facts_(facts), command_of_(std::move(command_of)), constants_(constants_of(facts)) {}

  [[nodiscard]] std::string name() const override {
    return "Whet's model of MongoDB " + facts_.server().version + "'s planner";
  }
  [[nodiscard]] bool hides_existing() const override { return true; }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override;
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override;

 private:
  struct Planned {
    Access access;
    double cost = 0;
  };
  void add_fixed();
  [[nodiscard]] const Statistics& statistics(const model::Table& table);
  [[nodiscard]] Result<const Query*> query(const std::string& statement);
  [[nodiscard]] Keys keys_of(const model::Table& table,
                             const std::vector<std::size_t>& present) const;
  Planned plan_read(const Read& read, const model::Table& table,
                    const std::vector<std::size_t>& present);
  double plan_lookup(const Lookup& lookup, const std::string& database, double outer,
                     const std::vector<std::size_t>& present, model::PlanNode& above,
                     model::SwitchedPlan& out);
  [[nodiscard]] model::PlanNode node_of(const Access& access, const model::Table& table,
                                        model::SwitchedPlan& out) const;
  [[nodiscard]] model::PlanNode scan_node(const Access& access, const model::Table& table,
                                          model::SwitchedPlan& out) const;

  const Facts& facts_;
  CommandOf command_of_;
  Constants constants_;
  std::vector<model::SwitchedIndex> indexes_;  ///< owns what switched keys refer to
  std::vector<Key> switched_;
  std::deque<Key> fixed_;  ///< existing ones that cannot be switched
  std::unordered_map<const model::Table*, Keys> always_;
  std::unordered_map<const model::Table*, std::unique_ptr<Statistics>> statistics_;
  std::unordered_map<std::string, Result<std::unique_ptr<Query>>> queries_;
};

const Statistics& Planner::statistics(const model::Table& table) {
  auto& known = statistics_[&table];
  if (!known) known = std::make_unique<Statistics>(table);
  return *known;
}

// Existing indexes outside the list are always there.
void Planner::add_fixed() {
  std::set<std::pair<std::string, std::string>> listed;
  for (const model::SwitchedIndex& one : indexes_) {
    if (one.existing != 0)
      listed.emplace(one.what.schema + "." + one.what.table, one.what.index.name);
  }
  for (const model::Table& table : facts_.schema().tables) {
    for (const model::Index& index : table.indexes) {
      if (!index.usable() || listed.contains({table.qualified(), index.name})) continue;
      fixed_.push_back(key_of(table, index));
      fixed_.back().bytes = index_size(statistics(table), fixed_.back()).key_bytes;
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
          Error{ErrorKind::invalid, "There is no collection " + what.table + ".", "", ""});
      continue;
    }
    Key key = key_of(*table, what.index);
    key.position = i;
    if (key.name.empty()) key.name = "whet_" + std::to_string(i);
    const IndexSize size = index_size(statistics(*table), key);
    key.bytes = size.key_bytes;
    switched_[i] = std::move(key);
    sizes.emplace_back(size.bytes);
  }
  add_fixed();
  return sizes;
}

Result<const Query*> Planner::query(const std::string& statement) {
  auto found = queries_.find(statement);
  if (found == queries_.end()) {
    Result<std::unique_ptr<Query>> made = Error{};
    auto command = command_of_(statement);
    if (!command) {
      made = std::move(command).error();
    } else if (auto read = query_of(*command); read) {
      made = std::make_unique<Query>(std::move(read).value());
    } else {
      made = std::move(read).error();
    }
    found = queries_.emplace(statement, std::move(made)).first;
  }
  if (!found->second) return found->second.error();
  return static_cast<const Query*>(found->second->get());
}

Keys Planner::keys_of(const model::Table& table, const std::vector<std::size_t>& present) const {
  Keys out;
  const auto always = always_.find(&table);
  if (always != always_.end()) out = always->second;
  for (const std::size_t p : present) {
    if (p < switched_.size() && switched_[p].table == &table) out.push_back(&switched_[p]);
  }
  return out;
}

Planner::Planned Planner::plan_read(const Read& read, const model::Table& table,
                                    const std::vector<std::size_t>& present) {
  const Statistics& known = statistics(table);
  auto accesses = accesses_for(known, read, keys_of(table, present));
  const std::size_t best = winner_of(known, read, accesses);
  Planned out;
  out.cost = cost_of(constants_, known, accesses[best], read);
  // {} is counted by the collection's own counter.
  if (read.verb == Verb::count && read.filter.empty()) out.cost = 1;
  out.access = std::move(accesses[best]);
  return out;
}

model::PlanNode Planner::scan_node(const Access& access, const model::Table& table,
                                   model::SwitchedPlan& out) const {
  model::PlanNode node;
  node.schema = table.schema;
  node.relation = table.name;
  node.plan_rows = access.documents;
  switch (access.way) {
    case Way::collection:
      node.type = "COLLSCAN";
      return node;
    case Way::id:
      node.type = "IDHACK";
      return node;
    case Way::distinct:
      node.type = "DISTINCT_SCAN";
      break;
    default:
      node.type = "IXSCAN";
  }
  node.index = access.key->name;
  node.covering = access.covered;
  for (const Part& part : access.bounds.parts) {
    if (!part.all()) node.used_key_parts.push_back(part.path);
  }
  if (access.key->position) {
    out.used.push_back(*access.key->position);
    out.names[access.key->name] = *access.key->position;
  }
  return node;
}

model::PlanNode above(std::string type, model::PlanNode below, double rows) {
  model::PlanNode node;
  node.type = std::move(type);
  node.plan_rows = rows;
  node.children.push_back(std::move(below));
  return node;
}

model::PlanNode Planner::node_of(const Access& access, const model::Table& table,
                                 model::SwitchedPlan& out) const {
  model::PlanNode node;
  if (access.way == Way::either) {
    node.type = access.merged ? "SORT_MERGE" : "OR";
    for (const Access& arm : access.arms) node.children.push_back(scan_node(arm, table, out));
    node = above("FETCH", std::move(node), access.documents);
  } else {
    node = scan_node(access, table, out);
    if (access.way == Way::index && access.merged)
      node = above("SORT_MERGE", std::move(node), access.documents);
    if (access.way == Way::index && !access.covered)
      node = above("FETCH", std::move(node), access.results);
  }
  if (access.sorts) node = above("SORT", std::move(node), access.results);
  return node;
}

double Planner::plan_lookup(const Lookup& lookup, const std::string& database, double outer,
                            const std::vector<std::size_t>& present, model::PlanNode& top,
                            model::SwitchedPlan& out) {
  const model::Table* table = facts_.table(database, lookup.collection);
  if (table == nullptr) return 0;
  Read read;
  read.database = database;
  read.collection = lookup.collection;
  read.filter = lookup.filter;
  if (!lookup.path.empty())
    read.filter.conditions.push_back({lookup.path, Op::equal, {mql::Value::placeholder()}, 0});
  Planned once = plan_read(read, *table, present);
  double times = std::max(outer, 1.0);
  const bool scans = once.access.way == Way::collection;
  const double rows = statistics(*table).documents();
  double cost = once.cost * times;
  if (scans && constants_.version >= hashes_since && rows <= small_collection && !lookup.graph &&
      lookup.filter.empty())
    cost = once.cost + times * constants_.key;
  model::PlanNode node = node_of(once.access, *table, out);
  node.parent_relationship = "Inner";
  node.total_cost = cost;
  top.children.push_back(std::move(node));
  return cost;
}

Result<model::SwitchedPlan> Planner::plan(const std::string& statement,
                                          const std::vector<std::size_t>& present) {
  const Query& asked = *WHET_TRY(query(statement));
  model::SwitchedPlan out;
  model::PlanNode top;
  double cost = constants_.start;
  for (const Read& read : asked.reads) {
    const model::Table* table = facts_.table(read.database, read.collection);
    if (table == nullptr) continue;
    Planned planned = plan_read(read, *table, present);
    cost += planned.cost;
    model::PlanNode node = node_of(planned.access, *table, out);
    node.total_cost = planned.cost;
    if (top.type.empty()) {
      top = std::move(node);
      const double outer = Progression(planned.access, read).wanted();
      if (!asked.lookups.empty()) top = above("$lookup", std::move(top), outer);
      for (const Lookup& lookup : asked.lookups)
        cost += plan_lookup(lookup, read.database, outer, present, top, out);
    } else {
      top.children.push_back(std::move(node));
    }
  }
  if (top.type.empty()) top.type = "EOF";
  top.total_cost = cost;
  std::sort(out.used.begin(), out.used.end());
  out.used.erase(std::unique(out.used.begin(), out.used.end()), out.used.end());
  out.plan.root = std::move(top);
  return out;
}

}  // namespace

Constants constants_of(const Facts& facts) {
  Constants out;
  out.version = facts.server().version_number;
  for (const model::StatusValue& value : facts.server().status) {
    if (value.name == "wiredTiger.cache.maximum bytes configured") out.cache_bytes = value.total;
  }
  for (const model::Table& table : facts.schema().tables)
    out.data_bytes += static_cast<double>(table.data_bytes + table.index_bytes);
  return out;
}

std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts, CommandOf command_of) {
  return std::make_unique<Planner>(facts, std::move(command_of));
}

}  // namespace whet::advise::wired
