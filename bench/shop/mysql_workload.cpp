// mysql_workload: drives the shop's workload on a MySQL or MariaDB server, and prints how long each
// kind of transaction took. The same seed draws the same transactions each time.
//   mysql_workload URL FOLDER [--transactions 1800] [--clients 4] [--seed 42]
// Prints what tools/shop/run-workload prints: script count total mean p50 p95 p99 (milliseconds),
// then a line ALL, SECONDS and TPS.
#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/clock.h"
#include "shop/mysql_client.h"
#include "shop/script.h"

namespace {

using namespace whet;

struct Client {
  int number = 0;
  std::int64_t transactions = 0;
  std::vector<std::vector<double>> elapsed_ms;  ///< for each script
  std::optional<Error> failure;
};

Status run_one(bench::MysqlClient& connection, const bench::Script& script,
               std::mt19937_64& random) {
  for (const std::string& statement : script.statements)
    WHET_TRY_VOID(connection.execute(bench::drawn(statement, random)));
  return {};
}

void run_client(const std::string& url, const std::vector<bench::Script>& scripts,
                std::uint64_t seed, Client& client) {
  auto connection = bench::MysqlClient::open(url);
  if (!connection) {
    client.failure = connection.error();
    return;
  }
  std::mt19937_64 random(seed * 1000 + static_cast<std::uint64_t>(client.number));
  client.elapsed_ms.resize(scripts.size());
  for (std::int64_t i = 0; i < client.transactions; ++i) {
    const std::size_t script = bench::next_script(scripts, random);
    const double began = clock::monotonic();
    const Status done = run_one(*connection, scripts[script], random);
    if (!done) {
      client.failure = done.error();
      client.failure->message = scripts[script].name + ": " + client.failure->message;
      return;
    }
    client.elapsed_ms[script].push_back((clock::monotonic() - began) * 1000);
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

void print_all(const std::vector<bench::Script>& scripts, const std::vector<Client>& clients,
               double seconds) {
  std::vector<double> all;
  std::multimap<double, std::size_t, std::greater<>> by_total;
  std::vector<std::vector<double>> times(scripts.size());
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    double total = 0;
    for (const Client& client : clients) {
      times[i].insert(times[i].end(), client.elapsed_ms[i].begin(), client.elapsed_ms[i].end());
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

int fail(const Error& error) {
  fmt::print(stderr, "mysql_workload: {}\n", error.text());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Drives the shop's workload on MySQL or MariaDB");
  std::string url, folder;
  std::int64_t transactions = 1800;
  int number = 4;
  std::uint64_t seed = 42;
  app.add_option("url", url)->required();
  app.add_option("folder", folder)->required();
  app.add_option("--transactions", transactions)->check(CLI::PositiveNumber);
  app.add_option("--clients", number)->check(CLI::Range(1, 256));
  app.add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);

  const auto scripts = bench::scripts_of(folder);
  if (!scripts) return fail(scripts.error());
  std::vector<Client> clients(static_cast<std::size_t>(number));
  std::vector<std::thread> threads;
  const double began = clock::monotonic();
  for (int i = 0; i < number; ++i) {
    Client& client = clients[static_cast<std::size_t>(i)];
    client.number = i;
    client.transactions = std::max<std::int64_t>(1, transactions / number);
    threads.emplace_back(run_client, url, std::cref(*scripts), seed, std::ref(client));
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = clock::monotonic() - began;
  for (const Client& client : clients)
    if (client.failure) return fail(*client.failure);
  print_all(*scripts, clients, seconds);
  return 0;
}
