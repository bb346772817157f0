// mongodb_shop: the shop on a MongoDB server that somebody has.
//   mongodb_shop load URL DATABASE                its data and indexes; the database must not exist
//   mongodb_shop workload URL DATABASE FOLDER     the transactions of tools/shop/mongodb
//        [--transactions 1800] [--clients 4] [--seed 42]
//   mongodb_shop run URL DATABASE COMMAND         one command, as extended JSON
//   mongodb_shop drop URL DATABASE                takes it away
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shop/drive.h"
#include "shop/mongodb_client.h"
#include "shop/mongodb_data.h"

namespace {

using namespace whet;

struct Where {
  std::string url, database;

  void add_to(CLI::App& app) {
    app.add_option("url", url)->required();
    app.add_option("database", database)->required();
  }
  [[nodiscard]] Result<std::unique_ptr<bench::MongoClient>> open() const {
    return bench::MongoClient::open(url, database);
  }
};

// Never into a database that somebody has.
Status load(const Where& where) {
  const auto client = WHET_TRY(where.open());
  char** names = mongoc_client_get_database_names_with_opts(client->handle(), nullptr, nullptr);
  bool taken = false;
  for (char** name = names; name != nullptr && *name != nullptr; ++name) {
    taken = taken || where.database == *name;
  }
  bson_strfreev(names);
  if (taken) {
    return Error{ErrorKind::usage, "The server has a database " + where.database + " already.",
                 "Drop it, or give another name.", ""};
  }
  return bench::load_shop(*client);
}

Status workload(const Where& where, const std::string& folder, const bench::DriveOptions& options) {
  const auto scripts = WHET_TRY(bench::scripts_of(folder, ".json"));
  const auto open = [&]() -> Result<std::unique_ptr<bench::Client>> {
    return std::unique_ptr<bench::Client>(WHET_TRY(where.open()));
  };
  return bench::drive(scripts, open, options);
}

Status run(const Where& where, const std::string& command) {
  const auto client = WHET_TRY(where.open());
  return client->execute(command);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The shop on a MongoDB server");
  app.require_subcommand(1);
  Where where;
  std::string folder, command;
  bench::DriveOptions options;
  CLI::App* loading = app.add_subcommand("load");
  CLI::App* working = app.add_subcommand("workload");
  CLI::App* running = app.add_subcommand("run");
  CLI::App* dropping = app.add_subcommand("drop");
  for (CLI::App* one : {loading, working, running, dropping}) where.add_to(*one);
  working->add_option("folder", folder)->required();
  options.add_to(*working);
  running->add_option("command", command)->required();
  CLI11_PARSE(app, argc, argv);

  mongoc_init();
  Status done;
  if (*loading) done = load(where);
  if (*working) done = workload(where, folder, options);
  if (*running) done = run(where, command);
  if (*dropping) done = run(where, R"({"dropDatabase":1})");
  mongoc_cleanup();
  if (done.ok()) return 0;
  fmt::print(stderr, "mongodb_shop: {}\n", done.error().text());
  return 1;
}
