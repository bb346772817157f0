// What the MySQL and MariaDB checks share: the names and versions of the two forks, and changes of
// variables. Their counters of SHOW GLOBAL STATUS: advise/status.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/facts.h"
#include "advise/status.h"
#include "model/finding.h"

namespace whet::advise {

inline constexpr unsigned both_forks =
    static_cast<unsigned>(mysql) | static_cast<unsigned>(mariadb);

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

/// Nobody chose the value.
[[nodiscard]] bool is_default(const model::Setting& setting);

/// Changed by SET GLOBAL since the server started.
[[nodiscard]] bool set_while_running(const model::Setting& setting);
[[nodiscard]] bool needs_restart(const Facts& facts, const model::Setting& setting);
/// A provider runs the server: variables are changed in its console, and its disks do not spin.
[[nodiscard]] bool is_managed(const Facts& facts);

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

[[nodiscard]] model::Evidence variable_fact(const model::Setting& setting);
[[nodiscard]] model::Evidence variable_size(const model::Setting& setting);

/// Sets a global variable for good. Where the server cannot keep it (no SET PERSIST, and a restart
/// is needed; a managed service; a variable that may not be persisted): what a person must write
/// into the option file.
[[nodiscard]] model::Change set_variable(const Facts& facts, const model::Setting& setting,
                                         std::string_view value, std::string_view reason);

/// A page of the reference manual.
[[nodiscard]] std::string manual_page(const Facts& facts, std::string_view mysql_page,
                                      std::string_view mariadb_page);

}  // namespace whet::advise
