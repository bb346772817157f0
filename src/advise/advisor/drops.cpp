#include "advise/advisor/drops.h"

#include <algorithm>
#include <optional>

#include "advise/advisor/mongodb.h"
#include "advise/index/common.h"
#include "advise/index/redundant.h"
#include "advise/mongodb_facts.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {

namespace {

// Smaller ones are not worth a word.
constexpr double worth_telling = 10 * megabyte;

class Judge {
 public:
  Judge(const Facts& facts, const Questions& questions, const std::vector<std::size_t>& chosen)
      : facts_(facts), questions_(questions), chosen_(chosen) {}

  std::optional<Drop> judge(std::size_t position, const std::vector<Redundancy>& redundant) const;

 private:
  [[nodiscard]] std::optional<std::string> covered(const AskedIndex& old, const Ties& ties,
                                                   const std::vector<Redundancy>& redundant,
                                                   OldIndex& advice) const;
  [[nodiscard]] bool unused(const AskedIndex& old, OldIndex& advice) const;

  const Facts& facts_;
  const Questions& questions_;
  const std::vector<std::size_t>& chosen_;
};

// Why another index does its work; nothing when none does.
std::optional<std::string> Judge::covered(const AskedIndex& old, const Ties& ties,
                                          const std::vector<Redundancy>& redundant,
                                          OldIndex& advice) const {
  const model::Index& index = old.what.what.index;
  for (const Redundancy& one : redundant) {
    if (one.index->id != index.id) continue;
    advice.covered_by = one.keeper->name;
    return one.reason;
  }
  for (const std::size_t i : chosen_) {
    if (questions_.indexes[i].table != old.table) continue;
    const Coverage coverage = covers(questions_.indexes[i].what.what.index, index, ties);
    if (!coverage.droppable()) continue;
    advice.covered_by = questions_.indexes[i].what.what.index.name;
    return coverage.reason;
  }
  return std::nullopt;
}

bool Judge::unused(const AskedIndex& old, OldIndex& advice) const {
  const IndexUse use = use_of(facts_, *old.table, old.what.what.index);
  if (use.scans > 0 || use.size_bytes < worth_telling) return false;
  const std::string history = text::duration(facts_.history_seconds());
  advice.evidence = "No query used it in " + history + ".";
  const std::string unseen = unseen_use(facts_);
  advice.watch = !facts_.history_is_long() || !unseen.empty();
  if (!facts_.history_is_long())
    advice.evidence = "No query used it in the " + history +
                      " since the counters began, which is too short to be sure.";
  if (!unseen.empty()) advice.evidence += " But " + unseen + ".";
  return true;
}

std::optional<Drop> Judge::judge(std::size_t position,
                                 const std::vector<Redundancy>& redundant) const {
  const AskedIndex& old = questions_.indexes[position];
  if (old.what.existing == 0 || !old.keep.empty()) return std::nullopt;
  const model::Index& index = old.what.what.index;
  Drop drop;
  drop.index = position;
  OldIndex& advice = drop.advice;
  advice.schema = old.what.what.schema;
  advice.table = old.what.what.table;
  advice.name = index.name;
  advice.bytes = static_cast<double>(index.size_bytes);
  const Ties ties = ties_of(facts_, *old.table);
  if (const auto reason = covered(old, ties, redundant, advice)) {
    advice.evidence = advice.covered_by + " does its work: " + *reason + ".";
  } else if (!unused(old, advice)) {
    return std::nullopt;
  }
  advice.change = drop_index(*old.table, index, advice.evidence);
  if (advice.watch) {
    advice.change.action.kind = model::ActionKind::manual;
    advice.change.action.statement.clear();
  }
  return drop;
}

}  // namespace

std::vector<Drop> drops(const Facts& facts, const Questions& questions,
                        const std::vector<std::size_t>& chosen) {
  if (is_mongodb(facts)) return mongodb_drops(facts, questions, chosen);
  std::vector<Drop> out;
  const Judge judge(facts, questions, chosen);
  const model::Table* table = nullptr;
  std::vector<Redundancy> redundant;
  for (std::size_t i = 0; i < questions.indexes.size(); ++i) {
    if (questions.indexes[i].what.existing == 0) continue;
    if (questions.indexes[i].table != table) {
      table = questions.indexes[i].table;
      redundant = redundancies(facts, *table);
    }
    if (auto drop = judge.judge(i, redundant)) out.push_back(*std::move(drop));
  }
  return out;
}

}  // namespace whet::advise
