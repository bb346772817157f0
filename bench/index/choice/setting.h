// A workload, a list of indexes for it, and HypoPG's word on what any set of them would cost.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "advise/advisor/candidates.h"
#include "advise/choose/problem.h"
#include "base/progress.h"
#include "engine/postgres/connection.h"
#include "memory.h"
#include "model/oracle.h"

namespace whet::bench {

namespace pg = engine::postgres;
using advise::Bits;

/// A list of indexes over the workload, and a planner that prices any set of them.
class Setting {
 public:
  Setting(const advise::Facts& facts, advise::Questions questions, Memory& memory,
          pg::Connection& connection, Progress& progress)
      : facts_(facts),
        questions_(std::move(questions)),
        memory_(memory),
        connection_(connection),
        progress_(progress) {}

  Status declare();
  advise::Problem problem(double budget) const;
  Result<advise::Answer> ask(std::size_t q, const Bits& present);
  Result<double> cost(std::size_t q, const Bits& present);
  Result<double> total(const Bits& present);
  std::size_t size() const { return questions_.indexes.size(); }
  const advise::Questions& questions() const { return questions_; }
  const std::vector<double>& bytes() const { return bytes_; }
  const Bits& relevant(std::size_t q) const { return relevant_[q]; }
  std::string text(std::size_t i) const;
  void forget_calls() { asked_.clear(); }
  std::size_t calls() const { return asked_.size(); }
  std::size_t new_calls = 0;

 private:
  const advise::Facts& facts_;
  advise::Questions questions_;
  Memory& memory_;
  pg::Connection& connection_;
  Progress& progress_;
  std::unique_ptr<model::IndexSwitch> planner_;
  std::vector<double> bytes_;
  std::vector<std::uint64_t> hashes_;
  std::unordered_map<std::uint64_t, std::size_t> by_hash_;
  std::vector<Bits> relevant_;
  std::set<std::uint64_t> asked_;
};

Bits existing(const Setting& setting);

}  // namespace whet::bench
