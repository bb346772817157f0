#include "advise/advisor/told.h"

#include <algorithm>
#include <string_view>

#include "advise/advisor/prices.h"
#include "advise/index/common.h"
#include "advise/index/mongodb_common.h"
#include "base/text.h"

namespace whet::advise {

namespace {

class Teller {
 public:
  Teller(const Facts& facts, const Questions& questions, const Choice& choice,
         const std::vector<double>& bytes)
      : facts_(facts), questions_(questions), choice_(choice), bytes_(bytes) {}

  IndexAdvice tell(const Problem& problem);

 private:
  void statements();
  void new_index(std::size_t position, double upkeep);
  [[nodiscard]] double saved(std::size_t statement) const {
    return (choice_.before[statement] - choice_.after[statement]) *
           questions_.statements[statement].item->calls;
  }

  const Facts& facts_;
  const Questions& questions_;
  const Choice& choice_;
  const std::vector<double>& bytes_;
  std::vector<std::size_t> order_;  ///< statements that were planned, most saved first
  IndexAdvice out_;
};

void Teller::statements() {
  for (std::size_t q = 0; q < questions_.statements.size(); ++q) {
    if (choice_.before[q] >= 0) order_.push_back(q);
  }
  std::stable_sort(order_.begin(), order_.end(),
                   [this](std::size_t a, std::size_t b) { return saved(a) > saved(b); });
  for (const std::size_t q : order_) {
    const WorkItem& item = *questions_.statements[q].item;
    StatementAdvice one{item.id,          item.text, item.calls, choice_.before[q],
                        choice_.after[q], {},        {}};
    choice_.used[q].each([&](std::size_t i) {
      if (questions_.indexes[i].what.existing == 0)
        one.uses.push_back(questions_.indexes[i].what.what.index.name);
    });
    out_.cost_before += item.calls * choice_.before[q];
    out_.cost_after += item.calls * choice_.after[q];
    out_.statements.push_back(std::move(one));
  }
}

void Teller::new_index(std::size_t position, double upkeep) {
  const AskedIndex& asked = questions_.indexes[position];
  NewIndex one;
  one.schema = asked.what.what.schema;
  one.table = asked.what.what.table;
  one.index = asked.what.what.index;
  one.dimensions = asked.what.dimensions;
  one.bytes = bytes_[position];
  one.upkeep = upkeep;
  one.cost_per_write = asked.cost_per_row;
  one.upkeep_arithmetic = asked.upkeep.arithmetic;
  double saving = 0;
  for (const std::size_t q : order_) {
    if (!choice_.used[q].test(position)) continue;
    saving += saved(q);
    one.statements.push_back(questions_.statements[q].item->id);
  }
  if (out_.cost_before > 0) one.share = saving / out_.cost_before;
  one.build_seconds = build_seconds(facts_, *asked.table, asked.what.dimensions.entries);
  if (!asked.unknown_expressions.empty()) {
    one.note = "Run ANALYZE " + sql_name(*asked.table) + " once it is there: the planner knows " +
               "nothing yet of " + text::join(asked.unknown_expressions, ", ") + ".";
  }
  const auto count = static_cast<std::int64_t>(one.statements.size());
  const std::string reason = "The planner would use it for " +
                             text::plural(count, "statement", "statements") + ", which saves " +
                             text::percent(one.share) + " of the workload's cost.";
  one.change = is_mongodb(facts_) ? create_mongodb_index(*asked.table, one.index, one.bytes, reason)
                                  : create_index(*asked.table, one.index, one.bytes, reason);
  one.change.expected_seconds = one.build_seconds;
  one.change.affected = one.statements;
  out_.bytes += one.bytes;
  out_.create.push_back(std::move(one));
}

IndexAdvice Teller::tell(const Problem& problem) {
  out_.skipped = questions_.skipped;
  for (const auto& [q, error] : choice_.failed)
    out_.skipped.push_back({questions_.statements[q].item->id, error.message});
  statements();
  for (std::size_t i = 0; i < questions_.indexes.size(); ++i) {
    const bool exists = questions_.indexes[i].what.existing != 0;
    if (exists) out_.upkeep_before += problem.indexes[i].upkeep;
    if (choice_.present.test(i)) out_.upkeep_after += problem.indexes[i].upkeep;
    if (!exists) ++out_.candidates;
    if (choice_.present.test(i) && !exists) new_index(i, problem.indexes[i].upkeep);
  }
  std::stable_sort(
      out_.create.begin(), out_.create.end(),
      [](const NewIndex& a, const NewIndex& b) { return a.share * b.bytes > b.share * a.bytes; });
  out_.bound = choice_.bound;
  out_.stopped = choice_.stopped;
  return std::move(out_);
}

}  // namespace

IndexAdvice told(const Facts& facts, const Questions& questions, const Problem& problem,
                 const Choice& choice, const std::vector<double>& bytes) {
  return Teller(facts, questions, choice, bytes).tell(problem);
}

void tell_accesses(const Questions& questions, const Problem& problem, const Choice& choice,
                   const SeenAccesses& seen, IndexAdvice& advice) {
  Bits existing(questions.indexes.size());
  for (std::size_t i = 0; i < questions.indexes.size(); ++i) {
    if (questions.indexes[i].what.existing != 0) existing.set(i);
  }
  std::map<std::string_view, std::vector<StatementAdvice*>> by_id;
  for (StatementAdvice& statement : advice.statements) by_id[statement.id].push_back(&statement);
  for (std::size_t q = 0; q < questions.statements.size(); ++q) {
    const auto at = [&](const Bits& present) -> const Accesses* {
      std::vector<std::size_t> on;
      (present & problem.statements[q].relevant).each([&](std::size_t i) { on.push_back(i); });
      const auto found = seen.find({q, on});
      return found == seen.end() ? nullptr : &found->second;
    };
    const Accesses* before = at(existing);
    const Accesses* after = at(choice.present);
    if (before == nullptr || after == nullptr) continue;
    for (StatementAdvice* statement : by_id[questions.statements[q].item->id]) {
      statement->changes = changes_between(*before, *after, [&](std::size_t i) {
        return questions.indexes[i].what.what.index.name;
      });
    }
  }
}

}  // namespace whet::advise
