// Settings in postgresql.auto.conf: what is written there, and whether the server runs with it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/postgres/connection.h"
#include "model/change.h"

namespace whet::engine::postgres {

struct SettingState {
  std::string held;  ///< the value for new sessions, in the setting's unit
  std::string type, unit, context, source;
  bool pending_restart = false;
  bool file_known = false;                  ///< the role may read pg_file_settings
  std::optional<std::string> in_auto_conf;  ///< what postgresql.auto.conf says; only if file_known
  bool applied = false;                     ///< that line is good and none overrides it
  std::string file_error;                   ///< what the server says of that line
};

/// ErrorKind::refused when the server has no such setting.
[[nodiscard]] Result<SettingState> setting_state(Connection& connection, const std::string& name);

[[nodiscard]] Result<ChangeState> inspect_setting(Connection& connection,
                                                  const model::Action& action);

/// Why the server does not run with the value that was just set: a sentence.
[[nodiscard]] Result<std::string> why_not_in_effect(Connection& connection,
                                                    const model::Action& action);

}  // namespace whet::engine::postgres
