#include "advise/advisor/advisor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "advise/advisor/accesses.h"
#include "advise/advisor/candidates.h"
#include "advise/advisor/drops.h"
#include "advise/advisor/problem.h"
#include "advise/advisor/refine.h"
#include "advise/advisor/shapes.h"
#include "advise/advisor/told.h"
#include "advise/choose/choose.h"
#include "advise/index/common.h"
#include "advise/mongodb_facts.h"
#include "advise/mongodb_index.h"
#include "base/text.h"

namespace whet::advise {

namespace {

class Advisor {
 public:
  Advisor(const Facts& facts, const std::vector<WorkItem>& items, model::IndexSwitch& planner,
          const AdvisorOptions& options, Progress& progress)
      : facts_(facts),
        planner_(planner),
        options_(options),
        progress_(progress),
        questions_(questions(facts, items, options)),
        began_(options.clock ? options.clock() : 0) {}

  Result<IndexAdvice> advise();

 private:
  [[nodiscard]] Status declare();
  [[nodiscard]] Problem problem() const;
  /// Of `part` of the time that the user gave.
  [[nodiscard]] bool out_of_time(double part = 1) const;
  [[nodiscard]] Result<Answer> ask(std::size_t statement, const Bits& present);
  [[nodiscard]] Status drop(Choice& choice, std::vector<Drop>& drops);
  [[nodiscard]] Result<std::vector<std::size_t>> harmful(const Choice& choice, const Bits& without,
                                                         const std::vector<Drop>& drops,
                                                         std::vector<Answer>& answers);
  void name_indexes(const Choice& choice);

  const Facts& facts_;
  model::IndexSwitch& planner_;
  const AdvisorOptions& options_;
  Progress& progress_;
  Questions questions_;
  std::vector<double> bytes_;  ///< infinite: cannot be asked about
  std::map<std::pair<std::size_t, std::vector<std::size_t>>, Accesses> seen_;
  double began_;
  std::size_t asked_ = 0;
};

bool Advisor::out_of_time(double part) const {
  return options_.max_seconds > 0 && options_.clock &&
         options_.clock() - began_ >= part * options_.max_seconds;
}

Status Advisor::declare() {
  std::vector<model::SwitchedIndex> list;
  for (const AskedIndex& index : questions_.indexes) list.push_back(index.what);
  const auto sizes = WHET_TRY(planner_.declare(list));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const bool exists = questions_.indexes[i].what.existing != 0;
    const double unusable = exists ? 0 : std::numeric_limits<double>::infinity();
    bytes_.push_back(exists || !sizes[i].ok() ? unusable : *sizes[i]);
  }
  return {};
}

Problem Advisor::problem() const {
  Problem out = problem_of(facts_, questions_, bytes_, options_);
  out.limits.stop = [this] { return out_of_time() || progress_.cancelled(); };
  return out;
}

Result<Answer> Advisor::ask(std::size_t statement, const Bits& present) {
  std::vector<std::size_t> on;
  present.each([&](std::size_t i) { on.push_back(i); });
  ++asked_;
  progress_.report("asking the planner (" + text::count(static_cast<std::int64_t>(asked_)) +
                       " plans of " +
                       text::plural(static_cast<std::int64_t>(questions_.statements.size()),
                                    "statement", "statements") +
                       ")",
                   -1);
  auto plan = planner_.plan(questions_.statements[statement].item->asked(), on);
  if (!plan) return std::move(plan).error();
  Answer answer{plan->plan.root.total_cost, Bits(questions_.indexes.size())};
  for (const std::size_t i : plan->used) answer.used.set(i);
  seen_[{statement, on}] = accesses_of(*plan);
  return answer;
}

// New indexes get the names under which they would be made, the chosen ones only.
void Advisor::name_indexes(const Choice& choice) {
  FreeNames names(facts_);
  std::map<const model::Table*, std::set<std::string>> taken;
  choice.present.each([&](std::size_t i) {
    AskedIndex& index = questions_.indexes[i];
    if (index.what.existing == 0 && is_mongodb(facts_)) {
      std::set<std::string>& of_table = taken[index.table];
      index.what.what.index.name = free_index_name(*index.table, index.what.what.index, of_table);
      of_table.insert(index.what.what.index.name);
    } else if (index.what.existing == 0)
      index.what.what.index.name = names.next(*index.table, name_parts(index.what.what.index));
  });
}

// Which drops make a statement dearer than is allowed; `answers` are the plans without them all.
Result<std::vector<std::size_t>> Advisor::harmful(const Choice& choice, const Bits& without,
                                                  const std::vector<Drop>& drops,
                                                  std::vector<Answer>& answers) {
  std::vector<std::size_t> guilty;
  const Problem asked = problem();
  answers.assign(questions_.statements.size(), {});
  for (std::size_t q = 0; q < questions_.statements.size(); ++q) {
    if (choice.after[q] < 0) continue;
    const Bits relevant = asked.statements[q].relevant & without;
    answers[q] = {choice.after[q], choice.used[q]};
    if (choice.used[q].subset_of(without)) continue;
    answers[q] = WHET_TRY(ask(q, relevant));
    if (answers[q].cost <= choice.after[q] * (1 + options_.max_regression)) continue;
    for (const Drop& drop : drops) {
      if (!drop.advice.watch && choice.used[q].test(drop.index)) guilty.push_back(drop.index);
    }
  }
  return guilty;
}

// Takes out of the set what may go, as far as no statement minds.
Status Advisor::drop(Choice& choice, std::vector<Drop>& drops) {
  if (!planner_.hides_existing()) return {};
  for (;;) {
    Bits without = choice.present;
    for (const Drop& drop : drops) {
      if (!drop.advice.watch) without.reset(drop.index);
    }
    if (without == choice.present) return {};
    std::vector<Answer> answers;
    const auto guilty = WHET_TRY(harmful(choice, without, drops, answers));
    if (guilty.empty()) {
      for (std::size_t q = 0; q < answers.size(); ++q) {
        if (choice.after[q] < 0) continue;
        choice.total_after +=
            questions_.statements[q].item->calls * (answers[q].cost - choice.after[q]);
        choice.after[q] = answers[q].cost;
        choice.used[q] = answers[q].used;
      }
      choice.present = without;
      return {};
    }
    std::erase_if(drops, [&](const Drop& drop) {
      return std::find(guilty.begin(), guilty.end(), drop.index) != guilty.end();
    });
  }
}

Result<IndexAdvice> Advisor::advise() {
  WHET_TRY_VOID(declare());
  Problem asked = problem();
  // Some of the time is for refining.
  const bool refines = is_mysql(facts_) || is_mongodb(facts_);
  constexpr double choosing_part = 0.5;
  if (refines)
    asked.limits.stop = [this] { return out_of_time(choosing_part) || progress_.cancelled(); };
  auto choice = WHET_TRY(choose_indexes(
      asked, [this](std::size_t q, const Bits& present) { return ask(q, present); }));
  if (progress_.cancelled()) {
    return Error{ErrorKind::interrupted, "Stopped while asking the planner; nothing was changed.",
                 "--max-time ends the search earlier with the best until then.", ""};
  }
  if (refines) {
    asked.limits.stop = [this] { return out_of_time() || progress_.cancelled(); };
    WHET_TRY_VOID(advise::refine(
        asked, [this](std::size_t q, const Bits& present) { return ask(q, present); },
        {.max_regression = options_.max_regression}, choice));
    choice.bound = 0;  // what it rests on does not hold for this planner
  }
  name_indexes(choice);
  std::vector<std::size_t> chosen;
  choice.present.each([&](std::size_t i) {
    if (questions_.indexes[i].what.existing == 0) chosen.push_back(i);
  });
  std::vector<Drop> old = drops(facts_, questions_, chosen);
  WHET_TRY_VOID(drop(choice, old));
  choice.calls = asked_;
  IndexAdvice advice = told(facts_, questions_, asked, choice, bytes_);
  advice.engine = facts_.server().engine;
  advice.oracle = planner_.name();
  for (const Drop& drop : old) advice.drop.push_back(drop.advice);
  tell_accesses(questions_, asked, choice, seen_, advice);
  advice.budget_bytes = options_.budget_bytes.value_or(0);
  advice.planner_calls = static_cast<std::int64_t>(asked_);
  if (options_.clock) advice.elapsed_seconds = options_.clock() - began_;
  return advice;
}

}  // namespace

Result<IndexAdvice> advise_indexes(const Facts& facts, const std::vector<WorkItem>& items,
                                   model::IndexSwitch& planner, const AdvisorOptions& options,
                                   Progress& progress) {
  return Advisor(facts, items, planner, options, progress).advise();
}

}  // namespace whet::advise
