// What the MySQL and MariaDB checks share: counters of SHOW GLOBAL STATUS as rates and shares, the
// names and versions of the two forks, and changes of variables.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

inline constexpr unsigned both_forks = static_cast<unsigned>(mysql) | static_cast<unsigned>(mariadb);

/// MySQL or MariaDB.
[[nodiscard]] bool is_mysql(const Facts& facts);
[[nodiscard]] bool is_mariadb(const Facts& facts);

/// A version from which on something holds, for each fork (Server::version_number); `never`: not in
/// that fork.
struct Since {
  std::int64_t mysql_version = 0;
  std::int64_t mariadb_version = 0;
};
inline constexpr std::int64_t never = 99'999'999;
[[nodiscard]] bool holds(const Facts& facts, const Since& since);

/// The first of these variables that the server has (they were renamed); nullptr: none.
[[nodiscard]] const model::Setting* variable(const Facts& facts,
                                             std::initializer_list<std::string_view> names);
/// Its value as a number, in bytes, seconds or a count; from its text when the snapshot has no
/// number.
[[nodiscard]] std::optional<double> number_of(const model::Setting* setting);
[[nodiscard]] double number_of(const Facts& facts, std::string_view name, double otherwise);
/// "ON", "1", "YES", "TRUE"; false also when the server has no such variable.
[[nodiscard]] bool is_on(const model::Setting* setting);
[[nodiscard]] bool is_on(const Facts& facts, std::string_view name);
/// Nobody chose the value.
[[nodiscard]] bool is_default(const model::Setting& setting);

/// Changed by SET GLOBAL since the server started.
[[nodiscard]] bool set_while_running(const model::Setting& setting);
[[nodiscard]] bool needs_restart(const Facts& facts, const model::Setting& setting);
/// A provider runs the server: variables are changed in its console, and its disks do not spin.
[[nodiscard]] bool is_managed(const Facts& facts);

/// The total of a status value; 0 when the server has no such value.
[[nodiscard]] double status(const Facts& facts, std::string_view name);
/// Seconds since the status counters began: FLUSH STATUS or the start.
[[nodiscard]] double status_age(const Facts& facts);
/// The counters are old enough for ratios and rates.
[[nodiscard]] bool status_is_old(const Facts& facts);
/// Events a second over all the time; 0 when the counters are too young.
[[nodiscard]] double per_second(const Facts& facts, std::string_view name);
/// The faster of that and of the snapshot's window (of 5 s or more).
[[nodiscard]] double fastest_per_second(const Facts& facts, std::string_view name);

/// One counter as a part of others.
struct Part {
  double part = 0, whole = 0;
  double value = 0;  ///< part / whole, or that of the window when that is smaller
};
/// Nothing when the counters are too young, or all together under `least`. When the window has
/// enough of them too, and there the part is smaller, then that counts: a counter of months must
/// not accuse a server that is well now.
[[nodiscard]] std::optional<Part> part_of(const Facts& facts, std::string_view part,
                                          std::initializer_list<std::string_view> wholes,
                                          double least);

/// InnoDB's undo history; nothing when the server does not say.
[[nodiscard]] std::optional<double> history_list(const Facts& facts);

/// The server takes changes from others: a channel, or the snapshot says so.
[[nodiscard]] bool is_replica(const Facts& facts);
/// Others take changes from it.
[[nodiscard]] bool has_replicas(const Facts& facts);
/// A member of a Galera cluster.
[[nodiscard]] bool is_galera(const Facts& facts);
/// Binary logging is on.
[[nodiscard]] bool logs_binary(const Facts& facts);

[[nodiscard]] model::Evidence status_fact(const Facts& facts, std::string_view name);
[[nodiscard]] model::Evidence status_size(const Facts& facts, std::string_view name);
[[nodiscard]] model::Evidence variable_fact(const model::Setting& setting);
[[nodiscard]] model::Evidence variable_size(const model::Setting& setting);
[[nodiscard]] model::Evidence age_fact(const Facts& facts);

/// Sets a global variable for good. Where the server cannot keep it (no SET PERSIST, and a restart
/// is needed; a managed service; a variable that may not be persisted): what a person must write
/// into the option file.
[[nodiscard]] model::Change set_variable(const Facts& facts, const model::Setting& setting,
                                         std::string_view value, std::string_view reason);

[[nodiscard]] model::Finding finding_of(model::Severity severity, model::Subject subject,
                                        std::string title, std::string detail);

/// A page of the reference manual.
[[nodiscard]] std::string manual_page(const Facts& facts, std::string_view mysql_page,
                                      std::string_view mariadb_page);

}  // namespace whet::advise
