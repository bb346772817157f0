// The index advisor's choice on a workload of many joins (schema.sql, queries.py; README.md says
// how to run it) against what is reached with as many planner calls as it takes: Extend (Kossmann
// et al., VLDB 2020: the best gain per byte, one more column at a time, over all column orders up
// to a width) and a local search over Whet's own candidates that starts from the better of both.
//
//   bench_joins SNAPSHOT FOLDER [--cache FILE] [--reference WIDTH] [--search CALLS] [--calls N]
//   MB...
//
// HypoPG's sizes and costs. Costs are relative to no index; calls are planner calls that an advisor
// would make by itself, answers that are known from another one's questions included.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "advise/advisor/candidates.h"
#include "advise/choose/choose.h"
#include "advise/index/common.h"
#include "base/clock.h"
#include "base/files.h"
#include "cli/workload_files.h"
#include "engine/postgres/render.h"
#include "engine/postgres/shadow/shadow.h"
#include "engine/postgres/switch.h"
#include "model/json.h"
#include "sql/catalog.h"
#include "sql/shape.h"

namespace whet {
namespace {

namespace pg = engine::postgres;
using advise::Bits;

struct Options {
  std::string snapshot, folder, cache;
  std::size_t width = 0;   ///< of Extend's indexes; 0: no reference
  std::size_t search = 0;  ///< calls of the local search
  std::size_t calls = 0;   ///< per statement; 0: Whet's own limit
  bool verbose = false;
  std::vector<double> budgets;
};

/// Answers by statement and set, kept in a file: another run asks only what is new.
class Memory {
 public:
  struct Said {
    double cost = 0;
    std::vector<std::uint64_t> used;
  };

  explicit Memory(std::string path) : path_(std::move(path)) {
    std::ifstream in(path_);
    std::uint64_t key = 0;
    std::size_t count = 0;
    for (Said said; in >> key >> said.cost >> count; said.used.clear()) {
      for (std::uint64_t one = 0; count > 0 && in >> one; --count) said.used.push_back(one);
      known_[key] = said;
    }
    if (!path_.empty()) out_.open(path_, std::ios::app);
    out_.precision(17);
  }
  const Said* find(std::uint64_t key) const {
    const auto at = known_.find(key);
    return at == known_.end() ? nullptr : &at->second;
  }
  const Said& put(std::uint64_t key, Said said) {
    if (out_.is_open()) {
      out_ << key << ' ' << said.cost << ' ' << said.used.size();
      for (const std::uint64_t one : said.used) out_ << ' ' << one;
      out_ << '\n';
    }
    return known_[key] = std::move(said);
  }

 private:
  std::string path_;
  std::ofstream out_;
  std::unordered_map<std::uint64_t, Said> known_;
};

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t h = 14695981039346656037U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return mixed(h);
}

/// A list of indexes over the workload, and a planner that prices any set of them.
class Setting {
 public:
  Setting(advise::Questions questions, Memory& memory, pg::Connection& connection,
          Progress& progress)
      : questions_(std::move(questions)),
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
  std::string text(std::size_t i) const {
    return pg::plain_create_index(questions_.indexes[i].what.what, "x");
  }
  void forget_calls() { asked_.clear(); }
  std::size_t calls() const { return asked_.size(); }
  std::size_t new_calls = 0;

 private:
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
  advise::Problem out;
  std::map<const model::Table*, std::size_t> numbers;
  for (std::size_t i = 0; i < size(); ++i) {
    const advise::AskedIndex& index = questions_.indexes[i];
    advise::ChoiceIndex made;
    made.bytes = bytes_[i];
    made.table = numbers.emplace(index.table, numbers.size()).first->second;
    made.scan = static_cast<double>(index.table->heap_bytes) / 8192 + index.table->rows() * 0.01;
    made.exists = made.keep = index.what.existing != 0;
    const model::Index& what = index.what.what.index;
    made.narrow = what.includes.empty() && (what.parts.size() == 1 || what.method != "btree");
    out.indexes.push_back(made);
  }
  for (std::size_t q = 0; q < relevant_.size(); ++q) {
    advise::ChoiceStatement statement;
    statement.weight = questions_.statements[q].item->calls;
    statement.relevant = relevant_[q];
    statement.proposed = Bits(size());
    for (const std::size_t i : questions_.statements[q].proposed) statement.proposed.set(i);
    statement.proposed &= statement.relevant;
    out.statements.push_back(std::move(statement));
  }
  out.limits.bytes = budget;
  return out;
}

Bits existing(const Setting& setting) {
  Bits out(setting.size());
  for (std::size_t i = 0; i < setting.size(); ++i) {
    if (setting.questions().indexes[i].what.existing != 0) out.set(i);
  }
  return out;
}

/// All orders of the columns that a statement needs together, up to a width, in place of proposals.
advise::Questions all_orders(const advise::Facts& facts, advise::Questions questions,
                             std::size_t width) {
  std::erase_if(questions.indexes,
                [](const advise::AskedIndex& index) { return index.what.existing == 0; });
  const sql::Catalog catalog = sql::catalog_of(facts.snapshot());
  std::set<std::pair<const model::Table*, std::vector<std::string>>> orders;
  for (advise::Asked& asked : questions.statements) {
    asked.proposed.clear();
    const auto shape = sql::shape(asked.item->text, catalog);
    if (!shape) continue;
    for (const model::ShapeRelation& relation : shape->relations) {
      const model::Table* table = facts.table(relation.schema, relation.table);
      if (table == nullptr) continue;
      std::vector<std::vector<std::string>> made{{}};
      for (std::size_t from = 0; from < made.size(); ++from) {
        if (made[from].size() >= width) continue;
        for (const std::string& column : relation.needed) {
          const std::vector<std::string> base = made[from];
          if (std::find(base.begin(), base.end(), column) != base.end()) continue;
          made.push_back(base);
          made.back().push_back(column);
          orders.emplace(table, made.back());
        }
      }
    }
  }
  for (const auto& [table, columns] : orders) {
    advise::AskedIndex index;
    index.table = table;
    model::Index what;
    what.schema = table->schema;
    what.method = "btree";
    for (const std::string& column : columns) {
      model::IndexPart part;
      part.column = column;
      part.opclass_is_default = true;
      what.parts.push_back(part);
    }
    index.what.what = {table->schema, table->name, what};
    questions.indexes.push_back(std::move(index));
  }
  return questions;
}

/// One step of Extend: a new index of one column, or a chosen one with one more column.
struct Extension {
  std::size_t add = 0;
  std::size_t instead = 0;  ///< the same as `add`: of none
  double ratio = 0;
};

class Extend {
 public:
  Extend(Setting& setting, double budget)
      : setting_(setting), budget_(budget), present_(existing(setting)) {}

  Result<Bits> run() {
    for (std::size_t q = 0; q < setting_.questions().statements.size(); ++q)
      costs_.push_back(WHET_TRY(setting_.cost(q, present_)));
    for (std::size_t i = 0; i < setting_.size(); ++i) {
      std::string key = setting_.questions().indexes[i].table->name;
      for (const auto& part : parts(i)) key += "," + part.column;
      if (!present_.test(i)) names_[key] = i;
    }
    while (WHET_TRY(step())) {
    }
    return present_;
  }

 private:
  const std::vector<model::IndexPart>& parts(std::size_t i) const {
    return setting_.questions().indexes[i].what.what.index.parts;
  }

  std::optional<std::size_t> shorter(std::size_t i) const {
    std::string key = setting_.questions().indexes[i].table->name;
    for (std::size_t k = 0; k + 1 < parts(i).size(); ++k) key += "," + parts(i)[k].column;
    const auto at = names_.find(key);
    if (at == names_.end() || !present_.test(at->second)) return std::nullopt;
    return at->second;
  }

  Result<bool> step() {
    Extension best;
    for (std::size_t i = 0; i < setting_.size(); ++i) {
      if (present_.test(i) || !std::isfinite(setting_.bytes()[i])) continue;
      Extension one{i, i, 0};
      if (parts(i).size() > 1) {
        const auto from = shorter(i);
        if (!from) continue;
        one.instead = *from;
      }
      const double more =
          setting_.bytes()[i] - (one.instead == i ? 0 : setting_.bytes()[one.instead]);
      if (bytes_ + more > budget_) continue;
      one.ratio = WHET_TRY(gain(one)) / std::max(1.0, more);
      if (one.ratio > best.ratio) best = one;
    }
    if (best.ratio <= 0) return false;
    apply(best, present_);
    bytes_ += setting_.bytes()[best.add] -
              (best.instead == best.add ? 0 : setting_.bytes()[best.instead]);
    for (std::size_t q = 0; q < costs_.size(); ++q)
      costs_[q] = WHET_TRY(setting_.cost(q, present_));
    return true;
  }

  static void apply(const Extension& one, Bits& set) {
    set.set(one.add);
    if (one.instead != one.add) set.reset(one.instead);
  }

  Result<double> gain(const Extension& one) {
    Bits next = present_;
    apply(one, next);
    double sum = 0;
    for (std::size_t q = 0; q < costs_.size(); ++q) {
      if (setting_.relevant(q).test(one.add))
        sum += setting_.questions().statements[q].item->calls *
               (costs_[q] - WHET_TRY(setting_.cost(q, next)));
    }
    return sum;
  }

  Setting& setting_;
  double budget_;
  Bits present_;
  double bytes_ = 0;
  std::vector<double> costs_;
  std::map<std::string, std::size_t> names_;
};

/// Puts each candidate in, takes the least worthy for its bytes out until it fits, keeps what is
/// better; until a whole round brings nothing or the calls are used up.
class LocalSearch {
 public:
  LocalSearch(Setting& setting, double budget, std::size_t calls)
      : setting_(setting), budget_(budget), calls_(calls), there_(existing(setting)) {}

  Result<Bits> run(Bits set) {
    double total = WHET_TRY(setting_.total(set));
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < setting_.size(); ++i) {
        if (setting_.calls() >= calls_) return set;
        if (set.test(i) || !(setting_.bytes()[i] <= budget_)) continue;
        Bits next = set;
        next.set(i);
        if (WHET_TRY(setting_.total(next)) >= total * (1 - 1e-6)) continue;
        WHET_TRY_VOID(make_room(next, i));
        const double reached = WHET_TRY(setting_.total(next));
        if (reached >= total * (1 - 1e-6)) continue;
        set = next;
        total = reached;
        again = true;
      }
    }
    return set;
  }

 private:
  Status make_room(Bits& set, std::size_t kept) {
    for (;;) {
      double bytes = 0;
      set.each([&](std::size_t i) { bytes += setting_.bytes()[i]; });
      if (bytes <= budget_) return {};
      const double now = WHET_TRY(setting_.total(set));
      double least = std::numeric_limits<double>::infinity();
      std::size_t at = setting_.size();
      for (std::size_t i = 0; i < setting_.size(); ++i) {
        if (!set.test(i) || i == kept || there_.test(i)) continue;
        Bits without = set;
        without.reset(i);
        const double worth =
            (WHET_TRY(setting_.total(without)) - now) / std::max(1.0, setting_.bytes()[i]);
        if (worth >= least) continue;
        least = worth;
        at = i;
      }
      if (at == setting_.size()) return {};
      set.reset(at);
    }
  }

  Setting& setting_;
  double budget_;
  std::size_t calls_;
  Bits there_;
};

void tell_loss(Setting& own, const Bits& mine, Setting& other, const Bits& theirs) {
  std::vector<std::pair<double, std::size_t>> losses;
  for (std::size_t q = 0; q < own.questions().statements.size(); ++q)
    losses.emplace_back(*own.cost(q, mine) - *other.cost(q, theirs), q);
  std::sort(losses.rbegin(), losses.rend());
  for (std::size_t k = 0; k < 6; ++k) {
    const auto [loss, q] = losses[k];
    fmt::print("    {} loses {:.0f}: {:.0f}\n", own.questions().statements[q].item->id, loss,
               *own.cost(q, mine));
    other.ask(q, theirs)->used.each([&](std::size_t i) {
      fmt::print("        theirs {} {:.1f} MB\n", other.text(i), other.bytes()[i] / 1e6);
    });
    own.ask(q, mine)->used.each([&](std::size_t i) {
      fmt::print("        mine   {} {:.1f} MB\n", own.text(i), own.bytes()[i] / 1e6);
    });
  }
}

Status compare(const Options& options, const advise::Facts& facts,
               const std::vector<advise::WorkItem>& items, pg::Connection& connection) {
  NoProgress progress;
  Memory memory(options.cache);
  advise::AdvisorOptions how;
  how.sizes = advise::Sizes::hypopg;
  how.charge_upkeep = false;
  const double began = clock::process_cpu();
  Setting own(advise::questions(facts, items, how), memory, connection, progress);
  const double proposing = clock::process_cpu() - began;
  WHET_TRY_VOID(own.declare());
  const double none = WHET_TRY(own.total(existing(own)));
  fmt::print("{} statements, {} candidates in {:.2f} s, cost without new indexes {:.0f}\n",
             own.questions().statements.size(), own.size(), proposing, none);
  fmt::print("{:>8} {:>8} {:>7} {:>7} {:>8} {:>8} {:>8} {:>7} {:>8} {:>7}\n", "MB", "Whet", "calls",
             "CPU s", "used MB", "bound", "Extend", "calls", "search", "calls");
  for (const double budget : options.budgets) {
    advise::Problem problem = own.problem(budget);
    if (options.calls > 0) problem.limits.calls_per_statement = options.calls;
    double waiting = 0;
    const double cpu = clock::process_cpu();
    const auto choice =
        WHET_TRY(advise::choose_indexes(problem, [&](std::size_t q, const Bits& set) {
          const double at = clock::process_cpu();
          auto answer = own.ask(q, set);
          waiting += clock::process_cpu() - at;
          return answer;
        }));
    const double used = clock::process_cpu() - cpu - waiting;
    fmt::print("{:>8.1f} {:>8.4f} {:>7} {:>7.2f} {:>8.1f} {:>8.4f}", budget / 1e6,
               choice.total_after / none, choice.calls, used, choice.bytes / 1e6,
               choice.bound / none);
    std::fflush(stdout);
    if (options.width > 0) {
      Setting all(all_orders(facts, own.questions(), options.width), memory, connection, progress);
      WHET_TRY_VOID(all.declare());
      const Bits extended = WHET_TRY(Extend(all, budget).run());
      fmt::print(" {:>8.4f} {:>7}", WHET_TRY(all.total(extended)) / none, all.calls());
      if (options.verbose) {
        fmt::print("\n");
        tell_loss(own, choice.present, all, extended);
      }
    }
    if (options.search > 0) {
      own.forget_calls();
      const Bits found = WHET_TRY(LocalSearch(own, budget, options.search).run(choice.present));
      fmt::print(" {:>8.4f} {:>7}", WHET_TRY(own.total(found)) / none, own.calls());
      if (options.verbose) {
        fmt::print("\n");
        tell_loss(own, choice.present, own, found);
      }
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
  return {};
}

Status run(const Options& options) {
  NoProgress progress;
  const std::string json = WHET_TRY(files::read(options.snapshot));
  const auto snapshot = WHET_TRY(model::snapshot_from_json(json));
  const advise::Facts facts(snapshot, {});
  const auto items = WHET_TRY(cli::workload_from(options.folder));
  auto shadow = WHET_TRY(pg::Shadow::start(snapshot, {.with_hypopg = true}, progress));
  engine::ConnectOptions where;
  where.url = shadow.url();
  auto connection = WHET_TRY(pg::Connection::open(where, pg::Access::write));
  return compare(options, facts, items, connection);
}

bool parse(int count, char** arguments, Options& options) {
  std::vector<std::string> plain;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (word == "-v") {
      options.verbose = true;
      continue;
    }
    if (!word.starts_with("--")) {
      plain.push_back(word);
      continue;
    }
    ++i;
    if (word == "--cache")
      options.cache = value;
    else if (word == "--reference")
      options.width = std::strtoul(value.c_str(), nullptr, 10);
    else if (word == "--search")
      options.search = std::strtoul(value.c_str(), nullptr, 10);
    else if (word == "--calls")
      options.calls = std::strtoul(value.c_str(), nullptr, 10);
    else
      return false;
  }
  if (plain.size() < 3) return false;
  options.snapshot = plain[0];
  options.folder = plain[1];
  for (std::size_t i = 2; i < plain.size(); ++i)
    options.budgets.push_back(1e6 * std::strtod(plain[i].c_str(), nullptr));
  return true;
}

}  // namespace
}  // namespace whet

int main(int count, char** arguments) {
  whet::Options options;
  if (!whet::parse(count, arguments, options)) {
    fmt::print(
        stderr,
        "bench_joins SNAPSHOT FOLDER [-v] [--cache FILE] [--reference WIDTH] [--search CALLS] "
        "[--calls N] MB...\n");
    return 2;
  }
  const whet::Status done = whet::run(options);
  if (done.ok()) return 0;
  fmt::print(stderr, "bench_joins: {}\n", done.error().text());
  return 2;
}
