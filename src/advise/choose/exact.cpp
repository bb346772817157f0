#include "advise/choose/exact.h"

#include <algorithm>
#include <limits>

namespace whet::advise {

namespace {

constexpr double tiny = 1e-9;

// Decides one index after another: in or out. A branch is cut when even the cheapest package of
// each statement that is still possible (no index of it is out, and what is missing of it fits by
// itself) does not beat the best set so far.
class Branching {
 public:
  Branching(const Problem& problem, const Packages& packages, Selection start, std::size_t nodes)
      : problem_(problem), packages_(packages), best_(std::move(start)), nodes_(nodes) {
    Bits useful(problem.indexes.size());
    for (const auto& list : packages) {
      for (const Package& package : list) useful |= package.uses;
    }
    std::vector<double> gain(problem.indexes.size(), 0);
    for (std::size_t q = 0; q < packages.size(); ++q) {
      for (const Package& package : packages[q]) {
        package.uses.each([&](std::size_t i) {
          gain[i] += problem.statements[q].weight * (packages[q].back().cost - package.cost);
        });
      }
    }
    useful.each([&](std::size_t i) {
      if (!problem.indexes[i].exists) order_.push_back(i);
    });
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return gain[a] > gain[b]; });
  }

  Proved run() {
    Bits in(problem_.indexes.size());
    for (std::size_t i = 0; i < problem_.indexes.size(); ++i) {
      if (problem_.indexes[i].exists) in.set(i);
    }
    decide(0, in, Bits(problem_.indexes.size()), 0);
    return {best_, nodes_ > 0};
  }

 private:
  void decide(std::size_t depth, const Bits& in, const Bits& out, double bytes);
  [[nodiscard]] double optimistic(const Bits& in, const Bits& out, double room) const;
  [[nodiscard]] bool table_has_room(const Bits& in, std::size_t index) const;

  const Problem& problem_;
  const Packages& packages_;
  Selection best_;
  std::size_t nodes_;
  std::vector<std::size_t> order_;
};

double Branching::optimistic(const Bits& in, const Bits& out, double room) const {
  double total = 0;
  in.each([&](std::size_t i) { total += problem_.indexes[i].upkeep; });
  for (std::size_t q = 0; q < packages_.size(); ++q) {
    for (const Package& package : packages_[q]) {
      if (package.uses.meets(out)) continue;
      double missing = 0;
      (package.uses - in).each([&](std::size_t i) { missing += problem_.indexes[i].bytes; });
      if (missing > room * (1 + tiny)) continue;
      total += problem_.statements[q].weight * package.cost;
      break;
    }
  }
  return total;
}

bool Branching::table_has_room(const Bits& in, std::size_t index) const {
  std::size_t there = 0;
  in.each([&](std::size_t i) {
    there +=
        !problem_.indexes[i].exists && problem_.indexes[i].table == problem_.indexes[index].table
            ? 1
            : 0;
  });
  return there < problem_.limits.per_table;
}

void Branching::decide(std::size_t depth, const Bits& in, const Bits& out, double bytes) {
  if (nodes_ == 0) return;
  --nodes_;
  const double room = problem_.limits.bytes - bytes;
  if (optimistic(in, out, room) >= best_.total * (1 - tiny)) return;
  if (depth == order_.size()) {
    const double total = total_of(problem_, packages_, in);
    if (total < best_.total * (1 - tiny)) best_ = {in, total, bytes};
    return;
  }
  const std::size_t i = order_[depth];
  if (problem_.indexes[i].bytes <= room && table_has_room(in, i)) {
    Bits with = in;
    with.set(i);
    decide(depth + 1, with, out, bytes + problem_.indexes[i].bytes);
  }
  Bits without = out;
  without.set(i);
  decide(depth + 1, in, without, bytes);
}

}  // namespace

Proved prove_selection(const Problem& problem, const Packages& packages, const Selection& start,
                       std::size_t nodes) {
  return Branching(problem, packages, start, nodes).run();
}

}  // namespace whet::advise
