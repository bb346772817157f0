// What every format of an index advice says in the same words.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "advise/advisor/advice.h"

namespace whet::report {

/// Foreign text in one line: no control characters (a terminal would obey them), no line ends.
[[nodiscard]] std::string one_line(std::string_view text);
/// The same of at most `width` characters, and not slow on a statement of a megabyte.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t width);

/// A planner's cost: "12,345", "8.44".
[[nodiscard]] std::string cost_text(double cost);
/// A large cost for a sentence: "4.4 million", "12,345".
[[nodiscard]] std::string large_cost(double cost);
/// How the table of statements is filled: whether calls are known, and what costs are.
struct Columns {
  bool calls = false;
  bool time = false;  ///< costs are microseconds of a model, not a planner's units
};
[[nodiscard]] Columns columns_of(const advise::IndexAdvice& advice);
/// A cost in a table: "12,345", of a model "12.3 ms".
[[nodiscard]] std::string cost_text(double cost, const Columns& columns);
/// A cost with its unit in a sentence: "8,200 cost units", "8.2 ms".
[[nodiscard]] std::string cost_in_words(const advise::IndexAdvice& advice, double cost);
/// "12x cheaper", "1.5x dearer", "the same".
[[nodiscard]] std::string ratio_text(double before, double after);

/// What CREATE INDEX takes after ON: "public.orders (customer_id, placed_at DESC)"; the method only
/// where it is not a B-tree.
[[nodiscard]] std::string index_target(const advise::NewIndex& index);
/// "orders_old_idx on public.orders".
[[nodiscard]] std::string index_subject(const advise::OldIndex& index);
/// Why an index should go: the evidence, and what does its work where the evidence does not say.
[[nodiscard]] std::string drop_reason(const advise::OldIndex& index);
/// "public.orders_customer_id_idx".
[[nodiscard]] std::string index_name(const advise::NewIndex& index);

/// "light upkeep (4 % of the saving)", "no upkeep (no writes seen)".
[[nodiscard]] std::string upkeep_text(const advise::IndexAdvice& advice,
                                      const advise::NewIndex& index);
/// "38 %": of the workload's cost.
[[nodiscard]] std::string share_text(const advise::NewIndex& index);

/// The costs are microseconds of Whet's model: the engine has no planner that could be asked.
[[nodiscard]] bool is_modelled(const advise::IndexAdvice& advice);
/// "planner cost", or "time".
[[nodiscard]] std::string_view cost_words(const advise::IndexAdvice& advice);

/// Everything that the statements cost and that writes pay for indexes.
[[nodiscard]] double total_before(const advise::IndexAdvice& advice);
[[nodiscard]] double total_after(const advise::IndexAdvice& advice);
[[nodiscard]] std::size_t to_drop(const advise::IndexAdvice& advice);
[[nodiscard]] std::size_t watched(const advise::IndexAdvice& advice);
[[nodiscard]] double freed_bytes(const advise::IndexAdvice& advice);

/// The first sentence of every format: how much cheaper, or why there is nothing to do.
[[nodiscard]] std::string headline(const advise::IndexAdvice& advice);
/// What that is in planner cost, and what writes pay; "" when nothing was planned.
[[nodiscard]] std::string cost_sentence(const advise::IndexAdvice& advice);
/// What it takes and frees on disk; "" when nothing changes.
[[nodiscard]] std::string disk_sentence(const advise::IndexAdvice& advice);
/// That time ran out; "" when it did not.
[[nodiscard]] std::string stopped_sentence(const advise::IndexAdvice& advice);
/// Whose estimates they are.
[[nodiscard]] std::string oracle_sentence(const advise::IndexAdvice& advice);
/// How far from the best it may be; "" when that is not known.
[[nodiscard]] std::string bound_sentence(const advise::IndexAdvice& advice);
/// Candidates, planner calls, CPU.
[[nodiscard]] std::string effort_sentence(const advise::IndexAdvice& advice);
/// Reasons for which statements were skipped with how many each, most first.
[[nodiscard]] std::vector<std::pair<std::string, std::size_t>> skip_reasons(
    const advise::IndexAdvice& advice);

/// The advice's statements by their ids. Keeps pointers into the advice.
class StatementsById {
 public:
  explicit StatementsById(const advise::IndexAdvice& advice);
  /// Those whose plans use the index, in its order; ids that the advice does not hold are left out.
  [[nodiscard]] std::vector<const advise::StatementAdvice*> of(const advise::NewIndex& index) const;

 private:
  std::unordered_map<std::string_view, const advise::StatementAdvice*> by_id_;
};

/// Calls are per hour where somebody counted them; else each statement counts once.
[[nodiscard]] bool calls_known(const advise::IndexAdvice& advice);
/// "1,310".
[[nodiscard]] std::string calls_text(const advise::StatementAdvice& statement);
/// Facts of an index beside its size and share, as name and value: upkeep, cost per write, build
/// time, locks, note.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> index_facts(
    const advise::IndexAdvice& advice, const advise::NewIndex& index);

}  // namespace whet::report
