// whet undo: takes back what was applied.
#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/target.h"
#include "optimize/optimize.h"
#include "optimize/recover.h"

namespace whet::cli {

namespace {

struct Options {
  std::string first, second;  ///< [ID] TARGET
  bool all = false;
  std::string format = "text";
};

Result<int> run(const Options& options, Context& context) {
  const std::string id = options.second.empty() ? "" : options.first;
  if (options.all == !id.empty()) {
    return Error{ErrorKind::usage, "Say what to take back: one change, or all of them.",
                 "Write: whet undo ID URL, or whet undo --all URL. whet ledger shows the ids.", ""};
  }
  TargetOptions target;
  target.target = options.second.empty() ? options.first : options.second;
  const auto engine = WHET_TRY(open_target(target, context));
  const std::string path = WHET_TRY(ledger::default_path());
  auto ledger = WHET_TRY(ledger::Ledger::open(path));
  optimize::Context loop{*engine, ledger, context.progress, {clock::now, clock::monotonic}};
  std::vector<optimize::Recovered> recovered;
  const auto undone = WHET_TRY(optimize::undo_on_target(id, loop, recovered));
  context.progress.report("", -1);
  if (options.format == "json") {
    context.out << optimize::to_json(undone, 1) << "\n";
  } else {
    for (const optimize::Recovered& one : recovered)
      context.out << one.summary << ": " << one.done << "\n";
    for (const optimize::Undone& one : undone) {
      context.out << (one.done ? "taken back: " : "NOT taken back: ") << one.summary
                  << (one.reason.empty() ? "" : " (" + one.reason + ")") << "\n";
    }
    if (undone.empty()) context.out << "There is nothing to take back on this target.\n";
  }
  const bool all_done =
      std::all_of(undone.begin(), undone.end(), [](const auto& one) { return one.done; });
  return static_cast<int>(all_done ? done : refused);
}

}  // namespace

void add_undo(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("undo", "Take back what was applied: one change, or all");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("id", options->first,
                   "the change's id in the ledger (or, with --all, the target)")
      ->required();
  command->add_option("target", options->second, std::string(target_forms));
  command->add_flag("--all", options->all,
                    "everything that was applied and not taken back, latest first");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "\nExamples:\n  whet undo --all postgresql://user@host/shop\n  whet undo 20261123-1545 "
      "mysql://user@host/shop\n");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
