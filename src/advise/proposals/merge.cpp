#include "advise/proposals/merge.h"

#include <algorithm>
#include <map>
#include <set>

#include "advise/proposals/needs.h"

namespace whet::advise {

namespace {

bool holds_all(const Parts& longer, const Parts& shorter) {
  return std::all_of(shorter.begin(), shorter.end(),
                     [&](const model::IndexPart& part) { return has_part(longer, part); });
}

bool same_place(const model::IndexPart& a, const model::IndexPart& b) {
  return a.column == b.column && a.expression == b.expression && a.opclass == b.opclass &&
         a.descending == b.descending && a.nulls_first == b.nulls_first;
}

bool is_prefix(const Parts& shorter, const Parts& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin(), same_place);
}

// All proposals for one table.
class TableMerger {
 public:
  TableMerger(const Facts& facts, const MergeLimits& limits) : facts_(facts), limits_(limits) {}

  void add(const Proposal& proposal, std::size_t statement) {
    const std::string name = key_of(proposal.index);
    auto at = positions_.find(name);
    if (at == positions_.end()) {
      const bool there = is_there_already(facts_, proposal);
      at = positions_.emplace(name, there ? none : all_.size()).first;
      if (!there) all_.push_back({proposal, {}, false});
    }
    if (at->second == none) return;
    std::vector<std::size_t>& statements = all_[at->second].statements;
    if (!statements.empty() && statements.back() == statement) return;
    statements.push_back(statement);
    turns_[statement].push_back(at->second);
  }

  /// How many statements have something proposed here, and how many proposals there are.
  [[nodiscard]] std::size_t statements() const { return turns_.size(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

  std::vector<Merged> take(std::size_t at_most) {
    merge_pairs();
    // Those that were asked for come first where a workload is large.
    constexpr std::size_t part_merged = 3;
    const std::size_t most_merged = at_most < limits_.per_table ? at_most / part_merged : at_most;
    const std::size_t kept_merged =
        std::min({merged_.size(), limits_.merged_per_table, most_merged});
    std::vector<Merged> out = in_turns(at_most - kept_merged);
    merged_.resize(kept_merged);
    std::move(merged_.begin(), merged_.end(), std::back_inserter(out));
    return out;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::vector<Merged> in_turns(std::size_t most);
  void merge_pairs();
  void merge(const Merged& one, const Merged& other);
  void add_merged(Parts key, const Merged& one, const Merged& other);

  const Facts& facts_;
  const MergeLimits& limits_;
  std::vector<Merged> all_;
  std::map<std::string, std::size_t> positions_;           ///< in all_; none: it is there already
  std::map<std::size_t, std::vector<std::size_t>> turns_;  ///< of each statement, its proposals
  std::vector<Merged> merged_;
  std::map<std::string, std::size_t> merged_positions_;
};

// Each statement's first, then each one's second, and so on; in the order of their first mention.
std::vector<Merged> TableMerger::in_turns(std::size_t most) {
  std::set<std::size_t> chosen;
  bool more = true;
  for (std::size_t round = 0; more && chosen.size() < most; ++round) {
    more = false;
    for (const auto& [statement, proposals] : turns_) {
      if (round >= proposals.size() || chosen.size() >= most) continue;
      more = true;
      chosen.insert(proposals[round]);
    }
  }
  std::vector<Merged> out;
  for (const std::size_t position : chosen) out.push_back(all_[position]);
  return out;
}

void TableMerger::merge_pairs() {
  // Only B-trees of the same rows can take each other's place.
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const model::Index& index = all_[i].proposal.index;
    if (index.method == "btree" && !index.parts.empty()) groups[index.predicate].push_back(i);
  }
  // A table of which thousands of indexes are proposed has those that matter at the front.
  constexpr std::size_t most_compared = 400;
  for (auto& [predicate, members] : groups) {
    if (members.size() > most_compared) members.resize(most_compared);
    for (const std::size_t one : members) {
      for (const std::size_t other : members) {
        if (one != other) merge(all_[one], all_[other]);
      }
    }
  }
  std::stable_sort(merged_.begin(), merged_.end(), [](const Merged& a, const Merged& b) {
    return a.statements.size() > b.statements.size();
  });
}

// `one` is the narrower.
void TableMerger::merge(const Merged& one, const Merged& other) {
  const Parts& narrow = one.proposal.index.parts;
  const Parts& wide = other.proposal.index.parts;
  if (narrow.size() > wide.size() || !holds_all(wide, narrow)) return;
  if (is_prefix(narrow, wide)) {
    // The wide one serves the narrow one but for what that includes.
    if (!one.proposal.index.includes.empty()) add_merged(wide, one, other);
    return;
  }
  // The columns that the wide one's statement fixes may come in the narrow one's order.
  Parts key = narrow;
  for (const model::IndexPart& part : wide) {
    if (!has_part(key, part)) key.push_back(part);
  }
  if (narrow.size() < wide.size()) add_merged(std::move(key), one, other);
}

void TableMerger::add_merged(Parts key, const Merged& one, const Merged& other) {
  if (key.size() > limits_.key_columns) return;
  Merged made;
  made.merged = true;
  made.proposal = other.proposal;
  made.proposal.index.parts = std::move(key);
  std::set<std::string> includes(other.proposal.index.includes.begin(),
                                 other.proposal.index.includes.end());
  includes.insert(one.proposal.index.includes.begin(), one.proposal.index.includes.end());
  for (const model::IndexPart& part : made.proposal.index.parts) includes.erase(part.column);
  if (includes.size() > limits_.include_columns) return;
  made.proposal.index.includes.assign(includes.begin(), includes.end());
  for (const std::string& expression : one.proposal.unknown_expressions) {
    auto& known = made.proposal.unknown_expressions;
    if (std::find(known.begin(), known.end(), expression) == known.end())
      known.push_back(expression);
  }
  std::set_union(one.statements.begin(), one.statements.end(), other.statements.begin(),
                 other.statements.end(), std::back_inserter(made.statements));
  const std::string name = key_of(made.proposal.index);
  if (positions_.contains(name)) return;
  const auto [at, is_new] = merged_positions_.emplace(name, merged_.size());
  if (is_new) {
    if (is_there_already(facts_, made.proposal)) {
      at->second = none;
    } else {
      merged_.push_back(std::move(made));
    }
  } else if (at->second != none) {
    // Several pairs may come to the same index: it serves all of them.
    std::vector<std::size_t>& known = merged_[at->second].statements;
    std::vector<std::size_t> statements;
    std::set_union(known.begin(), known.end(), made.statements.begin(), made.statements.end(),
                   std::back_inserter(statements));
    known = std::move(statements);
  }
}

}  // namespace

std::vector<Merged> merge_proposals(const Facts& facts,
                                    const std::vector<std::vector<Proposal>>& of_statements,
                                    const MergeLimits& limits) {
  std::map<std::pair<std::string, std::string>, TableMerger> tables;
  for (std::size_t i = 0; i < of_statements.size(); ++i) {
    for (const Proposal& proposal : of_statements[i]) {
      tables.try_emplace(std::pair(proposal.table->schema, proposal.table->name), facts, limits)
          .first->second.add(proposal, i);
    }
  }
  std::size_t all = 0, statements = 0;
  for (const auto& [name, merger] : tables) all += merger.size(), statements += merger.statements();
  std::vector<Merged> out;
  for (auto& [name, merger] : tables) {
    std::size_t at_most = limits.per_table;
    constexpr std::size_t least = 6;
    if (limits.total > 0 && all > limits.total)
      at_most = std::clamp(limits.total * merger.statements() / statements,
                           std::min(least, at_most), at_most);
    std::vector<Merged> made = merger.take(at_most);
    std::move(made.begin(), made.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace whet::advise
