// whet grants: the script that makes a monitoring role.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/context.h"
#include "engine/postgres/postgres.h"

namespace whet::cli {

namespace {

struct Options {
  std::string engine;
  std::string role = "whet";
};

}  // namespace

void add_grants(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("grants", "Print the script that makes a monitoring role");
  const auto options = std::make_shared<Options>();
  command->add_option("engine", options->engine, "postgresql")
      ->required()
      ->check(CLI::IsMember({"postgresql"}));
  command->add_option("--role", options->role, "the role's name");
  command->footer("\nExample:\n  whet grants postgresql | psql -d shop\n");
  command->callback(
      [options, &context] { context.out << engine::postgres::grants_script(options->role); });
}

}  // namespace whet::cli
