// Asking the planner: which questions tell most. Keeps what it was told.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "advise/choose/knowledge.h"
#include "advise/choose/problem.h"
#include "advise/choose/repairs.h"
#include "advise/choose/selection.h"
#include "base/result.h"

namespace whet::advise {

/// What is planned with every set of indexes, for one problem. Keeps references to both.
class Explorer {
 public:
  Explorer(const Problem& problem, const AskPlanner& ask);

  /// The first questions about every statement; see explore.cpp for which and why.
  [[nodiscard]] Status look_around();
  /// One more question about each of those statements that could still gain most, from `chosen` on;
  /// those asked less often before go first. False: there is none left.
  [[nodiscard]] Result<bool> look_deeper(const Bits& chosen);
  /// The statement's plan when `present` is there: by what is known, else by asking. `exact` asks
  /// unless that very question was asked before. nullptr: the statement cannot be planned.
  [[nodiscard]] Result<const Fact*> plan(std::size_t statement, const Bits& present,
                                         bool exact = false);

  /// The plans that are known of each statement.
  [[nodiscard]] Packages packages() const;
  /// The same, with what they might cost with other indexes. `trust`: what is lost without an index
  /// is believed to this part.
  [[nodiscard]] Packages hoped(double trust);

  [[nodiscard]] const Knowledge& known(std::size_t statement) const { return known_[statement]; }
  [[nodiscard]] bool dead(std::size_t statement) const { return dead_[statement]; }
  [[nodiscard]] const Bits& existing() const { return existing_; }
  /// New ones that are nearly free for the budget; known after look_around().
  [[nodiscard]] Bits nearly_free() const { return free_ - existing_; }
  /// Existing ones and all that fit the budget alone.
  [[nodiscard]] const Bits& everything() const { return everything_; }
  /// The cost with all that is proposed for the statement and fits the budget alone; 0: not known.
  [[nodiscard]] double least(std::size_t statement) const;
  [[nodiscard]] std::size_t calls() const { return calls_; }
  [[nodiscard]] bool enough() const;
  [[nodiscard]] const std::vector<std::pair<std::size_t, Error>>& failed() const { return failed_; }

 private:
  /// The part of a set that is worth asking about.
  [[nodiscard]] Bits scope(std::size_t statement, const Bits& set) const;
  [[nodiscard]] Status extremes(std::size_t statement);
  void find_free();
  [[nodiscard]] Status simple_sets(std::size_t statement);
  /// Asks the next question of its kind; false: there is none left.
  [[nodiscard]] Result<bool> branch(std::size_t statement);
  void sort_by_potential();
  [[nodiscard]] std::optional<Bits> next_question(std::size_t statement, const Bits& chosen);
  [[nodiscard]] std::optional<Bits> question_besides(std::size_t statement,
                                                     const Bits& chosen) const;
  [[nodiscard]] std::optional<Bits> question_instead(std::size_t statement,
                                                     const Bits& chosen) const;
  [[nodiscard]] std::optional<Bits> question_without(std::size_t statement,
                                                     const Bits& chosen) const;
  [[nodiscard]] std::vector<Package> plans_of(std::size_t statement) const;

  const Problem& problem_;
  const AskPlanner& ask_;
  std::vector<Knowledge> known_;
  std::vector<Repairs> repairs_;
  std::vector<bool> dead_;
  std::vector<std::size_t> deeper_;  ///< how often look_deeper() came to a statement
  std::vector<std::size_t> order_;   ///< of the statements: those that could gain most first
  Bits existing_, everything_, free_, narrow_;
  std::vector<Bits> steps_;  ///< ever smaller sets to ask about besides a chosen one
  std::size_t calls_ = 0;
  std::vector<std::pair<std::size_t, Error>> failed_;
};

}  // namespace whet::advise
