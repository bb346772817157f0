// whet ledger: every change that Whet made, and how it ended.
#include "ledger/ledger.h"

#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "report/outcome.h"

namespace whet::cli {

namespace {

struct Options {
  std::string id;
  std::string format = "text";
  int verbosity = 0;
};

Result<int> run(const Options& options, Context& context) {
  const std::string path = WHET_TRY(ledger::default_path());
  const auto ledger = WHET_TRY(ledger::Ledger::open(path));
  std::vector<ledger::Entry> entries;
  if (options.id.empty()) {
    entries = WHET_TRY(ledger.entries({}));
  } else {
    entries.push_back(WHET_TRY(ledger.find(options.id)));
  }
  if (options.format == "json") {
    context.out << ledger::to_json(entries, 1) << "\n";
    return static_cast<int>(done);
  }
  report::Style style = context.style;
  style.verbosity = options.id.empty() ? options.verbosity : 1;
  context.out << report::ledger_text(entries, style);
  return static_cast<int>(done);
}

}  // namespace

void add_ledger(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("ledger", "Show every change that Whet made, and how it ended");
  const auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "one entry, by its id or the beginning of it");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_flag("-v,--verbose", options->verbosity, "with statements and every transition");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
