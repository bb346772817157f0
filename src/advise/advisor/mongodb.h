// What the advisor does in another way for MongoDB: commands instead of SQL, proposals and prices
// of the wired model, names and reasons of its indexes. Only for this folder.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "advise/advisor/candidates.h"
#include "advise/advisor/drops.h"
#include "advise/advisor/prices.h"
#include "advise/wired/proposals.h"
#include "advise/wired/statistics.h"
#include "advise/wired/upkeep.h"
#include "model/oracle.h"

namespace whet::advise {

/// A statement of the workload, and the calls of it that were seen with their literals.
struct CommandsOf {
  wired::Query query;
  std::vector<wired::Query> calls;
};
[[nodiscard]] CommandsOf commands_of(const Facts& facts, const WorkItem& item);

[[nodiscard]] std::vector<Proposal> mongodb_proposals(const Facts& facts,
                                                      const CommandsOf& commands);

/// Keeps a reference to the facts.
[[nodiscard]] std::unique_ptr<model::IndexSwitch> mongodb_planner(
    const Facts& facts, const std::vector<WorkItem>& items);

[[nodiscard]] std::vector<std::string> mongodb_notes(const Facts& facts);

/// Sizes and upkeep; reads the workload's writes once.
class MongodbPrices {
 public:
  explicit MongodbPrices(const Facts& facts)
      : constants_(wired::constants_of(facts)), writes_(facts) {}
  [[nodiscard]] IndexPrice price_of(bool charge_upkeep, const model::Table& table,
                                    const model::Index& index);

 private:
  wired::Constants constants_;
  wired::Writes writes_;
  std::unordered_map<const model::Table*, std::unique_ptr<wired::Statistics>> statistics_;
};

/// Existing indexes that a chosen or existing one makes needless, and those that no member uses.
[[nodiscard]] std::vector<Drop> mongodb_drops(const Facts& facts, const Questions& questions,
                                              const std::vector<std::size_t>& chosen);

}  // namespace whet::advise
