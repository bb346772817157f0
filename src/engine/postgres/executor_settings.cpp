#include "engine/postgres/executor_settings.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "engine/postgres/executor_inspect.h"

namespace whet::engine::postgres {
namespace {

struct Unit {
  std::string_view name;
  double factor;  // bytes or milliseconds
};

// Source: PostgreSQL's guc.c, memory_unit_conversion_table and time_unit_conversion_table.
constexpr std::array<Unit, 11> units = {{{"B", 1},
                                         {"kB", 1024},
                                         {"MB", 1048576},
                                         {"GB", 1073741824},
                                         {"TB", 1099511627776},
                                         {"us", 0.001},
                                         {"ms", 1},
                                         {"s", 1000},
                                         {"min", 60000},
                                         {"h", 3600000},
                                         {"d", 86400000}}};

/// "8kB", "16 MB", "200": a figure with an optional unit; `otherwise` is the unit of a bare figure.
std::optional<double> figure(std::string_view text, double otherwise) {
  const std::string trimmed(text::trim(text));
  char* end = nullptr;
  const double number = std::strtod(trimmed.c_str(), &end);
  if (end == trimmed.c_str()) return std::nullopt;
  const std::string_view unit = text::trim(std::string_view(end));
  if (unit.empty()) return number * otherwise;
  for (const Unit& one : units) {
    if (one.name == unit) return number * one.factor;
  }
  return std::nullopt;
}

std::optional<bool> boolean(std::string_view text) {
  const std::string lowered = text::lower(text::trim(text));
  for (const std::string_view yes : {"on", "true", "yes", "1", "t", "y"}) {
    if (lowered == yes) return true;
  }
  for (const std::string_view no : {"off", "false", "no", "0", "f", "n"}) {
    if (lowered == no) return false;
  }
  return std::nullopt;
}

}  // namespace

bool same_setting(std::string_view written, std::string_view held, std::string_view type,
                  std::string_view unit) {
  if (type == "bool") {
    const auto wanted = boolean(written);
    return wanted.has_value() && wanted == boolean(held);
  }
  if (type == "integer" || type == "real") {
    // A unit such as 8kB is itself a figure with a unit.
    const bool composed = !unit.empty() && unit.front() >= '0' && unit.front() <= '9';
    const double factor =
        unit.empty()
            ? 1
            : figure(composed ? std::string(unit) : "1" + std::string(unit), 1).value_or(1);
    const auto wanted = figure(written, factor);
    const auto has = figure(held, factor);
    if (!wanted || !has) return false;
    // The server rounds a value to whole units.
    return std::fabs(*wanted - *has) <= (type == "integer" ? factor / 2 : 1e-9 * std::fabs(*has));
  }
  if (type == "enum") return text::lower(text::trim(written)) == text::lower(held);
  return text::replace_all(std::string(text::trim(written)), ", ", ",") ==
         text::replace_all(std::string(held), ", ", ",");
}

Result<SettingState> setting_state(Connection& connection, const std::string& name) {
  const Rows rows = WHET_TRY(connection.query(
      // reset_val, because this session has values of its own for some settings.
      "SELECT coalesce(reset_val, ''), vartype, coalesce(unit, ''), context, source, "
      "pending_restart FROM pg_settings WHERE name = lower($1)",
      {name}));
  if (rows.empty()) {
    return Error{ErrorKind::refused, "The server has no setting named '" + name + "'.",
                 "An extension's setting exists only while the extension is loaded.", "42704"};
  }
  Row row(rows, 0);
  SettingState state;
  state.held = row.text(), state.type = row.text(), state.unit = row.text();
  state.context = row.text(), state.source = row.text(), state.pending_restart = row.flag();
  const auto file = connection.query(
      "SELECT setting, applied, coalesce(error, '') FROM pg_file_settings "
      "WHERE lower(name) = lower($1) AND sourcefile LIKE '%postgresql.auto.conf' "
      "ORDER BY seqno DESC LIMIT 1",
      {name});
  if (!file) {
    if (file.error().kind == ErrorKind::unreachable) return file.error();
    return state;  // the role may not read it: the effective value must do
  }
  state.file_known = true;
  if (file->empty()) return state;
  Row line(*file, 0);
  state.in_auto_conf = line.text();
  state.applied = line.flag();
  state.file_error = line.text();
  return state;
}

Result<ChangeState> inspect_setting(Connection& connection, const model::Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  if (action.kind == model::ActionKind::reset_setting) {
    if (!state.file_known)
      return same_setting(action.previous, state.held, state.type, state.unit)
                 ? ChangeState::absent
                 : ChangeState::present;
    return state.in_auto_conf ? ChangeState::absent : ChangeState::present;
  }
  const bool in_effect = same_setting(action.value, state.held, state.type, state.unit);
  if (!state.file_known) return in_effect ? ChangeState::present : ChangeState::absent;
  const bool written =
      state.in_auto_conf && same_setting(action.value, *state.in_auto_conf, state.type, state.unit);
  if (!written) return ChangeState::absent;
  // A value of this role or database hides the server's from every session that we could open.
  // (`applied` only says that the file's line is good, not that it was read.)
  const bool hidden = state.applied && (state.source == "user" || state.source == "database" ||
                                        state.source == "database user");
  return in_effect || hidden ? ChangeState::present : ChangeState::partial;
}

Result<std::string> why_not_in_effect(Connection& connection, const model::Action& action) {
  const SettingState state = WHET_TRY(setting_state(connection, action.setting));
  if (!state.file_error.empty()) return "The server says: " + state.file_error + ".";
  if (state.pending_restart || state.context == "postmaster")
    return std::string("It takes effect only at a restart.");
  if (state.source == "command line")
    return std::string("The server's command line sets it, which goes before every file.");
  return "The server still runs with " + state.held + state.unit + " (from: " + state.source + ").";
}

}  // namespace whet::engine::postgres
