// The program `whet`: wiring only. One file for each command.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "cli/terminal.h"
#include "cli/version.h"

namespace {

constexpr auto description =
    "Whet makes a database faster and proves it: it finds what is slow and why, tries what would "
    "help,\n"
    "applies what helped, measures, and undoes what did not. Without --apply it only reads.\n";
constexpr auto examples =
    "\nExamples:\n"
    "  whet analyze postgresql://user@host/shop         what is wrong, most costly first\n"
    "  whet optimize mysql://user@host/shop             the changes that would help (a dry run)\n"
    "  whet optimize --apply postgresql://user@host/shop\n"
    "  whet analyze --log mongod.log mongodb://user@host/shop\n"
    "  whet index --budget 2GB postgresql://user@host/shop   the indexes that should exist\n"
    "  whet undo --all postgresql://user@host/shop      takes back what was applied\n"
    "  whet doctor mysql://user@host/shop               what Whet may not see, and the GRANT for "
    "it\n"
    "\nExit codes: 0 done, 1 findings at or over --fail-on, 2 usage, 3 unreachable, 4 refused by "
    "the server,\n"
    "5 interrupted and left consistent, 70 internal error.\n";

int run(int argc, char** argv) {
  CLI::App app{description};
  app.name("whet");
  app.footer(examples);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("whet ") + std::string(whet::cli::version));
  whet::cli::TerminalProgress progress(std::cerr);
  whet::cli::Context context{std::cout, std::cerr, whet::cli::terminal_style(), progress,
                             whet::cli::interactive()};
  whet::cli::add_analyze(app, context);
  whet::cli::add_optimize(app, context);
  whet::cli::add_index(app, context);
  whet::cli::add_explain(app, context);
  whet::cli::add_collect(app, context);
  whet::cli::add_undo(app, context);
  whet::cli::add_ledger(app, context);
  whet::cli::add_checks(app, context);
  whet::cli::add_doctor(app, context);
  whet::cli::add_grants(app, context);
  whet::cli::add_shadow(app, context);
  whet::cli::add_schema(app, context);
  whet::cli::catch_interrupts();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? whet::cli::done : whet::cli::usage;
  }
  std::cout.flush();
  return context.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "whet: internal error: " << error.what()
              << ". Please report it with the command that you ran.\n";
    return whet::cli::internal;
  }
}
