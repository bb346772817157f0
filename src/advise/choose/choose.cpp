#include "advise/choose/choose.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "advise/choose/exact.h"
#include "advise/choose/explore.h"
#include "advise/choose/relaxed.h"

namespace whet::advise {

namespace {

class Chooser {
 public:
  Chooser(const Problem& problem, const AskPlanner& ask)
      : problem_(problem), asked_(problem), explorer_(problem, ask) {}

  Result<Choice> choose();

 private:
  void charge_for_size();
  [[nodiscard]] Selection select(const Packages& packages, const Bits& start) const;
  [[nodiscard]] Status follow_hopes(Selection& best, double trust);
  [[nodiscard]] Status ask_about(const Selection& promised, const Packages& hoped, double best);
  [[nodiscard]] Status confirm(Selection& best);
  [[nodiscard]] Status price(Selection& set);
  [[nodiscard]] bool missed(std::size_t q) const;
  [[nodiscard]] Choice told(const Selection& best) const;
  [[nodiscard]] double bound() const;

  Problem problem_;  ///< with its charges: see charge_for_size()
  const Problem& asked_;
  Explorer explorer_;
  bool proved_ = false;
  bool small_ = false, large_ = false;
  bool out_of_time_ = false;
  std::size_t rounds_ = std::numeric_limits<std::size_t>::max();
};

// Branch and bound looks at this many sets at most: a fraction of a second for usual workloads.
constexpr std::size_t nodes_at_most = 3000;
// Of statements times indexes: above, looking at one set takes too long for that.
constexpr std::size_t small_problem = 50000;
// And above this, a search takes seconds: so many are made.
constexpr std::size_t large_problem = 2'000'000;
constexpr std::size_t rounds_of_large = 5;
// A second opinion of each set believes what is lost without an index to this part: repaired plans
// are often dearer than what the planner finds.
constexpr double little_trust = 0.5;

// What an index must gain at least is weighed like upkeep: so no search can count it as gained.
void Chooser::charge_for_size() {
  double total = 0;
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (!explorer_.dead(q))
      total += problem_.statements[q].weight * explorer_.known(q).upper(explorer_.existing());
  }
  if (!std::isfinite(total)) return;
  for (ChoiceIndex& index : problem_.indexes) {
    if (!index.exists && std::isfinite(index.bytes))
      index.upkeep +=
          total * (problem_.limits.min_gain + problem_.limits.min_gain_per_byte * index.bytes);
  }
}

Selection Chooser::select(const Packages& packages, const Bits& start) const {
  if (large_) return select_indexes(problem_, packages, start);
  return select_with_free(problem_, packages, start, explorer_.nearly_free());
}

// Takes what plans might cost with other indexes at its word, asks the statements about the set
// that would then be best, and learns. Ends when what is promised is known to be true or not worth
// having; with less than full trust, after one such set.
Status Chooser::follow_hopes(Selection& best, double trust) {
  Selection promised = best;
  for (bool first = true; !explorer_.enough() && rounds_ > 0; first = false) {
    --rounds_;
    const std::size_t calls = explorer_.calls();
    const Packages hoped = explorer_.hoped(trust);
    promised = small_ ? select(hoped, promised.present)
                      : select_indexes(problem_, hoped, promised.present, first);
    WHET_TRY_VOID(ask_about(promised, hoped, best.total));
    const Packages packages = explorer_.packages();
    best.total = total_of(problem_, packages, best.present);
    const double total = total_of(problem_, packages, promised.present);
    if (total < best.total) best = {promised.present, total, promised.bytes};
    if (calls == explorer_.calls() || trust < 1) break;
  }
  return {};
}

// Asks the statements about a set, those first of which most is hoped; ends when the set can no
// longer be better than the best.
Status Chooser::ask_about(const Selection& promised, const Packages& hoped, double best) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t q = 0; q < hoped.size(); ++q) {
    const double weight = problem_.statements[q].weight;
    const double hope = cost_under(problem_, hoped[q], promised.present);
    order.emplace_back(weight * (hope - explorer_.known(q).upper(promised.present)), q);
  }
  std::sort(order.begin(), order.end());
  double total = promised.total;
  for (const auto& [gain, q] : order) {
    if (explorer_.enough() || total >= best) break;
    const Fact* fact = WHET_TRY(explorer_.plan(q, promised.present));
    if (fact == nullptr) continue;
    total += problem_.statements[q].weight *
             (fact->cost - cost_under(problem_, hoped[q], promised.present));
  }
  return {};
}

// What follows from other answers is true of a planner that always takes the cheapest plan. Real
// ones drop plans that are within a percent of another, so that the chosen set is asked about as it
// is. Should it turn out dearer than things as they are, they stay so.
Status Chooser::confirm(Selection& best) {
  WHET_TRY_VOID(price(best));
  Selection now{explorer_.existing(), 0, 0};
  if (best.present == now.present) return {};
  WHET_TRY_VOID(price(now));
  if (now.total < best.total) best = std::move(now);
  return {};
}

// Whether the time was up before the statement's turn.
bool Chooser::missed(std::size_t q) const {
  return out_of_time_ && !explorer_.dead(q) && explorer_.known(q).facts().empty();
}

// The total by the planner's answers to exactly this set.
Status Chooser::price(Selection& set) {
  double total = 0;
  set.present.each([&](std::size_t i) { total += asked_.indexes[i].upkeep; });
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (missed(q)) continue;
    const Fact* fact = WHET_TRY(explorer_.plan(q, set.present, true));
    if (fact != nullptr) total += problem_.statements[q].weight * fact->cost;
  }
  set.total = total;
  return {};
}

double Chooser::bound() const {
  double total = 0;
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    if (explorer_.dead(q) || explorer_.known(q).facts().empty()) continue;
    const double least = explorer_.least(q);
    const double now = explorer_.known(q).upper(explorer_.existing());
    total += problem_.statements[q].weight * (least > 0 ? std::min(least, now) : now);
  }
  for (const ChoiceIndex& index : problem_.indexes) {
    if (index.exists && index.keep) total += index.upkeep;
  }
  return total;
}

Choice Chooser::told(const Selection& best) const {
  Choice choice;
  choice.present = best.present;
  choice.total_after = best.total;
  choice.bytes = best.bytes;
  choice.bound = bound();
  choice.calls = explorer_.calls();
  choice.failed = explorer_.failed();
  choice.proved = proved_;
  choice.stopped = out_of_time_;
  explorer_.existing().each(
      [&](std::size_t i) { choice.total_before += problem_.indexes[i].upkeep; });
  for (std::size_t q = 0; q < problem_.statements.size(); ++q) {
    const Bits& relevant = problem_.statements[q].relevant;
    const Fact* before = explorer_.known(q).asked(explorer_.existing() & relevant);
    const Fact* after = explorer_.known(q).asked(best.present & relevant);
    const bool known = before != nullptr && after != nullptr && !explorer_.dead(q);
    if (missed(q)) {
      choice.failed.emplace_back(
          q, Error{ErrorKind::interrupted, "The time ran out before it was planned.",
                   "Give a longer --max-time.", ""});
    }
    choice.before.push_back(known ? before->cost : -1);
    choice.after.push_back(known ? after->cost : -1);
    choice.used.push_back(known ? after->used : Bits(problem_.indexes.size()));
    if (known) choice.total_before += problem_.statements[q].weight * before->cost;
  }
  return choice;
}

Result<Choice> Chooser::choose() {
  const std::size_t size = problem_.statements.size() * problem_.indexes.size();
  small_ = size <= small_problem;
  large_ = size > large_problem;
  if (large_) rounds_ = rounds_of_large;
  WHET_TRY_VOID(explorer_.look_around());
  charge_for_size();
  Selection best = select(explorer_.packages(), explorer_.existing());
  do {
    WHET_TRY_VOID(follow_hopes(best, 1));
    const double before = best.total;
    WHET_TRY_VOID(follow_hopes(best, little_trust));
    if (best.total < before) WHET_TRY_VOID(follow_hopes(best, 1));
  } while (!explorer_.enough() && rounds_ > 0 && WHET_TRY(explorer_.look_deeper(best.present)));
  // The last answers may have come after the last choice.
  best = select(explorer_.packages(), best.present);
  if (small_) {
    Proved proved = prove_selection(problem_, explorer_.packages(), best, nodes_at_most);
    best = std::move(proved.best);
    proved_ = proved.proved;
  }
  out_of_time_ = problem_.limits.stop && problem_.limits.stop();
  WHET_TRY_VOID(confirm(best));
  return told(best);
}

}  // namespace

Result<Choice> choose_indexes(const Problem& problem, const AskPlanner& ask) {
  return Chooser(problem, ask).choose();
}

}  // namespace whet::advise
