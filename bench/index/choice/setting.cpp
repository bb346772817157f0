#include "setting.h"

#include <cmath>
#include <limits>
#include <map>

#include "advise/advisor/problem.h"
#include "engine/postgres/render.h"
#include "engine/postgres/switch.h"

namespace whet::bench {

std::string Setting::text(std::size_t i) const {
  return pg::plain_create_index(questions_.indexes[i].what.what, "x");
}

Status Setting::declare() {
  planner_ = WHET_TRY(pg::hypopg_switch(connection_, progress_));
  std::vector<model::SwitchedIndex> list;
  for (const advise::AskedIndex& index : questions_.indexes) list.push_back(index.what);
  const auto sizes = WHET_TRY(planner_->declare(list));
  std::map<const model::Table*, std::vector<std::size_t>> by_table;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const bool exists = list[i].existing != 0;
    bytes_.push_back(exists          ? 0
                     : sizes[i].ok() ? *sizes[i]
                                     : std::numeric_limits<double>::infinity());
    hashes_.push_back(hash_of((exists ? "there " : "") + text(i)));
    by_hash_[hashes_.back()] = i;
    if (std::isfinite(bytes_.back())) by_table[questions_.indexes[i].table].push_back(i);
  }
  for (const advise::Asked& asked : questions_.statements) {
    Bits relevant(size());
    for (const model::Table* table : asked.tables) {
      for (const std::size_t i : by_table[table]) relevant.set(i);
    }
    relevant_.push_back(std::move(relevant));
  }
  return {};
}

Result<advise::Answer> Setting::ask(std::size_t q, const Bits& present) {
  std::uint64_t key = hash_of(questions_.statements[q].item->text);
  std::vector<std::size_t> on;
  (present & relevant_[q]).each([&](std::size_t i) {
    on.push_back(i);
    key += mixed(hashes_[i]);
  });
  asked_.insert(key);
  const Memory::Said* said = memory_.find(key);
  if (said == nullptr) {
    ++new_calls;
    const auto plan = WHET_TRY(planner_->plan(questions_.statements[q].item->text, on));
    Memory::Said fresh{plan.plan.root.total_cost, {}};
    for (const std::size_t i : plan.used) fresh.used.push_back(hashes_[i]);
    said = &memory_.put(key, std::move(fresh));
  }
  advise::Answer answer{said->cost, Bits(size())};
  for (const std::uint64_t hash : said->used) answer.used.set(by_hash_.at(hash));
  return answer;
}

Result<double> Setting::cost(std::size_t q, const Bits& present) {
  return WHET_TRY(ask(q, present)).cost;
}

Result<double> Setting::total(const Bits& present) {
  double sum = 0;
  for (std::size_t q = 0; q < relevant_.size(); ++q)
    sum += questions_.statements[q].item->calls * WHET_TRY(cost(q, present));
  return sum;
}

advise::Problem Setting::problem(double budget) const {
  advise::AdvisorOptions options;
  options.budget_bytes = budget;
  options.min_gain = options.min_gain_for_all_tables = 0;
  return advise::problem_of(facts_, questions_, bytes_, options);
}

Bits existing(const Setting& setting) {
  Bits out(setting.size());
  for (std::size_t i = 0; i < setting.size(); ++i) {
    if (setting.questions().indexes[i].what.existing != 0) out.set(i);
  }
  return out;
}

}  // namespace whet::bench
