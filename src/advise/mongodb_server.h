// What the checks of a MongoDB server as a whole share: values of serverStatus under their names of
// each version, changes of parameters, sessions, warnings of the start.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/check.h"
#include "advise/facts.h"
#include "advise/mongodb_facts.h"
#include "advise/status.h"
#include "model/activity.h"
#include "model/finding.h"

namespace whet::advise {

/// The first of these that serverStatus has: values move between versions. Empty: none.
[[nodiscard]] std::string_view status_name(const Facts& facts,
                                           std::initializer_list<std::string_view> names);
/// The slower of the rate since the start and that of the window (of 5 s or more): what is over, or
/// has just begun, does not count. 0 when the counters are too young.
[[nodiscard]] double steady_per_second(const Facts& facts, std::string_view name);
/// A gauge, as it was in both samples: the smaller of the two, as far as the window tells (it does
/// not show a fall).
[[nodiscard]] double steady(const Facts& facts, std::string_view name);
/// A flag of serverStatus.
[[nodiscard]] bool status_true(const Facts& facts, std::string_view name);

/// Those of these values that the server has, as evidence.
[[nodiscard]] std::vector<model::Evidence> known_facts(
    const Facts& facts, std::initializer_list<std::string_view> names);
/// A line of the configuration file or a parameter, as evidence.
[[nodiscard]] model::Evidence setting_fact(const model::Setting& setting);
/// A parameter that is on by default, and is off: "false", "0".
[[nodiscard]] bool is_off(const model::Setting* setting);

/// setParameter on the running server. It is gone after a restart unless the configuration file
/// says it too: change_parameter() gives both. `previous`: what takes it back.
[[nodiscard]] model::Change set_parameter(std::string_view name, std::string_view value,
                                          std::string_view previous, std::string_view reason);
/// For a person: the lines of the configuration file ("setParameter: {logLevel: 0}").
[[nodiscard]] model::Change edit_config(std::string_view name, std::string_view summary,
                                        std::string_view lines);
/// Both for a parameter: now, and in the configuration file when that says otherwise.
[[nodiscard]] std::vector<model::Change> change_parameter(const Facts& facts,
                                                          const model::Setting& setting,
                                                          std::string_view value,
                                                          std::string_view reason);

/// Sessions of clients: no threads of the server itself.
[[nodiscard]] std::vector<const model::Session*> mongodb_clients(const Facts& facts);
/// "shop-web (shop@admin)", "mongosh", "(no appName)".
[[nodiscard]] std::string mongodb_program(const model::Session& session);

/// The line with these words among what the server warned of when it started, or nullptr.
[[nodiscard]] const std::string* startup_warning(const Facts& facts, std::string_view words);

/// A mongos: it stores nothing.
[[nodiscard]] bool is_router(const Facts& facts);
/// A provider runs the server (Atlas, DocumentDB): its host and its configuration are not ours.
[[nodiscard]] bool is_hosted(const Facts& facts);

/// What a check of a MongoDB server says of itself. Its area is the first part of the id; most need
/// clusterMonitor.
[[nodiscard]] CheckInfo server_check(std::string_view id, model::Severity severity,
                                     std::string_view summary, std::string_view why,
                                     std::string_view guards, std::string_view source);
/// The same check, needing other privileges.
[[nodiscard]] CheckInfo needing(std::string_view privileges, CheckInfo info);

}  // namespace whet::advise
