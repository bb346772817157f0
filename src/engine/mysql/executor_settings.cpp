#include "engine/mysql/executor_settings.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "engine/mysql/render.h"

namespace whet::engine::mysql {
namespace {

std::optional<bool> boolean(const std::string& lowered) {
  if (lowered == "on" || lowered == "1" || lowered == "true" || lowered == "yes") return true;
  if (lowered == "off" || lowered == "0" || lowered == "false" || lowered == "no") return false;
  return std::nullopt;
}

/// "a=on,b=off": every part has an =.
bool switches(const std::vector<std::string>& parts) {
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return text::contains(part, "=");
  });
}

/// What RESET brings back; nothing when the server does not tell.
std::optional<std::string> default_value(Connection& connection, const std::string& name) {
  if (!connection.mariadb()) return std::nullopt;
  const auto rows = connection.query(
      "SELECT DEFAULT_VALUE FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = " +
      connection.quote(name));
  if (!rows || rows->empty() || rows->null(0, 0)) return std::nullopt;
  return std::string(rows->text(0, 0));
}

}  // namespace

bool same_setting(std::string_view written, std::string_view held) {
  const std::string a = text::lower(text::trim(written));
  const std::string b = text::lower(text::trim(held));
  if (a == b) return true;
  if (const auto one = boolean(a), other = boolean(b); one && other) return one == other;
  const auto wanted = text::to_double(setting_literal(a));
  const auto has = text::to_double(setting_literal(b));
  // The server shows six places of a fraction.
  if (wanted && has) return std::fabs(*wanted - *has) <= 1e-6 * std::max(1.0, std::fabs(*wanted));
  const auto parts = text::split(a, ',');
  const auto all = text::split(b, ',');
  if (switches(parts)) {
    return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return std::find(all.begin(), all.end(), text::trim(part)) != all.end();
    });
  }
  return text::replace_all(a, ", ", ",") == text::replace_all(b, ", ", ",");
}

Result<SettingState> setting_state(Connection& connection, const std::string& name) {
  const Rows rows = WHET_TRY(
      connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name = " + connection.quote(name)));
  if (rows.empty()) {
    return Error{ErrorKind::refused, "The server has no setting named '" + name + "'.",
                 "A plugin's or component's setting exists only while that is loaded.", "1193"};
  }
  SettingState state;
  state.running = rows.text(0, 1);
  if (connection.mariadb() || connection.version() < 80000) return state;
  const auto kept = connection.query(
      "SELECT VARIABLE_VALUE FROM performance_schema.persisted_variables WHERE VARIABLE_NAME = " +
      connection.quote(name));
  if (!kept) {
    if (kept.error().kind == ErrorKind::unreachable) return kept.error();
    return state;  // the account may not read it: the running value must do
  }
  state.persisted_known = true;
  if (!kept->empty()) state.persisted = std::string(kept->text(0, 0));
  return state;
}

Result<ChangeState> inspect_setting(Connection& connection, const model::Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  if (action.kind == model::ActionKind::reset_setting) {
    if (state.persisted_known) return state.persisted ? ChangeState::absent : ChangeState::present;
    const auto usual = default_value(connection, action.setting);
    const bool reset =
        usual ? same_setting(*usual, state.running) : !same_setting(action.previous, state.running);
    return reset ? ChangeState::present : ChangeState::absent;
  }
  const bool runs = same_setting(action.value, state.running);
  if (!state.persisted_known) return runs ? ChangeState::present : ChangeState::absent;
  const bool kept = state.persisted && same_setting(action.value, *state.persisted);
  if (runs && kept) return ChangeState::present;
  // It may have run with that value before, without having it written down.
  const bool was_so = same_setting(action.value, action.previous);
  return kept || (runs && !was_so) ? ChangeState::partial : ChangeState::absent;
}

}  // namespace whet::engine::mysql
