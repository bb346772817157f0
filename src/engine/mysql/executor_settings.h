// Settings of a running server, and what it wrote down of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"
#include "model/change.h"

namespace whet::engine::mysql {

struct SettingState {
  std::string running;                   ///< what new sessions get
  std::optional<std::string> persisted;  ///< in mysqld-auto.cnf
  bool persisted_known = false;          ///< the server keeps such a file, and it may be read
};

/// ErrorKind::refused when the server has no such setting.
[[nodiscard]] Result<SettingState> setting_state(Connection& connection, const std::string& name);

[[nodiscard]] Result<ChangeState> inspect_setting(Connection& connection,
                                                  const model::Action& action);

/// Whether a setting's value, as a person writes it, is the server's: "64M" is 67108864, "on" is 1.
/// Of lists of switches ("mrr=on") those that are written count. Pure.
[[nodiscard]] bool same_setting(std::string_view written, std::string_view held);

}  // namespace whet::engine::mysql
