// The index advisor's choice on any workload against what is reached with as many planner calls as
// it takes: Extend (extend.h) and a local search over Whet's own candidates that starts from Whet's
// choice (local_search.h).
//
//   bench_choice SNAPSHOT FOLDER [--cache FILE] [--reference WIDTH] [--search CALLS] [--wide WIDTH]
//   [--calls N] [-v] MB...
//
// In place of the two, "tpch 19" and "tpch 22" name the statistics and queries of bench_index.
// HypoPG's sizes and costs. Costs are relative to no index; calls are planner calls that an advisor
// would make by itself, answers that are known from another one's questions included.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

#include "advise/choose/choose.h"
#include "base/clock.h"
#include "base/files.h"
#include "cli/workload_files.h"
#include "engine/postgres/shadow/shadow.h"
#include "extend.h"
#include "local_search.h"
#include "memory.h"
#include "model/json.h"
#include "setting.h"
#include "support/tpch.h"

namespace whet::bench {
namespace {

struct Options {
  std::string snapshot, folder, cache;
  std::size_t width = 0;   ///< of Extend's indexes; 0: no reference
  std::size_t search = 0;  ///< calls of the local search
  std::size_t wide = 0;    ///< of the indexes that a second search has besides; 0: none
  std::size_t calls = 0;   ///< per statement; 0: Whet's own limit
  bool verbose = false;
  std::vector<double> budgets;
};

void tell_set(const char* whose, const Setting& setting, const Bits& set) {
  (set - existing(setting)).each([&](std::size_t i) {
    fmt::print("    {:<6} {} {:.1f} MB\n", whose, setting.text(i), setting.bytes()[i] / 1e6);
  });
}

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

/// Relative to no index; where that would show nothing, as it is.
std::string shown(double cost, double none) {
  const double part = cost / none;
  return part < 0.01 ? fmt::format("{:.0f}", cost) : fmt::format("{:.4f}", part);
}

void print_costs(const Setting& own, const Options& options, double none) {
  fmt::print("{} statements, {} candidates, cost without new indexes {:.0f}\n",
             own.questions().statements.size(), own.size(), none);
  fmt::print("{:>8} {:>8} {:>7} {:>7} {:>8} {:>8}", "MB", "Whet", "calls", "CPU s", "used MB",
             "bound");
  if (options.width > 0) fmt::print(" {:>8} {:>7}", "Extend", "calls");
  if (options.search > 0) fmt::print(" {:>8} {:>7}", "search", "calls");
  if (options.wide > 0) fmt::print(" {:>8} {:>7}", "wide", "calls");
  fmt::print("\n");
}

/// Whet's choice as the planner says it, and its own CPU.
Result<advise::Choice> choose(Setting& own, const Options& options, double budget, double none) {
  advise::Problem problem = own.problem(budget);
  if (options.calls > 0) problem.limits.calls_per_statement = options.calls;
  double waiting = 0;
  const double cpu = clock::process_cpu();
  auto choice = WHET_TRY(advise::choose_indexes(problem, [&](std::size_t q, const Bits& set) {
    const double at = clock::process_cpu();
    auto answer = own.ask(q, set);
    waiting += clock::process_cpu() - at;
    return answer;
  }));
  fmt::print("{:>8.1f} {:>8} {:>7} {:>7.2f} {:>8.1f} {:>8}", budget / 1e6,
             shown(choice.total_after, none), choice.calls, clock::process_cpu() - cpu - waiting,
             choice.bytes / 1e6, shown(choice.bound, none));
  std::fflush(stdout);
  return choice;
}

/// The same set in another setting, as far as that has its indexes.
Bits translated(const Setting& from, const Bits& set, const Setting& to) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < to.size(); ++i) places[to.text(i)] = i;
  Bits out = existing(to);
  set.each([&](std::size_t i) {
    const auto at = places.find(from.text(i));
    if (at != places.end()) out.set(at->second);
  });
  return out;
}

Status tell(const Options& options, Setting& own, const Bits& mine, Setting& other,
            const Bits& theirs, double none) {
  fmt::print(" {:>8} {:>7}", shown(WHET_TRY(other.total(theirs)), none), other.calls());
  std::fflush(stdout);
  if (!options.verbose) return {};
  fmt::print("\n");
  tell_set("mine", own, mine);
  tell_set("theirs", other, theirs);
  tell_loss(own, mine, other, theirs);
  return {};
}

class Comparison {
 public:
  Comparison(const Options& options, const advise::Facts& facts,
             const std::vector<advise::WorkItem>& items, pg::Connection& connection)
      : options_(options),
        facts_(facts),
        items_(items),
        connection_(connection),
        memory_(options.cache) {}

  Status run() {
    advise::AdvisorOptions how;
    how.sizes = advise::Sizes::hypopg;
    how.charge_upkeep = false;
    Setting own(facts_, advise::questions(facts_, items_, how), memory_, connection_, progress_);
    WHET_TRY_VOID(own.declare());
    const double none = WHET_TRY(own.total(existing(own)));
    print_costs(own, options_, none);
    for (const double budget : options_.budgets) {
      const advise::Choice choice = WHET_TRY(choose(own, options_, budget, none));
      WHET_TRY_VOID(references(own, choice.present, budget, none));
      fmt::print("\n");
    }
    return {};
  }

 private:
  Status references(Setting& own, const Bits& mine, double budget, double none) {
    if (options_.width > 0) {
      Setting all(facts_, all_orders(facts_, own.questions(), options_.width, false), memory_,
                  connection_, progress_);
      WHET_TRY_VOID(all.declare());
      WHET_TRY_VOID(tell(options_, own, mine, all, WHET_TRY(extend(all, budget)), none));
    }
    if (options_.search > 0) {
      own.forget_calls();
      const Bits found = WHET_TRY(LocalSearch(own, budget, options_.search).run(mine));
      WHET_TRY_VOID(tell(options_, own, mine, own, found, none));
    }
    if (options_.wide > 0) {
      Setting all(facts_, all_orders(facts_, own.questions(), options_.wide, true), memory_,
                  connection_, progress_);
      WHET_TRY_VOID(all.declare());
      const Bits start = translated(own, mine, all);
      const Bits found = WHET_TRY(LocalSearch(all, budget, options_.search).run(start));
      WHET_TRY_VOID(tell(options_, own, mine, all, found, none));
    }
    return {};
  }

  const Options& options_;
  const advise::Facts& facts_;
  const std::vector<advise::WorkItem>& items_;
  pg::Connection& connection_;
  NoProgress progress_;
  Memory memory_;
};

/// The workload: of files, or of bench_index.
Result<std::vector<advise::WorkItem>> items_of(const Options& options) {
  if (options.snapshot != "tpch") return cli::workload_from(options.folder);
  const std::set<std::string> left_out{"02", "17", "20"};
  std::vector<advise::WorkItem> items;
  for (const auto& [number, text] : testing::tpch_queries()) {
    if (options.folder == "22" || !left_out.contains(number)) items.push_back({number, text, 1});
  }
  return items;
}

Result<model::Snapshot> snapshot_of(const Options& options) {
  if (options.snapshot == "tpch") return testing::tpch_snapshot();
  return model::snapshot_from_json(WHET_TRY(files::read(options.snapshot)));
}

Status run(const Options& options) {
  NoProgress progress;
  const model::Snapshot snapshot = WHET_TRY(snapshot_of(options));
  const advise::Facts facts(snapshot, {});
  const auto items = WHET_TRY(items_of(options));
  auto shadow = WHET_TRY(pg::Shadow::start(snapshot, {.with_hypopg = true}, progress));
  engine::ConnectOptions where;
  where.url = shadow.url();
  auto connection = WHET_TRY(pg::Connection::open(where, pg::Access::write));
  return Comparison(options, facts, items, connection).run();
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
    else if (word == "--wide")
      options.wide = std::strtoul(value.c_str(), nullptr, 10);
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
}  // namespace whet::bench

int main(int count, char** arguments) {
  whet::bench::Options options;
  if (!whet::bench::parse(count, arguments, options)) {
    fmt::print(
        stderr,
        "bench_choice SNAPSHOT FOLDER [-v] [--cache FILE] [--reference WIDTH] [--search CALLS] "
        "[--wide WIDTH] [--calls N] MB...\n");
    return 2;
  }
  const whet::Status done = whet::bench::run(options);
  if (done.ok()) return 0;
  fmt::print(stderr, "bench_choice: {}\n", done.error().text());
  return 2;
}
