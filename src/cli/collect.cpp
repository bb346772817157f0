// whet collect: a snapshot of a server as a file.
#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/target.h"
#include "cli/version.h"
#include "model/json.h"
#include "report/analysis.h"

namespace whet::cli {

namespace {

struct Options {
  TargetOptions target;
  std::string output = "-";
};

Status run(const Options& options, Context& context) {
  auto collect = WHET_TRY(collect_options(options.target));
  // They are row values, and let a shadow be built from the file.
  collect.planner_facts = collect.with_samples;
  const auto engine = WHET_TRY(open_target(options.target, context));
  auto collected = WHET_TRY(engine->collect(collect, context.progress));
  collected.snapshot.whet_version = version;
  context.progress.report("", -1);
  const std::string text = model::to_json(collected.snapshot);
  if (options.output == "-") {
    context.out << text;
    return {};
  }
  // It names tables and columns, so it is the owner's alone.
  WHET_TRY_VOID(files::write(options.output, text, 0600));
  context.err << options.output << ": " << text::bytes(static_cast<double>(text.size())) << ". "
              << report::cost_line(collected.snapshot.cost) << "\n";
  for (const model::NotCollected& one : collected.snapshot.not_collected) {
    context.err << "Not collected: " << one.what << ", because " << one.reason << "\n";
  }
  return {};
}

}  // namespace

void add_collect(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "collect", "Write a snapshot of a server to a file, to be analysed elsewhere");
  const auto options = std::make_shared<Options>();
  add_target(*command, options->target, false);
  command->add_option("-o,--output", options->output, "the file; - for standard output")
      ->type_name("FILE");
  command->footer(
      "\nExamples:\n  whet collect postgresql://user@host/shop --window 30s -o shop.json\n"
      "  whet collect mysql://user@host -o mysql.json\n"
      "  whet collect mongodb://user@host --log /var/log/mongodb/mongod.log -o mongodb.json\n");
  command->callback([options, &context] {
    const Status status = run(*options, context);
    context.exit_code = status.ok() ? static_cast<int>(done) : fail(context, status.error());
  });
}

}  // namespace whet::cli
