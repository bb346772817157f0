#include "report/index_advice_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_index.h"
#include "advise/naming.h"
#include "base/text.h"

namespace whet::report {

using advise::IndexAdvice;
using advise::NewIndex;
using advise::OldIndex;
using advise::StatementAdvice;

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::int64_t count_of(std::size_t n) { return static_cast<std::int64_t>(n); }

std::string per_hour(const IndexAdvice& advice) {
  return calls_known(advice) ? "an hour" : "with each statement counted once";
}

}  // namespace

bool calls_known(const IndexAdvice& advice) {
  return std::any_of(advice.statements.begin(), advice.statements.end(),
                     [](const StatementAdvice& one) { return one.calls != 1; });
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), is_control, ' ');
  return text::squeeze(text::valid_utf8(out));
}

std::string one_line(std::string_view text, std::size_t width) {
  // White space may be most of it, and a character takes up to four bytes.
  return text::shorten(one_line(text.substr(0, 16 * width + 256)), width);
}

std::string cost_text(double cost) {
  constexpr double countable = 1e15;
  if (std::fabs(cost) >= 1000 && std::fabs(cost) < countable)
    return text::count(std::llround(cost));
  return text::number(cost);
}

std::string large_cost(double cost) {
  struct Unit {
    double size;
    std::string_view name;
  };
  static constexpr std::array units{Unit{1e12, " trillion"}, Unit{1e9, " billion"},
                                    Unit{1e6, " million"}};
  for (const Unit& unit : units) {
    if (std::fabs(cost) >= unit.size)
      return text::number(cost / unit.size, 4) + std::string(unit.name);
  }
  return cost_text(cost);
}

namespace {

constexpr double microseconds = 1e-6;

/// A large cost in a sentence: of a model, its time.
std::string total_text(const IndexAdvice& advice, double cost) {
  return is_modelled(advice) ? text::duration(cost * microseconds) : large_cost(cost);
}

}  // namespace

Columns columns_of(const IndexAdvice& advice) { return {calls_known(advice), is_modelled(advice)}; }

std::string cost_text(double cost, const Columns& columns) {
  return columns.time ? text::duration(cost * microseconds) : cost_text(cost);
}

std::string cost_in_words(const IndexAdvice& advice, double cost) {
  return is_modelled(advice) ? text::duration(cost * microseconds)
                             : cost_text(cost) + " cost units";
}

std::string ratio_text(double before, double after) {
  if (!(before > 0) || !(after > 0)) return "-";
  // What rounds to 1 is no gain that a reader should be told of.
  if (before / after >= 1.005) return cost_text(before / after) + "x cheaper";
  if (after / before >= 1.005) return cost_text(after / before) + "x dearer";
  return "the same";
}

std::string index_name(const NewIndex& index) {
  return one_line(index.schema.empty() ? index.index.name : index.schema + "." + index.index.name);
}

namespace {

/// MongoDB's renderer writes method calls.
bool is_mongosh(const NewIndex& index) {
  return index.change.action.statement.starts_with("db.") || index.change.summary.ends_with("})");
}

std::string mongosh_target(const NewIndex& index) {
  model::Index plain = index.index;
  plain.name.clear();
  const std::string options = advise::mongosh_options(plain);
  return index.schema + "." + index.table + " " + advise::mongosh_key(plain) +
         (options.empty() ? "" : ", " + options);
}

}  // namespace

std::string index_target(const NewIndex& index) {
  if (is_mongosh(index)) return one_line(mongosh_target(index));
  const std::string table = advise::sql_name(index.schema, index.table);
  // The engine's own words, where it has rendered them.
  const std::string& statement = index.change.action.statement;
  const std::string head = advise::sql_name(index.index.name) + " ON ";
  const auto at = statement.find(head);
  if (at == std::string::npos) {
    return one_line(table + " (" + advise::key_text(index.index) + ")" +
                    (index.index.predicate.empty() ? "" : " WHERE " + index.index.predicate));
  }
  std::string out = statement.substr(at + head.size());
  if (out.ends_with(';')) out.pop_back();
  constexpr std::string_view usual = " USING btree";
  if (out.starts_with(table + std::string(usual))) out.erase(table.size(), usual.size());
  return one_line(out);
}

std::string index_subject(const OldIndex& index) {
  return one_line(index.name + " on " + index.schema + "." + index.table);
}

std::string drop_reason(const OldIndex& index) {
  std::string evidence = one_line(index.evidence);
  if (index.covered_by.empty() || text::contains(evidence, one_line(index.covered_by)))
    return evidence;
  return "Its work is done by " + one_line(index.covered_by) + ". " + evidence;
}

std::string share_text(const NewIndex& index) { return text::percent(index.share); }

std::string upkeep_text(const IndexAdvice& advice, const NewIndex& index) {
  // Where writes were weighed, their arithmetic is there even when they came to nothing.
  if (index.upkeep_arithmetic.empty()) return "upkeep not weighed";
  if (!(index.upkeep > 0)) return "no upkeep (no writes seen)";
  const double saved = index.share * advice.cost_before;
  if (!(saved > 0)) return "upkeep " + total_text(advice, index.upkeep);
  const double part = index.upkeep / saved;
  if (part < 0.01) return "hardly any upkeep (under 1 % of the saving)";
  const std::string_view word = part < 0.1 ? "light" : part < 0.4 ? "noticeable" : "heavy";
  return fmt::format("{} upkeep ({} of the saving)", word, text::percent(part));
}

double total_before(const IndexAdvice& advice) { return advice.cost_before + advice.upkeep_before; }
double total_after(const IndexAdvice& advice) { return advice.cost_after + advice.upkeep_after; }

std::size_t watched(const IndexAdvice& advice) {
  return static_cast<std::size_t>(std::count_if(advice.drop.begin(), advice.drop.end(),
                                                [](const OldIndex& one) { return one.watch; }));
}

std::size_t to_drop(const IndexAdvice& advice) { return advice.drop.size() - watched(advice); }

double freed_bytes(const IndexAdvice& advice) {
  double bytes = 0;
  for (const OldIndex& one : advice.drop) bytes += one.watch ? 0 : one.bytes;
  return bytes;
}

std::string headline(const IndexAdvice& advice) {
  if (advice.statements.empty()) {
    return advice.skipped.empty()
               ? "The workload holds no statement, so there is nothing to advise."
               : "No statement could be planned, so there is nothing to advise.";
  }
  const double before = total_before(advice);
  const double after = total_after(advice);
  if (advice.create.empty() && to_drop(advice) == 0) {
    return advice.candidates == 0
               ? "No index could serve this workload better than those that it has."
               : fmt::format("None of {} would make this workload cheaper by more than it costs.",
                             text::plural(advice.candidates, "possible index", "possible indexes"));
  }
  std::vector<std::string> parts;
  if (!advice.create.empty())
    parts.push_back(text::plural(count_of(advice.create.size()), "new index", "new indexes"));
  if (to_drop(advice) > 0) {
    parts.push_back(text::plural(count_of(to_drop(advice)), "index to drop", "indexes to drop"));
  }
  std::string out = text::join(parts, " and ") + ": the workload gets an estimated ";
  const std::string ratio = ratio_text(before, after);
  if (ratio == "the same" || ratio == "-")
    return text::join(parts, " and ") + ": the workload costs the same (estimated).";
  return out + ratio +
         (after < before && before / after < 2
              ? " (" + text::percent(1 - after / before) + " less)."
              : ".");
}

bool is_modelled(const IndexAdvice& advice) {
  return advice.engine != model::EngineKind::postgresql;
}

std::string_view cost_words(const IndexAdvice& advice) {
  return is_modelled(advice) ? "time" : "planner cost";
}

std::string cost_sentence(const IndexAdvice& advice) {
  if (advice.statements.empty()) return {};
  std::string out = fmt::format("Estimated {} {}: {} before, {} after", cost_words(advice),
                                per_hour(advice), total_text(advice, total_before(advice)),
                                total_text(advice, total_after(advice)));
  if (advice.upkeep_before > 0 || advice.upkeep_after > 0) {
    out += fmt::format("; of that, the upkeep of indexes by writes is {} before, {} after",
                       total_text(advice, advice.upkeep_before),
                       total_text(advice, advice.upkeep_after));
  }
  return out + ".";
}

std::string disk_sentence(const IndexAdvice& advice) {
  const double freed = freed_bytes(advice);
  if (advice.bytes <= 0 && freed <= 0) return {};
  std::string out = "Disk: ";
  if (advice.bytes > 0) {
    out += text::bytes(advice.bytes) + " for new indexes";
    if (advice.budget_bytes > 0) out += " (budget " + text::bytes(advice.budget_bytes) + ")";
  }
  if (freed > 0) out += (advice.bytes > 0 ? ", " : "") + text::bytes(freed) + " freed";
  return out + ".";
}

std::string stopped_sentence(const IndexAdvice& advice) {
  return advice.stopped ? "Time ran out: this is the best that was found until then. A longer "
                          "--max-time may find more."
                        : "";
}

std::string oracle_sentence(const IndexAdvice& advice) {
  if (advice.oracle.empty()) return "All figures are estimates; nothing was measured.";
  if (is_modelled(advice))
    return "All figures are estimates of " + one_line(advice.oracle) + "; nothing was measured.";
  return "All figures are estimates of the planner (" + one_line(advice.oracle) +
         "); nothing was measured.";
}

std::string bound_sentence(const IndexAdvice& advice) {
  const double total = total_after(advice);
  if (!(advice.bound > 0) || !(total > 0)) return {};
  const std::string candidates = advice.candidates == 1
                                     ? "this 1 candidate"
                                     : "these " + text::count(advice.candidates) + " candidates";
  const double gap = (total - advice.bound) / total;
  constexpr double same = 0.0005;
  if (gap < same)
    return "No choice among " + candidates + " could do better, whatever disk it took.";
  return fmt::format(
      "No choice among {} could do better than {} {}, whatever disk it took: at most {} below "
      "this one.",
      candidates, total_text(advice, advice.bound), per_hour(advice), text::percent(gap));
}

std::string effort_sentence(const IndexAdvice& advice) {
  std::string out = fmt::format(
      "{}, {}, {}", text::plural(count_of(advice.statements.size()), "statement", "statements"),
      text::plural(advice.candidates, "candidate", "candidates"),
      text::plural(advice.planner_calls, "planner call", "planner calls"));
  if (advice.cpu_seconds > 0) out += ", " + text::duration(advice.cpu_seconds) + " of Whet's CPU";
  if (advice.elapsed_seconds > 0) out += ", in " + text::duration(advice.elapsed_seconds);
  return out + ".";
}

std::vector<std::pair<std::string, std::size_t>> skip_reasons(const IndexAdvice& advice) {
  std::map<std::string, std::size_t> counts;
  for (const advise::SkippedStatement& one : advice.skipped) ++counts[one_line(one.reason, 300)];
  std::vector<std::pair<std::string, std::size_t>> out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

StatementsById::StatementsById(const IndexAdvice& advice) {
  for (const StatementAdvice& one : advice.statements) by_id_.emplace(one.id, &one);
}

std::vector<const StatementAdvice*> StatementsById::of(const NewIndex& index) const {
  std::vector<const StatementAdvice*> out;
  for (const std::string& id : index.statements) {
    const auto at = by_id_.find(id);
    if (at != by_id_.end()) out.push_back(at->second);
  }
  return out;
}

std::string calls_text(const StatementAdvice& statement) {
  return statement.calls >= 1000 ? text::count(std::llround(statement.calls))
                                 : text::number(statement.calls);
}

std::vector<std::pair<std::string, std::string>> index_facts(const IndexAdvice& advice,
                                                             const NewIndex& index) {
  std::vector<std::pair<std::string, std::string>> out;
  out.emplace_back("Writes",
                   upkeep_text(advice, index) +
                       (index.upkeep > 0 ? ", " + cost_in_words(advice, index.upkeep) + " an hour"
                                         : std::string()));
  if (index.cost_per_write > 0)
    out.emplace_back("Writing one row", cost_in_words(advice, index.cost_per_write) + " more");
  if (index.build_seconds > 0)
    out.emplace_back("Build", "about " + text::duration(index.build_seconds));
  if (!index.change.locks.empty()) out.emplace_back("Locks", one_line(index.change.locks));
  if (!index.note.empty()) out.emplace_back("Note", one_line(index.note));
  return out;
}

}  // namespace whet::report
