#include "shop/drive.h"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/clock.h"

namespace whet::bench {

namespace {

struct Run {
  int number = 0;
  std::int64_t transactions = 0;
  std::vector<std::vector<double>> elapsed_ms;  ///< for each script
  std::optional<Error> failure;
};

Status run_one(Client& client, const Script& script, std::mt19937_64& random) {
  for (const std::string& statement : script.statements)
    WHET_TRY_VOID(client.execute(drawn(statement, random)));
  return {};
}

void run_client(const Open& open, const std::vector<Script>& scripts, std::uint64_t seed,
                Run& run) {
  const auto client = open();
  if (!client) {
    run.failure = client.error();
    return;
  }
  std::mt19937_64 random(seed * 1000 + static_cast<std::uint64_t>(run.number));
  run.elapsed_ms.resize(scripts.size());
  for (std::int64_t i = 0; i < run.transactions; ++i) {
    const std::size_t script = next_script(scripts, random);
    const double began = clock::monotonic();
    const Status done = run_one(**client, scripts[script], random);
    if (!done) {
      run.failure = done.error();
      run.failure->message = scripts[script].name + ": " + run.failure->message;
      return;
    }
    run.elapsed_ms[script].push_back((clock::monotonic() - began) * 1000);
  }
}

double percentile(const std::vector<double>& sorted, double part) {
  const auto at = static_cast<std::size_t>(static_cast<double>(sorted.size()) * part + 0.999999);
  return sorted[std::min(sorted.size(), std::max<std::size_t>(at, 1)) - 1];
}

void print(const std::string& name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  double sum = 0;
  for (const double one : times) sum += one;
  fmt::print("{}\t{}\t{:.1f}\t{:.3f}\t{:.3f}\t{:.3f}\t{:.3f}\n", name, times.size(), sum,
             sum / static_cast<double>(times.size()), percentile(times, .5), percentile(times, .95),
             percentile(times, .99));
}

void print_all(const std::vector<bench::Script>& scripts, const std::vector<Run>& runs,
               double seconds) {
  std::vector<double> all;
  std::multimap<double, std::size_t, std::greater<>> by_total;
  std::vector<std::vector<double>> times(scripts.size());
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    double total = 0;
    for (const Run& run : runs) {
      times[i].insert(times[i].end(), run.elapsed_ms[i].begin(), run.elapsed_ms[i].end());
    }
    for (const double one : times[i]) total += one;
    all.insert(all.end(), times[i].begin(), times[i].end());
    if (!times[i].empty()) by_total.emplace(total, i);
  }
  fmt::print("script\tcount\ttotal\tmean\tp50\tp95\tp99\n");
  for (const auto& [total, i] : by_total) print(scripts[i].name, times[i]);
  print("ALL", all);
  fmt::print("SECONDS\t{:.2f}\nTPS\t{:.1f}\n", seconds, static_cast<double>(all.size()) / seconds);
}

}  // namespace

void DriveOptions::add_to(CLI::App& app) {
  app.add_option("--transactions", transactions)->check(CLI::PositiveNumber);
  app.add_option("--clients", clients)->check(CLI::Range(1, 256));
  app.add_option("--seed", seed);
}

Status drive(const std::vector<Script>& scripts, const Open& open, const DriveOptions& options) {
  std::vector<Run> runs(static_cast<std::size_t>(options.clients));
  std::vector<std::thread> threads;
  const double began = clock::monotonic();
  for (int i = 0; i < options.clients; ++i) {
    Run& run = runs[static_cast<std::size_t>(i)];
    run.number = i;
    run.transactions = std::max<std::int64_t>(1, options.transactions / options.clients);
    threads.emplace_back(run_client, std::cref(open), std::cref(scripts), options.seed,
                         std::ref(run));
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = clock::monotonic() - began;
  for (const Run& run : runs) {
    if (run.failure) return *run.failure;
  }
  print_all(scripts, runs, seconds);
  return {};
}

}  // namespace whet::bench
