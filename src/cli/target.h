// Targets and snapshot files, as the user names them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/policy.h"
#include "base/result.h"
#include "cli/context.h"
#include "engine/engine.h"
#include "model/finding.h"
#include "model/snapshot.h"

namespace whet::cli {

/// Options that every command with a target has.
struct TargetOptions {
  std::string target;
  double window_seconds = 10;
  bool with_samples = false;
  std::string memory;  ///< "16GB", stated by the user for a remote target
  std::int64_t cpus = 0;
  std::string min_history;  ///< "7d"
  bool all_nodes_seen = false;
  std::vector<std::string> log_files;  ///< MongoDB's structured logs
};

/// The kinds of URLs that a target may have, for help texts.
inline constexpr std::string_view target_forms =
    "postgresql://, mysql://, mariadb:// or mongodb://user@host/database";

/// Adds the target and the options for collecting from it.
void add_target(CLI::App& command, TargetOptions& options, bool file_allowed);

/// True when the text names a snapshot file (or "-"), not a server.
[[nodiscard]] bool is_file(const std::string& target);

/// Connects. ErrorKind::usage for a URL of no known engine.
[[nodiscard]] Result<std::unique_ptr<engine::Engine>> open_target(const TargetOptions& options,
                                                                  Context& context);
[[nodiscard]] Result<engine::CollectOptions> collect_options(const TargetOptions& options);
[[nodiscard]] Result<advise::Policy> policy(const TargetOptions& options);

/// Fills the statements of all changes of the findings for the snapshot's kind of server.
void render_changes(std::vector<model::Finding>& findings, const model::Server& server);
/// The same for one change.
void render_change(model::Change& change, const model::Server& server);

/// "90s", "10m", "24h", "7d" in seconds; "512MB", "16GB" in bytes.
[[nodiscard]] Result<double> parse_duration(const std::string& text);
[[nodiscard]] Result<std::int64_t> parse_size(const std::string& text);

}  // namespace whet::cli
