// whet analyze: what is wrong, most costly first. Read-only; from a server or from a snapshot file.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "advise/check.h"
#include "base/files.h"
#include "cli/context.h"
#include "cli/target.h"
#include "cli/version.h"
#include "model/json.h"
#include "report/analysis.h"
#include "report/html.h"

namespace whet::cli {

namespace {

struct Options {
  TargetOptions target;
  std::string format = "text";
  std::string fail_on;
  std::string report_path;
  std::string snapshot_path;
  advise::Selection selection;
  int verbosity = 0;
};

Result<model::Snapshot> load(const Options& options, Context& context) {
  if (is_file(options.target.target)) {
    const std::string text = WHET_TRY(files::read(options.target.target));
    auto snapshot = model::snapshot_from_json(text);
    if (!snapshot.ok()) {
      Error error = std::move(snapshot).error();
      error.message = options.target.target + ": " + error.message;
      return error;
    }
    return snapshot;
  }
  const auto collect = WHET_TRY(collect_options(options.target));
  const auto engine = WHET_TRY(open_target(options.target, context));
  auto collected = WHET_TRY(engine->collect(collect, context.progress));
  collected.snapshot.whet_version = version;
  context.progress.report("", -1);
  return std::move(collected.snapshot);
}

/// --only and --skip must name something: a mistyped name would silently examine nothing.
Status known(const std::vector<std::string>& patterns) {
  const auto checks = advise::all_checks();
  for (const std::string& pattern : patterns) {
    advise::Selection one;
    one.only = {pattern};
    const bool any = std::any_of(checks.begin(), checks.end(), [&](const advise::Check& check) {
      return one.takes(check.info.id);
    });
    if (!any)
      return Error{ErrorKind::usage, fmt::format("No check is named '{}'.", pattern),
                   "whet checks lists them.", ""};
  }
  return {};
}

std::string formatted(const report::Analysis& analysis, const Options& options,
                      report::Style style) {
  if (options.format == "json") return report::analysis_json(analysis);
  if (options.format == "md") return report::analysis_markdown(analysis);
  if (options.format == "html") return report::html(analysis, nullptr);
  if (options.format == "sarif") return report::analysis_sarif(analysis);
  if (options.format == "junit") {
    return report::analysis_junit(analysis, value_of(options.fail_on, model::Severity::high));
  }
  style.verbosity = options.verbosity;
  return report::analysis_text(analysis, style);
}

Result<int> run(const Options& options, Context& context) {
  WHET_TRY_VOID(known(options.selection.only));
  WHET_TRY_VOID(known(options.selection.skip));
  const advise::Policy chosen = WHET_TRY(policy(options.target));
  const model::Snapshot snapshot = WHET_TRY(load(options, context));
  if (!options.snapshot_path.empty()) {
    WHET_TRY_VOID(files::write(options.snapshot_path, model::to_json(snapshot), 0600));
  }
  const advise::Facts facts(snapshot, chosen);
  std::vector<model::Finding> findings = advise::run_checks(facts, options.selection);
  render_changes(findings, snapshot.server);
  std::vector<advise::Check> checks = advise::checks_for(snapshot.server.engine);
  std::erase_if(
      checks, [&](const advise::Check& check) { return !options.selection.takes(check.info.id); });
  const report::Analysis analysis{snapshot, findings, checks, facts.workload_seconds_per_hour()};
  if (!options.report_path.empty())
    WHET_TRY_VOID(files::write(options.report_path, report::html(analysis, nullptr)));
  context.out << formatted(analysis, options, context.style);
  if (options.fail_on.empty()) return static_cast<int>(done);
  const auto limit = value_of(options.fail_on, model::Severity::critical);
  const bool over = std::any_of(findings.begin(), findings.end(),
                                [&](const auto& finding) { return finding.severity >= limit; });
  return static_cast<int>(over ? Exit::findings : done);
}

}  // namespace

void add_analyze(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("analyze", "Find what is wrong, most costly first (read-only)");
  const auto options = std::make_shared<Options>();
  add_target(*command, options->target, true);
  command->add_option("--format", options->format, "text, json, md, html, sarif or junit")
      ->check(CLI::IsMember({"text", "json", "md", "html", "sarif", "junit"}));
  command->add_option("--report", options->report_path, "also write an HTML report to this file")
      ->type_name("FILE");
  command
      ->add_option("--snapshot", options->snapshot_path,
                   "also keep the snapshot that was examined in this file")
      ->type_name("FILE");
  command
      ->add_option("--fail-on", options->fail_on,
                   "exit with 1 when a finding is at least this severe")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}));
  command
      ->add_option("--only", options->selection.only,
                   "only these checks or areas (index, index.unused)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--skip", options->selection.skip, "not these checks or areas")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_flag("-v,--verbose", options->verbosity,
                    "all findings with their evidence; -vv with the arithmetic");
  command->footer(
      "\nExamples:\n  whet analyze postgresql://user@host/shop\n  whet analyze mysql://user@host\n "
      " whet analyze --log mongod.log mongodb://user@host\n "
      " whet analyze -v --only index "
      "postgresql://host/shop\n"
      "  whet collect postgresql://host/shop -o shop.json && whet analyze shop.json --format md\n");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
