#include "advise/advisor/candidates.h"

#include <algorithm>
#include <optional>

#include "advise/advisor/mongodb.h"
#include "advise/advisor/prices.h"
#include "advise/advisor/shapes.h"
#include "advise/index/common.h"
#include "advise/index/mongodb_algebra.h"
#include "advise/mongodb_facts.h"
#include "advise/proposals/merge.h"
#include "advise/upkeep/writes.h"
#include "sql/catalog.h"
#include "sql/shape.h"

namespace whet::advise {

namespace {

class Gatherer {
 public:
  Gatherer(const Facts& facts, const AdvisorOptions& options)
      : facts_(facts), options_(options), catalog_(statement_catalog(facts)), writes_(facts) {
    limits_.trust_planner = options.sizes == Sizes::hypopg;
    if (is_mongodb(facts)) mongodb_.emplace(facts);
  }

  Questions gather(const std::vector<WorkItem>& items);

 private:
  void statement(const WorkItem& item);
  void new_indexes();
  void existing_indexes();
  void price(AskedIndex& index);

  const Facts& facts_;
  const AdvisorOptions& options_;
  sql::Catalog catalog_;
  Writes writes_;
  ProposalLimits limits_;
  Questions out_;
  std::vector<std::vector<Proposal>> proposals_;  ///< of each statement
  std::vector<wired::Query> queries_;             ///< the same, for MongoDB
  std::optional<MongodbPrices> mongodb_;
};

void Gatherer::statement(const WorkItem& item) {
  const auto shape =
      statement_shape(facts_, catalog_, item.text, item.database, sql::Literals::by_text);
  if (!shape) {
    out_.skipped.push_back({item.id, shape.error().message});
    return;
  }
  Asked asked{&item, {}, {}};
  for (const model::ShapeRelation& relation : shape->relations) {
    const model::Table* table =
        relation.opaque ? nullptr : facts_.table(relation.schema, relation.table);
    if (table != nullptr && !table->temporary) asked.tables.insert(table);
  }
  if (asked.tables.empty()) {
    std::string names;
    for (const model::ShapeRelation& relation : shape->relations) {
      if (!relation.table.empty()) names += (names.empty() ? ": not " : ", ") + relation.table;
    }
    out_.skipped.push_back({item.id, "It reads no table of this database's schema" + names + "."});
    return;
  }
  if (is_mongodb(facts_)) {
    const CommandsOf commands = commands_of(facts_, item);
    proposals_.push_back(mongodb_proposals(facts_, commands));
    queries_.push_back(commands.query);
  } else {
    proposals_.push_back(proposals_for(facts_, *shape, limits_));
  }
  out_.statements.push_back(std::move(asked));
}

void Gatherer::new_indexes() {
  if (is_mongodb(facts_)) {
    for (wired::WildcardProposal& one : wired::wildcards_for(facts_, queries_)) {
      for (const std::size_t q : one.queries) proposals_[q].push_back(one.proposal);
    }
  }
  MergeLimits limits;
  constexpr std::size_t mongodb_parts = 6;  // nothing can be included beside the key
  if (is_mongodb(facts_)) limits.key_columns = mongodb_parts;
  limits.per_table = 300;  // what the planner looks through in a few milliseconds
  limits.total = 6000;     // a shadow makes a thousand in a second or two
  for (Merged& merged : merge_proposals(facts_, proposals_, limits)) {
    if (is_mongodb(facts_) && !wired::is_buildable(*merged.proposal.table, merged.proposal.index))
      continue;
    AskedIndex index;
    index.table = merged.proposal.table;
    index.what.what = {index.table->schema, index.table->name, std::move(merged.proposal.index)};
    index.unknown_expressions = std::move(merged.proposal.unknown_expressions);
    for (const std::size_t q : merged.statements)
      out_.statements[q].proposed.push_back(out_.indexes.size());
    price(index);
    out_.indexes.push_back(std::move(index));
  }
}

void Gatherer::price(AskedIndex& index) {
  const IndexPrice price =
      mongodb_ ? mongodb_->price_of(options_.charge_upkeep, *index.table, index.what.what.index)
               : price_of(facts_, options_.charge_upkeep ? &writes_ : nullptr, *index.table,
                          index.what.what.index);
  if (index.what.existing == 0) index.what.dimensions = price.dimensions;
  index.upkeep = price.upkeep;
  index.cost_per_row = price.cost_per_row;
}

// Why an existing index stays whatever the planner says; empty when it may go.
std::string reason_to_keep(const Facts& facts, const model::Table& table,
                           const model::Index& index) {
  if (is_mongodb(facts)) return mongodb_must_stay(index);
  std::string must = must_stay(index, ties_of(facts, table));
  if (!must.empty()) return must;
  if (index.unique) return "it keeps values unique";
  if (index.parent != 0) return "it belongs to a partitioned index";
  if (!only_supported_by(index, table).empty()) return "a foreign key needs it";
  return "";
}

void Gatherer::existing_indexes() {
  std::set<const model::Table*> tables;
  for (const Asked& asked : out_.statements)
    tables.insert(asked.tables.begin(), asked.tables.end());
  for (const model::Table& table : facts_.schema().tables) {
    if (!tables.contains(&table)) continue;
    for (const model::Index& index : table.indexes) {
      if (!index.usable() || index.building) continue;
      AskedIndex one;
      one.table = &table;
      one.what = {{table.schema, table.name, index}, index.id, {}};
      one.keep = reason_to_keep(facts_, table, index);
      price(one);
      out_.indexes.push_back(std::move(one));
    }
  }
}

Questions Gatherer::gather(const std::vector<WorkItem>& items) {
  for (const WorkItem& item : items) statement(item);
  new_indexes();
  existing_indexes();
  return std::move(out_);
}

}  // namespace

Questions questions(const Facts& facts, const std::vector<WorkItem>& items,
                    const AdvisorOptions& options) {
  return Gatherer(facts, options).gather(items);
}

}  // namespace whet::advise
