// Drives a workload with several clients at once, and prints how long each kind of transaction
// took. The same seed draws the same transactions each time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "shop/script.h"

namespace CLI {
class App;
}

namespace whet::bench {

/// A client as an application has one: no marks in its statements, no limits.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  /// Runs a statement and reads all of its rows.
  [[nodiscard]] virtual Status execute(const std::string& statement) = 0;
};
using Open = std::function<Result<std::unique_ptr<Client>>()>;

struct DriveOptions {
  std::int64_t transactions = 1800;
  int clients = 4;
  std::uint64_t seed = 42;

  void add_to(CLI::App& app);
};

/// Prints what tools/shop/run-workload prints: script count total mean p50 p95 p99 (milliseconds),
/// then a line ALL, SECONDS and TPS. The first failure of a client ends it.
[[nodiscard]] Status drive(const std::vector<Script>& scripts, const Open& open,
                           const DriveOptions& options);

}  // namespace whet::bench
