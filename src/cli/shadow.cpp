// whet shadow: a private server that plans as the target does, for as long as this command runs.
#include "engine/postgres/shadow/shadow.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "cli/context.h"
#include "cli/target.h"
#include "model/json.h"

namespace whet::cli {

namespace {

struct Options {
  TargetOptions target;
  bool with_hypopg = false;
};

Result<model::Snapshot> facts(const Options& options, Context& context) {
  if (is_file(options.target.target)) {
    const std::string text = WHET_TRY(files::read(options.target.target));
    return model::snapshot_from_json(text);
  }
  auto collect = WHET_TRY(collect_options(options.target));
  collect.planner_facts = true;
  collect.window_seconds = 0;
  collect.plans_at_most = 0;
  const auto engine = WHET_TRY(open_target(options.target, context));
  auto collected = WHET_TRY(engine->collect(collect, context.progress));
  return std::move(collected.snapshot);
}

/// Until Ctrl-C, or the end of the process that started this one.
void wait_for_the_end(const Progress& progress) {
  constexpr double look_seconds = 0.1;
  const pid_t parent = ::getppid();
  while (!progress.cancelled() && ::getppid() == parent) clock::pause(look_seconds);
}

Status run(const Options& options, Context& context) {
  const model::Snapshot snapshot = WHET_TRY(facts(options, context));
  if (snapshot.server.engine != model::EngineKind::postgresql) {
    return Error{ErrorKind::usage, "A shadow can stand for a PostgreSQL server only.",
                 "whet index answers for MySQL and MariaDB by a model of their optimizer.", ""};
  }
  engine::postgres::ShadowOptions how;
  how.with_hypopg = options.with_hypopg;
  const auto shadow = WHET_TRY(engine::postgres::Shadow::start(snapshot, how, context.progress));
  context.progress.report("", -1);
  for (const std::string& note : shadow.notes()) context.err << "Note: " << note << "\n";
  for (const model::NotCollected& one : snapshot.not_collected) {
    context.err << "Not collected: " << one.what << ", because " << one.reason << "\n";
  }
  context.err << "A shadow of " << snapshot.target << " runs (" << shadow.name()
              << ", no rows). It goes away with this command: Ctrl-C.\n";
  context.out << shadow.url() << std::endl;
  wait_for_the_end(context.progress);
  return {};
}

}  // namespace

void add_shadow(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "shadow", "Start a private server that plans as the target does, without its rows");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("target", options->target.target,
                   "postgresql://user@host/database, a libpq keyword string, or a snapshot file "
                   "made with --with-samples")
      ->required();
  command->add_flag("--hypopg", options->with_hypopg,
                    "install HypoPG in it, where this machine has it");
  command->footer(
      "\nExamples:\n  whet shadow postgresql://user@host/shop\n"
      "  whet collect --with-samples postgresql://user@host/shop -o shop.json && whet shadow "
      "shop.json\n");
  command->callback([options, &context] {
    const Status status = run(*options, context);
    context.exit_code = status.ok() ? static_cast<int>(done) : fail(context, status.error());
  });
}

}  // namespace whet::cli
