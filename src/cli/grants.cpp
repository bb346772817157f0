// whet grants: the script that makes a monitoring role.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/context.h"
#include "engine/mongodb/mongodb.h"
#include "engine/mysql/mysql.h"
#include "engine/postgres/postgres.h"

namespace whet::cli {

namespace {

struct Options {
  std::string engine;
  std::string role = "whet";
  std::vector<std::string> databases;
};

std::string script(const Options& options) {
  if (options.engine == "postgresql") return engine::postgres::grants_script(options.role);
  if (options.engine == "mongodb")
    return engine::mongodb::grants_script(options.role, options.databases);
  const bool mariadb = options.engine == "mariadb";
  return engine::mysql::grants_script(
      mariadb ? model::EngineKind::mariadb : model::EngineKind::mysql, options.role,
      options.databases);
}

}  // namespace

void add_grants(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("grants", "Print the script that makes a monitoring role");
  const auto options = std::make_shared<Options>();
  command->add_option("engine", options->engine, "postgresql, mysql, mariadb or mongodb")
      ->required()
      ->check(CLI::IsMember({"postgresql", "mysql", "mariadb", "mongodb"}));
  command->add_option("--role", options->role,
                      "the role's name; for MySQL and MariaDB name@host, too");
  command
      ->add_option("--database", options->databases,
                   "MySQL, MariaDB, MongoDB: only these databases; repeatable")
      ->type_name("NAME");
  command->footer(
      "\nExamples:\n  whet grants postgresql | psql -d shop\n"
      "  whet grants mysql --role 'whet@10.0.0.%' --database shop | mysql\n"
      "  whet grants mongodb > whet.js && mongosh \"mongodb://admin@host/admin\" whet.js\n");
  command->callback([options, &context] { context.out << script(*options); });
}

}  // namespace whet::cli
