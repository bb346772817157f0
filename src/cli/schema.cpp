// whet schema: the JSON schemas of what Whet writes.
#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "model/json.h"
#include "report/index_advice.h"

namespace whet::cli {

namespace {

std::string schema_of(const std::string& what) {
  if (what == "snapshot") return model::snapshot_schema();
  return what == "findings" ? model::findings_schema() : report::index_advice_schema();
}

}  // namespace

void add_schema(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON schema of snapshots, findings or index advice");
  const auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "snapshot, findings or index-advice")
      ->required()
      ->check(CLI::IsMember({"snapshot", "findings", "index-advice"}));
  command->callback([what, &context] { context.out << schema_of(*what); });
}

}  // namespace whet::cli
