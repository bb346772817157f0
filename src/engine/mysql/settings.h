// Settings: base units, what must not be shown, and rows of the server made into them. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/mysql/connection.h"
#include "model/server.h"

namespace whet::engine::mysql {

/// "ms", "us", "h", "d" for the few settings whose time is not in seconds, "s" and "B" for others
/// that are known; "" else. The server itself does not say.
[[nodiscard]] std::string_view unit_of(std::string_view setting);

/// A value in base units (bytes, seconds, a plain figure). Nothing when it is no number. Negative
/// values mean something else than an amount and stay as they are.
[[nodiscard]] std::optional<double> base_value(std::string_view setting, std::string_view value);

/// The value, or a remark in its place when a setting of this name holds a secret.
[[nodiscard]] std::string without_secret(std::string_view setting, std::string_view value);

/// Fills type (when empty), value, unit and numbers from the raw texts.
void fill_values(model::Setting& setting, std::string_view value, std::string_view default_value);

/// performance_schema's and MariaDB's words for where a value came from, as one vocabulary:
/// default, configuration file, persisted, command line, set while running.
[[nodiscard]] std::string source_of(std::string_view word);

/// integer, real, bool, enum, string from the server's word for a type; "" for an unknown one.
[[nodiscard]] std::string type_of(std::string_view word);

/// True for ON and 1, OFF and 0, and so on.
[[nodiscard]] bool same_switch(std::string_view a, std::string_view b);

/// Says that mysqld-auto.cnf holds that value, and whether the server runs with another.
void note_persisted(model::Setting& setting, std::string_view value);

/// A row of SYSTEM_VARIABLES: VARIABLE_NAME, GLOBAL_VALUE, GLOBAL_VALUE_ORIGIN, DEFAULT_VALUE,
/// VARIABLE_TYPE, READ_ONLY.
[[nodiscard]] model::Setting mariadb_setting(const Rows& rows, int i);

}  // namespace whet::engine::mysql
