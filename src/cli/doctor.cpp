// whet doctor: what Whet may not see of a server, or the server does not record, and how to change
// that.
#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "cli/target.h"

namespace whet::cli {

namespace {

Result<int> run(const TargetOptions& options, Context& context) {
  const auto engine = WHET_TRY(open_target(options, context));
  const auto diagnoses = WHET_TRY(engine->diagnose());
  context.progress.report("", -1);
  context.out << report::paint(context.style, report::Ink::bold, engine->target()) << "\n";
  bool all_good = true;
  for (std::size_t i = 0; i < diagnoses.size(); ++i) {
    const engine::Diagnosis& one = diagnoses[i];
    // What helps several that follow each other is said once, behind them.
    const bool again =
        i + 1 < diagnoses.size() && !diagnoses[i + 1].good && diagnoses[i + 1].remedy == one.remedy;
    const auto ink = one.good ? report::Ink::green : report::Ink::yellow;
    context.out << "  " << report::paint(context.style, ink, one.good ? "ok      " : "missing ")
                << one.topic << " " << one.finding << "\n";
    if (!one.good && !one.remedy.empty() && !again)
      context.out << report::wrap(context.style, "→ " + one.remedy, 12);
    all_good = all_good && one.good;
  }
  context.out << (all_good ? "\nWhet sees everything that it can use.\n"
                           : "\nWhet works without what is missing; it just sees less.\n");
  return static_cast<int>(done);
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what Whet may not see of a server, and how to change that");
  const auto options = std::make_shared<TargetOptions>();
  command->add_option("target", options->target, std::string(target_forms))->required();
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
