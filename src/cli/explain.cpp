// whet explain: a plan as a tree, with its problems. From a server, a file or standard input.
#include <CLI/CLI.hpp>

#include "advise/query/plan_checks.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/target.h"
#include "model/json.h"
#include "plans/parse.h"
#include "plans/render.h"

namespace whet::cli {

namespace {

struct Options {
  std::string target;
  std::vector<std::string> statement;
  bool analyze = false;
  std::string format = "text";
  int verbosity = 0;
};

Result<model::Plan> obtain(const Options& options, Context& context) {
  if (is_file(options.target)) {
    if (!options.statement.empty()) {
      return Error{ErrorKind::usage, "A plan file needs no statement.",
                   "Write: whet explain plan.txt, or whet explain URL -- \"SELECT ...\".", ""};
    }
    const std::string text = WHET_TRY(files::read(options.target));
    return plans::parse(text);
  }
  if (options.statement.empty()) {
    return Error{ErrorKind::usage, "There is no statement to explain.",
                 "Write it after --: whet explain URL -- \"SELECT ...\".", ""};
  }
  TargetOptions target;
  target.target = options.target;
  const auto engine = WHET_TRY(open_target(target, context));
  return engine->explain(text::join(options.statement, " "), options.analyze);
}

std::string as_json(const model::Plan& plan, const std::vector<model::Finding>& findings) {
  json::Writer out(1);
  out.begin_object();
  out.key("plan");
  out.raw(model::to_json(plan));
  out.key("findings");
  out.raw(model::to_json(findings));
  out.end_object();
  return out.take() + "\n";
}

std::string problems(const model::Plan& plan, const std::vector<model::Finding>& findings,
                     const report::Style& style) {
  // MongoDB estimates nothing: what reads ten documents looks like what reads ten million.
  const bool blind = !plan.framework.empty() && !plan.executed();
  if (findings.empty() && blind) return "A plan without figures shows few problems: --analyze.\n";
  if (findings.empty()) return "No problem was found in this plan.\n";
  std::string out;
  for (const model::Finding& finding : findings) {
    out += report::paint(style, report::Ink::yellow, std::string(name_of(finding.severity))) +
           "  " + report::paint(style, report::Ink::bold, finding.id) + "\n" +
           report::wrap(style, finding.title, 2);
    if (!finding.detail.empty()) out += report::wrap(style, finding.detail, 4);
    if (style.verbosity == 0) continue;
    for (const model::Evidence& one : finding.evidence) {
      out += report::wrap(style, one.name + ": " + one.value, 4);
    }
  }
  return out;
}

Result<int> run(const Options& options, Context& context) {
  const model::Plan plan = WHET_TRY(obtain(options, context));
  context.progress.report("", -1);
  std::vector<model::Finding> findings;
  plans::RenderOptions rendering;
  for (const advise::PlanFinding& one : advise::plan_findings(plan, nullptr)) {
    const bool grave = one.finding.severity >= model::Severity::high;
    rendering.notes.push_back(
        {one.node, one.finding.id, grave ? plans::NoteLevel::alarm : plans::NoteLevel::warning});
    findings.push_back(one.finding);
  }
  if (options.format == "json") {
    context.out << as_json(plan, findings);
    return static_cast<int>(done);
  }
  report::Style style = context.style;
  style.verbosity = options.verbosity;
  rendering.width = style.width;
  rendering.color = style.colour;
  context.out << plans::render(plan, rendering) << "\n" << problems(plan, findings, style);
  return static_cast<int>(done);
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("explain", "Show a statement's plan as a tree, with its problems");
  const auto options = std::make_shared<Options>();
  command
      ->add_option(
          "target", options->target,
          "a URL and then -- and the statement; or a file with a plan; or - for standard input")
      ->required();
  command->add_option("statement", options->statement, "the statement");
  command->add_flag(
      "--analyze", options->analyze,
      "run the statement (PostgreSQL: in a transaction that is rolled back; others: only "
      "reads)");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_flag("-v,--verbose", options->verbosity, "with the evidence of each problem");
  command->footer(
      "\nExamples:\n  whet explain postgresql://host/shop -- \"SELECT * FROM orders WHERE id = "
      "$1\"\n"
      "  whet explain --analyze mysql://host/shop -- \"SELECT * FROM orders WHERE id = 7\"\n"
      "  whet explain mongodb://host/shop -- 'db.orders.find({status: \"open\"}).sort({at: -1})'\n"
      "  psql -XqAt -d shop -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | whet explain -\n");
  command->callback([options, &context] {
    const auto code = run(*options, context);
    context.exit_code = code.ok() ? *code : fail(context, code.error());
  });
}

}  // namespace whet::cli
