// whet checks: the registry, as a list or one of them explained.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "advise/check.h"
#include "advise/query/plan_checks.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/context.h"

namespace whet::cli {

namespace {

struct Options {
  std::string id;
  std::string format = "text";
};

std::string engines_of(unsigned engines) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < 4; ++i) {
    if ((engines & (1U << i)) != 0) names.emplace_back(name_of(static_cast<model::EngineKind>(i)));
  }
  return text::join(names, ", ");
}

std::string as_json(const std::vector<advise::Check>& checks) {
  json::Writer out(1);
  out.begin_array();
  for (const advise::Check& check : checks) {
    out.begin_object();
    const std::vector<std::pair<std::string_view, std::string_view>> members{
        {"id", check.info.id},
        {"area", name_of(check.info.area)},
        {"severity", name_of(check.info.severity)},
        {"summary", check.info.summary},
        {"why", check.info.why},
        {"privileges", check.info.privileges},
        {"guards", check.info.guards},
        {"source", check.info.source}};
    for (const auto& [key, value] : members) {
      out.key(key);
      out.value(value);
    }
    out.key("engines");
    out.value(engines_of(check.info.engines));
    out.end_object();
  }
  out.end_array();
  return out.take() + "\n";
}

std::string as_markdown(const std::vector<advise::Check>& checks) {
  std::string out =
      "| check | engines | severity up to | finds | stays silent when | threshold from |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const advise::Check& check : checks) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", check.info.id,
                       engines_of(check.info.engines), name_of(check.info.severity),
                       check.info.summary, check.info.guards, check.info.source);
  }
  return out;
}

std::string as_text(const std::vector<advise::Check>& checks) {
  std::size_t width = 0;
  for (const advise::Check& check : checks) width = std::max(width, check.info.id.size());
  std::string out;
  for (const advise::Check& check : checks) {
    out += fmt::format("{:<{}}  {:<8}  {}\n", check.info.id, width, name_of(check.info.severity),
                       check.info.summary);
  }
  return out + fmt::format("\n{} checks. whet checks ID explains one.\n", checks.size());
}

std::string explained(const advise::Check& check, const report::Style& style) {
  std::string out = report::paint(style, report::Ink::bold, check.info.id) + "\n" +
                    report::wrap(style, check.info.summary, 2) + "\n";
  const std::vector<std::pair<std::string_view, std::string>> lines{
      {"Why", std::string(check.info.why)},
      {"Area", std::string(name_of(check.info.area))},
      {"Engines", engines_of(check.info.engines)},
      {"Severity", "up to " + std::string(name_of(check.info.severity))},
      {"Privileges", check.info.privileges.empty() ? "none beyond connecting"
                                                   : std::string(check.info.privileges)},
      {"Silent when", std::string(check.info.guards)},
      {"Threshold", std::string(check.info.source)}};
  for (const auto& [name, value] : lines)
    out += report::wrap(style, fmt::format("{}: {}", name, value), 2);
  return out;
}

/// The registry, and the checks that look at one plan.
std::vector<advise::Check> everything() {
  std::vector<advise::Check> checks = advise::all_checks();
  for (const advise::PlanCheckInfo& one : advise::plan_checks()) {
    checks.push_back({{.id = one.id,
                       .area = advise::Area::query,
                       .severity = one.severity,
                       .engines = advise::postgresql,
                       .summary = one.summary,
                       .why = one.why,
                       .privileges = "",
                       .guards = one.guards,
                       .source = one.source},
                      nullptr});
  }
  std::sort(checks.begin(), checks.end(),
            [](const auto& a, const auto& b) { return a.info.id < b.info.id; });
  return checks;
}

int run(const Options& options, Context& context) {
  std::vector<advise::Check> checks = everything();
  if (!options.id.empty()) {
    advise::Selection selection;
    selection.only = {options.id};
    std::erase_if(checks,
                  [&](const advise::Check& check) { return !selection.takes(check.info.id); });
    if (checks.empty()) {
      return fail(context, {ErrorKind::usage, fmt::format("No check is named '{}'.", options.id),
                            "whet checks lists them.", ""});
    }
  }
  if (options.format == "json") {
    context.out << as_json(checks);
  } else if (options.format == "md") {
    context.out << as_markdown(checks);
  } else if (!options.id.empty() && checks.size() == 1) {
    context.out << explained(checks.front(), context.style);
  } else {
    context.out << as_text(checks);
  }
  return done;
}

}  // namespace

void add_checks(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("checks", "List the checks, or explain one");
  const auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "a check or an area: index.unused, index");
  command->add_option("--format", options->format, "text, json or md")
      ->check(CLI::IsMember({"text", "json", "md"}));
  command->footer("\nExamples:\n  whet checks\n  whet checks index.unused\n");
  command->callback([options, &context] { context.exit_code = run(*options, context); });
}

}  // namespace whet::cli
