// whet schema: the JSON schemas of what Whet writes.
#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "model/json.h"

namespace whet::cli {

void add_schema(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON schema of snapshots or findings");
  const auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "snapshot or findings")
      ->required()
      ->check(CLI::IsMember({"snapshot", "findings"}));
  command->callback([what, &context] {
    context.out << (*what == "snapshot" ? model::snapshot_schema() : model::findings_schema());
  });
}

}  // namespace whet::cli
