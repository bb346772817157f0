// Which PostgreSQL programs a shadow runs, and a freshly initialised data folder of theirs to copy.
#pragma once

#include <string>

#include "base/result.h"
#include "model/planner_facts.h"

namespace whet::engine::postgres::shadow {

struct Programs {
  std::string folder;  ///< holds initdb and postgres
  int major = 0;
};

/// The installed server of that major version, else the nearest one. The Error says what to
/// install.
[[nodiscard]] Result<Programs> find_programs(int major);

/// Who runs the server: ourselves, or `nobody` for root, whom PostgreSQL refuses.
struct ServerUser {
  bool other = false;
  unsigned id = 0, group = 0;
};
[[nodiscard]] Result<ServerUser> server_user();

/// True when the server user can go through all of the path.
[[nodiscard]] bool passable(const std::string& path, const ServerUser& user);

/// Makes the file or folder the server user's own.
[[nodiscard]] Status hand_over(const std::string& path, const ServerUser& user);

/// A command line that runs the rest of it as the server user.
[[nodiscard]] std::string as_user(const ServerUser& user);

/// "'text'" for a shell.
[[nodiscard]] std::string shell_quoted(const std::string& text);

struct Template {
  std::string folder;
  std::string note;  ///< what of the locale could not be had; empty: nothing
};

/// A data folder to copy, made once for each version and locale and kept in the user's cache.
[[nodiscard]] Result<Template> data_template(const Programs& programs, const ServerUser& user,
                                             const model::PlannerLocale& locale);

}  // namespace whet::engine::postgres::shadow
