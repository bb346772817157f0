// whet optimize: the changes that would help; with --apply, made, measured, and taken back where
// they did not help.
#include "optimize/optimize.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "advise/advisor/advisor.h"
#include "advise/check.h"
#include "base/clock.h"
#include "base/files.h"
#include "cli/context.h"
#include "cli/index_planner.h"
#include "cli/target.h"
#include "cli/version.h"
#include "optimize/advised.h"
#include "report/analysis.h"
#include "report/html.h"
#include "report/outcome.h"

namespace whet::cli {

namespace {

/// The index advisor's share of a run.
constexpr double advisor_seconds = 30;

struct Options {
  TargetOptions target;
  std::string budget;
  bool apply = false;
  bool yes = false;
  std::vector<std::string> only, skip;
  std::string max_risk = "medium";
  std::string format = "text";
  std::string report_path;
  std::string measure_time = "60s";
  std::string trial;
  int verbosity = 0;
};

/// Asks on the terminal. Anything but a clear yes is a no.
bool ask(const optimize::ChangeOutcome& one, Context& context) {
  context.progress.report("", -1);
  context.err << "\n" << one.change.summary << "  (" << name_of(one.change.risk) << " risk)\n";
  if (!one.change.reason.empty()) context.err << report::wrap(context.style, one.change.reason, 2);
  if (!one.change.action.statement.empty()) {
    context.err << report::wrap(context.style, one.change.action.statement, 2);
  }
  if (!one.change.locks.empty())
    context.err << report::wrap(context.style, "Locks: " + one.change.locks, 2);
  context.err << "Make this change? [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

Status usable(const Options& options, const Context& context) {
  if (is_file(options.target.target)) {
    return Error{ErrorKind::usage, "A snapshot cannot be optimised.",
                 "whet analyze -v " + options.target.target + " shows the changes that would help.",
                 ""};
  }
  if (options.apply && !options.yes && !context.interactive) {
    return Error{ErrorKind::usage,
                 "There is no terminal to ask on before changes that are not wholly safe.",
                 "Add --yes to make them without asking, or --max-risk safe.", ""};
  }
  return {};
}

Result<optimize::Options> loop_options(const Options& options, Context& context) {
  optimize::Options loop;
  loop.measure.budget_seconds = WHET_TRY(parse_duration(options.measure_time));
  loop.select.only = options.only;
  loop.select.skip = options.skip;
  loop.select.max_risk = value_of(options.max_risk, model::Risk::medium);
  loop.apply = options.apply;
  constexpr std::string_view on_sample = "sample";
  loop.sample.wanted = !options.trial.empty();
  if (options.trial.size() > on_sample.size())
    loop.sample.url = options.trial.substr(on_sample.size() + 1);
  if (!options.yes)
    loop.approve = [&context](const optimize::ChangeOutcome& one) { return ask(one, context); };
  loop.render = &render_change;
  return loop;
}

std::string formatted(const optimize::Outcome& outcome, const Options& options,
                      report::Style style) {
  if (options.format == "json") return report::outcome_json(outcome);
  if (options.format == "md") return report::outcome_markdown(outcome);
  style.verbosity = options.verbosity;
  return report::outcome_text(outcome, style);
}

/// The index advisor's answer in the place of the checks' own proposals. Where it cannot be had the
/// findings stay as they are, and the Error says why.
Status use_advisor(const Options& options, const advise::Facts& facts,
                   std::vector<model::Finding>& findings, Context& context) {
  const auto items = advise::workload_items(facts);
  if (items.empty()) return {};
  const auto planner = WHET_TRY(open_planner(options.target.target, false, facts, items, context));
  advise::AdvisorOptions how;
  if (!options.budget.empty())
    how.budget_bytes = static_cast<double>(WHET_TRY(parse_size(options.budget)));
  how.max_seconds = advisor_seconds;
  how.clock = clock::monotonic;
  const auto advice =
      WHET_TRY(advise::advise_indexes(facts, items, *planner.indexes, how, context.progress));
  findings = optimize::with_advice(std::move(findings), advice, facts);
  return {};
}

Result<int> run(const Options& options, Context& context) {
  const bool asks =
      options.apply && value_of(options.max_risk, model::Risk::medium) != model::Risk::safe;
  if (asks || is_file(options.target.target)) WHET_TRY_VOID(usable(options, context));
  const advise::Policy chosen = WHET_TRY(policy(options.target));
  auto collect = WHET_TRY(collect_options(options.target));
  collect.planner_facts = true;
  const double began = clock::monotonic();
  const auto engine = WHET_TRY(open_target(options.target, context));
  auto collected = WHET_TRY(engine->collect(collect, context.progress));
  collected.snapshot.whet_version = version;
  const advise::Facts facts(collected.snapshot, chosen);
  std::vector<model::Finding> findings = advise::run_checks(facts, {});
  const Status advised = use_advisor(options, facts, findings, context);
  if (!advised) {
    const ErrorKind kind = advised.error().kind;
    if (kind == ErrorKind::interrupted || kind == ErrorKind::usage) return advised.error();
    context.err << "Indexes are proposed by the checks alone: " << advised.error().text() << "\n";
  }
  render_changes(findings, collected.snapshot.server);
  // Only now: a run that could not even connect leaves nothing behind.
  const std::string path = WHET_TRY(ledger::default_path());
  auto ledger = WHET_TRY(ledger::Ledger::open(path));
  optimize::Context loop{*engine, ledger, context.progress, {clock::now, clock::monotonic}};
  const auto steps = WHET_TRY(loop_options(options, context));
  const auto outcome = WHET_TRY(optimize::run(collected, findings, steps, loop));
  context.progress.report("", -1);
  if (!options.report_path.empty()) {
    const auto checks = advise::checks_for(collected.snapshot.server.engine);
    const report::Analysis analysis{collected.snapshot, findings, checks,
                                    facts.workload_seconds_per_hour()};
    WHET_TRY_VOID(files::write(options.report_path, report::html(analysis, &outcome)));
  }
  context.out << formatted(outcome, options, context.style);
  model::CollectionCost cost = engine->cost();
  cost.elapsed_seconds = clock::monotonic() - began;
  if (options.format == "text") context.out << report::cost_line(cost) << "\n";
  return static_cast<int>(outcome.interrupted ? interrupted : done);
}

}  // namespace

void add_optimize(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "optimize", "The changes that would help; with --apply: make, measure, and keep what helped");
  const auto options = std::make_shared<Options>();
  add_target(*command, options->target, false);
  command->add_flag("--apply", options->apply,
                    "make the changes (without it: a dry run that changes nothing)");
  command->add_flag("-y,--yes", options->yes, "do not ask before changes that are not wholly safe");
  command->add_option("--budget", options->budget, "disk for all new indexes together")
      ->type_name("SIZE");
  command->add_option("--only", options->only, "only changes of these findings or areas")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--skip", options->skip, "not changes of these findings or areas")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--max-risk", options->max_risk, "safe, low, medium or high")
      ->check(CLI::IsMember({"safe", "low", "medium", "high"}));
  command
      ->add_option("--measure-time", options->measure_time,
                   "how long reads are replayed, before and again after (60s)")
      ->type_name("TIME");
  command
      ->add_option(
          "--trial", options->trial,
          "sample: try new indexes first on a sample of the data, in a scratch database of "
          "the target, or of the server behind sample:URL (MongoDB)")
      ->type_name("sample[:URL]")
      ->check([](const std::string& text) {
        const bool good = text == "sample" || text.starts_with("sample:mongodb");
        return good ? std::string() : "write sample or sample:mongodb://host";
      });
  command->add_option("--format", options->format, "text, json or md")
      ->check(CLI::IsMember({"text", "json", "md"}));
  command->add_option("--report", options->report_path, "also write an HTML report to this file")
      ->type_name("FILE");
  command->add_flag("-v,--verbose", options->verbosity, "every change, also those left out");
  command->footer(
      "\nExamples:\n  whet optimize postgresql://user@host/shop\n"
      "  whet optimize --apply mysql://user@host/shop\n"
      "  whet optimize --apply mongodb://user@host/shop\n"
      "  whet optimize --apply --only index postgresql://user@host/shop\n"
      "  whet optimize --apply --yes --max-risk low --report shop.html "
      "postgresql://user@host/shop\n");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
