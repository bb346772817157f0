#include "advise/advisor/mongodb.h"

#include <algorithm>
#include <map>
#include <optional>

#include "advise/index/mongodb_common.h"
#include "advise/index/mongodb_redundant.h"
#include "advise/wired/planner.h"
#include "base/text.h"
#include "base/units.h"
#include "mql/command.h"

namespace whet::advise {

namespace {

/// Smaller ones are not worth a word.
constexpr double worth_telling = 10 * megabyte;

std::optional<wired::Query> query_of(const std::string& text, const std::string& database) {
  const auto command = mql::parse_command(text, database);
  if (!command) return std::nullopt;
  auto query = wired::query_of(*command);
  if (!query) return std::nullopt;
  return std::move(query).value();
}

const model::Statement* statement_of(const Facts& facts, const WorkItem& item) {
  const auto& all = facts.snapshot().workload.statements;
  const auto at = std::find_if(all.begin(), all.end(), [&](const model::Statement& one) {
    return one.text == item.text && (one.database == item.database || item.database.empty());
  });
  return at == all.end() ? nullptr : &*at;
}

/// Paths in conditions of whose values nothing is known.
std::size_t unknown_paths(const Facts& facts) {
  std::size_t count = 0;
  for (const model::Table* table : facts.user_tables()) {
    if (table->rows() >= 1000 && !table->sample) ++count;
  }
  return count;
}

}  // namespace

CommandsOf commands_of(const Facts& facts, const WorkItem& item) {
  CommandsOf out;
  if (auto query = query_of(item.text, item.database)) out.query = *std::move(query);
  if (const model::Statement* statement = statement_of(facts, item)) {
    for (const std::string& sample : statement->samples) {
      if (auto query = query_of(sample, item.database)) out.calls.push_back(*std::move(query));
    }
  }
  return out;
}

std::vector<Proposal> mongodb_proposals(const Facts& facts, const CommandsOf& commands) {
  return wired::proposals_for(facts, commands.query, commands.calls);
}

std::unique_ptr<model::IndexSwitch> mongodb_planner(const Facts& facts,
                                                    const std::vector<WorkItem>& items) {
  struct Stand {
    std::string text, sample, database;
  };
  std::map<std::string, Stand> stands;
  for (const WorkItem& item : items) {
    const model::Statement* statement = statement_of(facts, item);
    const bool sampled = statement != nullptr && !statement->samples.empty();
    stands[item.asked()] = {item.text, sampled ? statement->samples.front() : "", item.database};
  }
  auto command_of = [stands =
                         std::move(stands)](const std::string& statement) -> Result<mql::Command> {
    const auto at = stands.find(statement);
    if (at == stands.end()) return mql::parse_command(statement);
    if (!at->second.sample.empty()) {
      auto sampled = mql::parse_command(at->second.sample, at->second.database);
      if (sampled) return sampled;
    }
    return mql::parse_command(at->second.text, at->second.database);
  };
  return wired::model_planner(facts, std::move(command_of));
}

std::vector<std::string> mongodb_notes(const Facts& facts) {
  std::vector<std::string> notes{
      "The server cannot plan with an index that does not exist, so costs are those of a model of "
      "its planner on sampled documents, scaled to the times that the server measured. whet "
      "optimize --apply builds each index, measures it, and takes it back when it does not help."};
  if (const std::size_t unknown = unknown_paths(facts); unknown > 0)
    notes.push_back("Of " +
                    text::plural(static_cast<std::int64_t>(unknown), "collection", "collections") +
                    " no documents could be sampled, so the model guesses there.");
  return notes;
}

IndexPrice MongodbPrices::price_of(bool charge_upkeep, const model::Table& table,
                                   const model::Index& index) {
  auto& statistics = statistics_[&table];
  if (!statistics) statistics = std::make_unique<wired::Statistics>(table);
  const wired::IndexSize size = wired::index_size(*statistics, wired::key_of(table, index));
  IndexPrice out;
  constexpr double page = 16384;
  out.dimensions = {size.bytes / page, size.entries, 0};
  if (!charge_upkeep) return out;
  out.upkeep = wired::upkeep(constants_, *statistics, writes_, index, size);
  out.cost_per_row = wired::entry_cost(constants_, *statistics, size);
  return out;
}

namespace {

/// Which index does its work, and why; nothing when none does.
std::optional<std::pair<std::string, std::string>> keeper_of(
    const Questions& questions, const std::vector<std::size_t>& chosen, const AskedIndex& old,
    const std::vector<MongodbRedundancy>& redundant) {
  const model::Index& index = old.what.what.index;
  for (const MongodbRedundancy& one : redundant) {
    if (one.index->name == index.name) return std::pair(one.keeper->name, one.cover.reason);
  }
  for (const std::size_t i : chosen) {
    if (questions.indexes[i].table != old.table) continue;
    const model::Index& wide = questions.indexes[i].what.what.index;
    const Coverage cover = mongodb_covers(*old.table, wide, index);
    if (cover.droppable()) return std::pair(wide.name, cover.reason);
  }
  return std::nullopt;
}

std::optional<Drop> judge(const Facts& facts, const Questions& questions,
                          const std::vector<std::size_t>& chosen, std::size_t position,
                          const std::vector<MongodbRedundancy>& redundant) {
  const AskedIndex& old = questions.indexes[position];
  if (!old.keep.empty()) return std::nullopt;
  const model::Index& index = old.what.what.index;
  Drop drop;
  drop.index = position;
  OldIndex& advice = drop.advice;
  advice.schema = old.what.what.schema;
  advice.table = old.what.what.table;
  advice.name = index.name;
  advice.bytes = static_cast<double>(index.size_bytes);
  if (const auto keeper = keeper_of(questions, chosen, old, redundant)) {
    advice.covered_by = keeper->first;
    advice.evidence = keeper->first + " does its work: " + keeper->second + ".";
  } else {
    const SeenUse use = seen_use(facts, index);
    if (use.members == 0 || use.scans > 0 || advice.bytes < worth_telling) return std::nullopt;
    advice.watch = !use.certain(facts);
    advice.evidence = "No query used it in " + text::duration(use.age_seconds) + " on " +
                      text::plural(static_cast<std::int64_t>(use.members), "member", "members") +
                      ".";
    if (advice.watch) advice.evidence += " But " + use.doubt(facts) + ".";
  }
  advice.change = retire_mongodb_index(facts, *old.table, index, advice.evidence);
  if (advice.watch) {
    advice.change.action.kind = model::ActionKind::manual;
    advice.change.action.statement.clear();
  }
  return drop;
}

}  // namespace

std::vector<Drop> mongodb_drops(const Facts& facts, const Questions& questions,
                                const std::vector<std::size_t>& chosen) {
  std::vector<Drop> out;
  const model::Table* table = nullptr;
  std::vector<MongodbRedundancy> redundant;
  for (std::size_t i = 0; i < questions.indexes.size(); ++i) {
    if (questions.indexes[i].what.existing == 0) continue;
    if (questions.indexes[i].table != table) {
      table = questions.indexes[i].table;
      redundant = mongodb_redundancies(*table);
    }
    if (auto drop = judge(facts, questions, chosen, i, redundant)) out.push_back(*std::move(drop));
  }
  return out;
}

}  // namespace whet::advise
