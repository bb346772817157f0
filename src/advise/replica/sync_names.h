// synchronous_standby_names, read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::advise::replica {

/// How many of which replicas a commit waits for.
struct SyncRule {
  std::size_t required = 0;
  std::vector<std::string> names;  ///< "*" is any
  bool any = false;                ///< ANY k: a quorum, instead of the first k of the list

  /// True when the list names the replica (or any). Names compare without regard to case, as the
  /// server does.
  [[nodiscard]] bool lists(std::string_view name) const;
};

/// "a, b", "2 (a, b)", "FIRST 2 (a, b)" or "ANY 1 (*)". Nothing for an empty setting, or one that
/// cannot be read.
[[nodiscard]] std::optional<SyncRule> parse_sync_names(std::string_view setting);

}  // namespace whet::advise::replica
