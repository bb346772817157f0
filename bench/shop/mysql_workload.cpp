// mysql_workload: drives the shop's workload on a MySQL or MariaDB server.
//   mysql_workload URL FOLDER [--transactions 1800] [--clients 4] [--seed 42]
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shop/drive.h"
#include "shop/mysql_client.h"
#include "shop/script.h"

namespace {

using namespace whet;

class Shopper final : public bench::Client {
 public:
  explicit Shopper(bench::MysqlClient connection) : connection_(std::move(connection)) {}
  Status execute(const std::string& statement) override { return connection_.execute(statement); }

 private:
  bench::MysqlClient connection_;
};

int fail(const Error& error) {
  fmt::print(stderr, "mysql_workload: {}\n", error.text());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Drives the shop's workload on MySQL or MariaDB");
  std::string url, folder;
  bench::DriveOptions options;
  app.add_option("url", url)->required();
  app.add_option("folder", folder)->required();
  options.add_to(app);
  CLI11_PARSE(app, argc, argv);

  const auto scripts = bench::scripts_of(folder, ".sql");
  if (!scripts) return fail(scripts.error());
  const auto open = [&]() -> Result<std::unique_ptr<bench::Client>> {
    return std::unique_ptr<bench::Client>(
        std::make_unique<Shopper>(WHET_TRY(bench::MysqlClient::open(url))));
  };
  if (const Status done = bench::drive(*scripts, open, options); !done) return fail(done.error());
  return 0;
}
