// bench_checks: what the checks and the snapshot's JSON cost on a catalog of 20,000 tables, 200,000
// columns, 100,000 indexes and 5,000 statements, against the bars of the project.
//
//   bench_checks            the benchmarks, the slowest checks, the bars; exit code 1 over a bar
//   bench_checks --benchmark_filter=NAME and Google Benchmark's other options work as usual
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advise/check.h"
#include "base/files.h"
#include "bench/checks/catalog.h"
#include "model/json.h"

namespace whet::bench {
namespace {

constexpr double checks_bar_seconds = 1.0;
constexpr double memory_bar_mb = 512;
constexpr std::size_t slowest_shown = 10;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Timing {
  std::string id;
  double seconds = 0;
  std::size_t findings = 0;
};

std::vector<Timing> time_each_check(const model::Snapshot& snapshot) {
  const advise::Facts facts(snapshot, advise::Policy{});
  std::vector<Timing> timings;
  for (const advise::Check& check : advise::all_checks()) {
    if ((check.info.engines & advise::postgresql) == 0) continue;
    std::vector<model::Finding> findings;
    const double begin = cpu_seconds();
    check.run(facts, findings);
    timings.push_back({std::string(check.info.id), cpu_seconds() - begin, findings.size()});
  }
  std::sort(timings.begin(), timings.end(),
            [](const Timing& a, const Timing& b) { return a.seconds > b.seconds; });
  return timings;
}

/// Facts and checks on a snapshot that somebody has made, with the peak of memory up to then.
bool check_within_bars(const model::Snapshot& snapshot) {
  const double begin = cpu_seconds();
  const advise::Facts facts(snapshot, advise::Policy{});
  const auto findings = advise::run_checks(facts, advise::Selection{});
  const double spent = cpu_seconds() - begin;
  const double peak = peak_mb();
  const bool quick = spent < checks_bar_seconds;
  const bool small = peak < memory_bar_mb;
  fmt::print("  facts and all checks {:>8.2f} s CPU, bar {} s: {}   ({} findings)\n", spent,
             checks_bar_seconds, quick ? "met" : "MISSED", findings.size());
  fmt::print("  peak memory          {:>8.0f} MB, bar {} MB: {}\n", peak, memory_bar_mb,
             small ? "met" : "MISSED");
  return quick && small;
}

/// What a live run holds: the collected snapshot and the findings.
bool live_within_bars() {
  fmt::print("a snapshot in memory, as after collecting\n");
  return check_within_bars(large_catalog(Scale{}));
}

/// What `whet analyze FILE` does.
bool file_within_bars(const std::filesystem::path& path) {
  fmt::print("a snapshot from a file\n");
  const double begin = cpu_seconds();
  auto text = files::read(path);
  if (!text.ok()) return false;
  fmt::print("  its size             {:>8.1f} MB\n", static_cast<double>(text->size()) / 1048576);
  const auto snapshot = model::snapshot_from_json(*text);
  *text = {};
  fmt::print("  reading it           {:>8.2f} s CPU\n", cpu_seconds() - begin);
  return snapshot.ok() && check_within_bars(*snapshot);
}

bool print_slowest(const Scale& scale) {
  const auto timings = time_each_check(large_catalog(scale));
  double all = 0;
  for (const Timing& timing : timings) all += timing.seconds;
  fmt::print("the slowest of {} checks; all take {:.2f} s CPU\n", timings.size(), all);
  for (std::size_t i = 0; i < std::min(slowest_shown, timings.size()); ++i) {
    fmt::print("  {:<44} {:>8.1f} ms {:>7} findings\n", timings[i].id, timings[i].seconds * 1000,
               timings[i].findings);
  }
  return true;
}

/// In a process of its own, because a process's peak of memory never falls.
template <class Work>
bool in_child(Work work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    const bool good = work();
    std::fflush(stdout);
    _exit(good ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

/// Every bar, each in its own process. False when one was missed.
bool bars_met() {
  const auto path =
      std::filesystem::temp_directory_path() / ("whet-bench-" + std::to_string(getpid()) + ".json");
  const bool written =
      in_child([&] { return files::write(path, model::to_json(large_catalog(Scale{}))).ok(); });
  const bool live = in_child(live_within_bars);
  const bool file = written && in_child([&] { return file_within_bars(path); });
  std::filesystem::remove(path);
  (void)in_child([] { return print_slowest(Scale{}); });
  fmt::print("with faults in every table: no catalog is like that, but what is quadratic shows\n");
  (void)in_child([] { return print_slowest(Scale{.faulty_every = 1}); });
  return live && file;
}

void run_all_checks(benchmark::State& state) {
  const model::Snapshot snapshot = large_catalog(Scale{});
  for (auto _ : state) {
    const advise::Facts facts(snapshot, advise::Policy{});
    benchmark::DoNotOptimize(advise::run_checks(facts, advise::Selection{}));
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(snapshot.schema.tables.size()));
}
BENCHMARK(run_all_checks)->Unit(benchmark::kMillisecond);

void build_facts(benchmark::State& state) {
  const model::Snapshot snapshot = large_catalog(Scale{});
  for (auto _ : state) benchmark::DoNotOptimize(advise::Facts(snapshot, advise::Policy{}));
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(snapshot.schema.tables.size()));
}
BENCHMARK(build_facts)->Unit(benchmark::kMillisecond);

void write_snapshot(benchmark::State& state) {
  const model::Snapshot snapshot = large_catalog(Scale{});
  std::size_t bytes = 0;
  for (auto _ : state) bytes = model::to_json(snapshot).size();
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(snapshot.schema.tables.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(write_snapshot)->Unit(benchmark::kMillisecond);

void read_snapshot(benchmark::State& state) {
  const std::string text = model::to_json(large_catalog(Scale{}));
  for (auto _ : state) benchmark::DoNotOptimize(model::snapshot_from_json(text).ok());
  state.SetItemsProcessed(state.iterations() * Scale{}.tables);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(read_snapshot)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace whet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const bool met = whet::bench::bars_met();
  fmt::print("\n");
  benchmark::RunSpecifiedBenchmarks();
  return met ? 0 : 1;
}
