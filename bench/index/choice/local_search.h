// A search that asks the planner as often as it likes: how good a set is there over the indexes of
// a setting? What it reaches tells whether a choice suffers from its candidates or from its search.
#pragma once

#include <vector>

#include "advise/choose/knowledge.h"
#include "setting.h"

namespace whet::bench {

/// Each index in turn comes in, and the least worthy for their bytes go out until all fit; what is
/// then free is filled again. Between such rounds the best set by all answers so far is tried. What
/// answers settle about other sets (advise::Knowledge) is not asked again.
class LocalSearch {
 public:
  /// Ends when a round brings nothing, or after so many calls.
  LocalSearch(Setting& setting, double budget, std::size_t calls);

  Result<Bits> run(const Bits& set);

 private:
  struct State {
    Bits set;
    std::vector<double> costs;  ///< weighted, of each statement
    double total = 0;
    double bytes = 0;
  };
  struct Gain {
    std::size_t index = 0;
    double gain = 0;
  };

  [[nodiscard]] Result<double> cost(std::size_t q, const Bits& set, bool exact = false);
  [[nodiscard]] Result<State> priced(const Bits& set, bool exact);
  /// What the total would be with the index turned over, of the statements of its table.
  [[nodiscard]] Result<double> change(const State& state, std::size_t index);
  [[nodiscard]] Status turn(State& state, std::size_t index);
  [[nodiscard]] Result<bool> make_room(State& state, std::size_t kept);
  [[nodiscard]] Status refill(State& state);
  [[nodiscard]] Status drop_useless(State& state);
  [[nodiscard]] Result<bool> round(State& state);
  [[nodiscard]] Result<bool> by_answers(State& state);
  [[nodiscard]] bool fits(const State& state, std::size_t index) const;
  [[nodiscard]] bool enough() const { return setting_.calls() >= calls_; }

  Setting& setting_;
  double budget_;
  std::size_t calls_;
  Bits there_;
  std::vector<advise::Knowledge> known_;
  std::vector<Gain> last_;  ///< by density: those that gained something when last looked at
};

}  // namespace whet::bench
