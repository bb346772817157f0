// whet index: which indexes should exist for the workload, and which should go.
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "advise/advisor/advisor.h"
#include "advise/advisor/shapes.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/index_planner.h"
#include "cli/target.h"
#include "cli/version.h"
#include "cli/workload_files.h"
#include "model/json.h"
#include "report/analysis.h"
#include "report/index_advice.h"

namespace whet::cli {

namespace {

struct Options {
  TargetOptions target;
  std::string budget, max_time = "60s";
  std::size_t per_table = 0;
  double min_gain_percent = -1;
  std::string workload;
  std::string sizes = "true";
  std::string format = "text";
  std::string sql_path, report_path;
  int verbosity = 0;

  [[nodiscard]] bool hypopg() const { return sizes == "hypopg"; }
};

Result<model::Snapshot> load(const Options& options, Context& context) {
  if (is_file(options.target.target)) {
    auto snapshot = model::snapshot_from_json(WHET_TRY(files::read(options.target.target)));
    if (snapshot) return snapshot;
    Error error = std::move(snapshot).error();
    error.message = options.target.target + ": " + error.message;
    return error;
  }
  auto collect = WHET_TRY(collect_options(options.target));
  collect.planner_facts = true;
  collect.plans_at_most = 0;
  const auto engine = WHET_TRY(open_target(options.target, context));
  auto collected = WHET_TRY(engine->collect(collect, context.progress));
  collected.snapshot.whet_version = version;
  return std::move(collected.snapshot);
}

Result<advise::AdvisorOptions> advisor_options(const Options& options) {
  advise::AdvisorOptions out;
  if (!options.budget.empty())
    out.budget_bytes = static_cast<double>(WHET_TRY(parse_size(options.budget)));
  out.per_table = options.per_table;
  out.max_seconds = WHET_TRY(parse_duration(options.max_time));
  out.sizes = options.hypopg() ? advise::Sizes::hypopg : advise::Sizes::real;
  // Files do not say how often their statements run; then neither do writes weigh anything.
  out.charge_upkeep = options.workload.empty() && !options.hypopg();
  // The comparison is about cost alone: every gain counts there.
  if (options.hypopg()) out.min_gain = out.min_gain_for_all_tables = 0;
  if (options.min_gain_percent >= 0) out.min_gain = options.min_gain_percent / 100;
  out.clock = clock::monotonic;
  return out;
}

std::string formatted(const advise::IndexAdvice& advice, const Options& options,
                      report::Style style) {
  if (options.format == "json") return report::index_advice_json(advice);
  if (options.format == "md") return report::index_advice_markdown(advice);
  if (options.format == "html") return report::index_advice_html(advice);
  style.verbosity = options.verbosity;
  return report::index_advice_text(advice, style);
}

std::string_view source_of_workload(const advise::Facts& facts) {
  if (facts.server().engine == model::EngineKind::mongodb)
    return "profiler, log and $queryStats tell";
  return advise::is_mysql(facts) ? "performance_schema's statement digests tell"
                                 : "pg_stat_statements tells";
}

Result<std::vector<advise::WorkItem>> workload(const Options& options, const advise::Facts& facts) {
  if (!options.workload.empty()) return workload_from(options.workload);
  auto items = advise::workload_items(facts);
  if (items.empty()) {
    return Error{ErrorKind::unreachable,
                 std::string("No statements of the workload are known: ") +
                     std::string(source_of_workload(facts)) + " of none.",
                 "whet doctor says how to get it; or give the statements with --workload FILE.",
                 ""};
  }
  return items;
}

void add_notes(const model::Snapshot& snapshot, const IndexPlanner& planner,
               advise::IndexAdvice& advice) {
  advice.notes = planner.notes;
  for (const model::NotCollected& one : snapshot.not_collected) {
    if (text::contains(one.what, "statistics"))
      advice.notes.push_back("Not collected: " + one.what + ". " + one.reason + " " + one.remedy);
  }
}

Result<int> run(const Options& options, Context& context) {
  const advise::Policy chosen = WHET_TRY(policy(options.target));
  const auto how = WHET_TRY(advisor_options(options));
  const model::Snapshot snapshot = WHET_TRY(load(options, context));
  const advise::Facts facts(snapshot, chosen);
  const auto items = WHET_TRY(workload(options, facts));
  const auto planner =
      WHET_TRY(open_planner(options.target.target, options.hypopg(), facts, items, context));
  const double cpu = clock::process_cpu();
  auto advice =
      WHET_TRY(advise::advise_indexes(facts, items, *planner.indexes, how, context.progress));
  advice.cpu_seconds = clock::process_cpu() - cpu;
  add_notes(snapshot, planner, advice);
  for (advise::NewIndex& index : advice.create) render_change(index.change, snapshot.server);
  for (advise::OldIndex& index : advice.drop) render_change(index.change, snapshot.server);
  context.progress.report("", -1);
  if (!options.sql_path.empty())
    WHET_TRY_VOID(files::write(options.sql_path, report::index_advice_sql(advice)));
  if (!options.report_path.empty())
    WHET_TRY_VOID(files::write(options.report_path, report::index_advice_html(advice)));
  context.out << formatted(advice, options, context.style);
  if (options.format == "text" && !is_file(options.target.target))
    context.out << report::cost_line(snapshot.cost) << "\n";
  // A run that could examine nothing is never green.
  return static_cast<int>(advice.statements.empty() ? unreachable : done);
}

void add_options(CLI::App& command, Options& options) {
  command.add_option("--budget", options.budget, "disk for all new indexes together")
      ->type_name("SIZE");
  command.add_option("--per-table", options.per_table, "new indexes on one table at most");
  command.add_option("--max-time", options.max_time, "the best until then (60s)")
      ->type_name("TIME");
  command
      .add_option("--min-gain", options.min_gain_percent,
                  "percent of the workload's cost that an index must save (0.1)")
      ->check(CLI::Range(0.0, 100.0));
  command
      .add_option("--workload", options.workload,
                  "statements from this file or folder of *.sql instead of the server's statistics")
      ->type_name("PATH");
  command
      .add_option(
          "--sizes", options.sizes,
          "true, or hypopg: sizes and costs as HypoPG has them, to compare with other tools")
      ->check(CLI::IsMember({"true", "hypopg"}));
  command.add_option("--format", options.format, "text, json, md or html")
      ->check(CLI::IsMember({"text", "json", "md", "html"}));
  command
      .add_option("--sql", options.sql_path, "also write the statements to this file, to review")
      ->type_name("FILE");
  command.add_option("--report", options.report_path, "also write an HTML report to this file")
      ->type_name("FILE");
  command.add_flag("-v,--verbose", options.verbosity,
                   "each index with the statements that gain, and what it costs");
}

}  // namespace

void add_index(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "index", "Which indexes should exist for the workload, and which should go (read-only)");
  const auto options = std::make_shared<Options>();
  options->target.window_seconds = 0;
  add_target(*command, options->target, true);
  add_options(*command, *options);
  command->footer(
      "\nExamples:\n  whet index --budget 2GB postgresql://user@host/shop\n"
      "  whet index -v --sql indexes.sql postgresql://user@host/shop\n"
      "  whet index --workload queries/ postgresql://user@host/shop\n"
      "  whet index mysql://user@host/shop\n  whet index mongodb://user@host/shop\n"
      "  whet collect --with-samples postgresql://user@host/shop -o shop.json && whet index "
      "shop.json\n");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
