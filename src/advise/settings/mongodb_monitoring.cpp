// Whether the server shows what it does, and at what price: profiler, log, diagnostic data.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"

namespace whet::advise::settings {
namespace {

using model::Severity;

model::Change database_option(const model::Database& database, std::string_view option,
                              std::string_view value, std::string_view previous,
                              std::string_view reason) {
  model::Change change;
  change.id = fmt::format("database/{}/{}", database.name, option);
  change.summary =
      fmt::format("Set {} of {} to {} (now {})", option, database.name, value, previous);
  change.reason = reason;
  change.action.kind = model::ActionKind::set_database_option;
  change.action.schema = database.name;
  change.action.setting = option;
  change.action.value = value;
  change.action.previous = previous;
  change.risk = model::Risk::safe;
  change.locks = "the database's profiler, for a moment; it holds until the server restarts";
  return change;
}

std::vector<model::Evidence> profiler_evidence(const model::Database& database) {
  return {count("level", database.profile_level.value_or(0), "profile: -1"),
          number("slowms", database.profile_slow_ms, "profile: -1"),
          number("sampleRate", database.profile_sample_rate, "profile: -1"),
          fact("filter", database.profile_filter.empty() ? "none" : "set", "profile: -1")};
}

bool keeps_all(const model::Database& database) {
  const bool by_level = database.profile_level == 2;
  const bool by_limit = database.profile_level == 1 && database.profile_slow_ms <= 0 &&
                        database.profile_sample_rate > 0.5;
  return (by_level || by_limit) && database.profile_filter.empty();
}

void profiles_all(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = fastest_per_second(facts, "opcounters.query") +
                      fastest_per_second(facts, "opcounters.update");
  for (const model::Database& database : facts.server().databases) {
    if (!keeps_all(database)) continue;
    model::Finding finding = finding_of(
        rate > 100 ? Severity::medium : Severity::low,
        named(model::SubjectKind::database, database.name),
        fmt::format("The profiler of {} keeps every operation", database.name),
        "Each operation then writes another document, with the values that it used, and the "
        "capped collection of 1 MB forgets it within moments. Keep what is slow, or a sample.");
    finding.evidence = profiler_evidence(database);
    finding.evidence.push_back(status_fact(facts, "opcounters.query"));
    if (database.profile_level == 2) {
      finding.changes.push_back(
          database_option(database, "profile_level", "1", "2", "only slow operations are kept"));
    }
    if (database.profile_slow_ms < 50) {
      finding.changes.push_back(database_option(database, "profile_slow_ms", "100",
                                                text::number(database.profile_slow_ms),
                                                "only slow operations are kept"));
    }
    finding.references = {mongodb_manual(facts, "tutorial/manage-the-database-profiler")};
    out.push_back(std::move(finding));
  }
}

/// Slow limit and sample rate hold for the whole server: any database that says them will do.
const model::Database* profiled_database(const Facts& facts) {
  const auto& databases = facts.server().databases;
  const auto known = [](const model::Database& database) {
    return database.profile_level && database.name != "local" && database.name != "config";
  };
  const auto current = std::find_if(databases.begin(), databases.end(),
                                    [&](const auto& one) { return one.current && known(one); });
  if (current != databases.end()) return &*current;
  const auto any = std::find_if(databases.begin(), databases.end(), known);
  return any == databases.end() ? nullptr : &*any;
}

void slow_log(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Database* database = profiled_database(facts);
  if (database == nullptr || !database->profile_filter.empty()) return;
  const double millis = database->profile_slow_ms, rate = database->profile_sample_rate;
  const bool late = millis > 1000, thinned = rate < 0.01 && millis > 0;
  if (!late && !thinned) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject("operationProfiling.slowOpThresholdMs"),
      late ? fmt::format("The log holds only operations over {}", text::duration(millis / 1000))
           : fmt::format("Of the slow operations {} are logged", text::percent(rate)),
      "The limit and the sample rate hold for the server's log even where the profiler is off. The "
      "log says when, with which plan and how much was looked at; after an incident it is the "
      "first "
      "thing that is asked for.");
  finding.evidence = profiler_evidence(*database);
  if (late) {
    finding.changes.push_back(database_option(*database, "profile_slow_ms", "100",
                                              text::number(millis, 6),
                                              "slow operations are logged"));
  }
  if (thinned) {
    finding.changes.push_back(database_option(*database, "profile_sample_rate", "1",
                                              text::number(rate), "slow operations are logged"));
  }
  finding.changes.push_back(edit_config("operationProfiling", "Keep it after a restart",
                                        "operationProfiling:\n  slowOpThresholdMs: 100\n  "
                                        "slowOpSampleRate: 1"));
  finding.references = {mongodb_manual(facts, "reference/configuration-options")};
  out.push_back(std::move(finding));
}

double operations_per_second(const Facts& facts) {
  double rate = 0;
  for (const char* name : {"opcounters.query", "opcounters.insert", "opcounters.update",
                           "opcounters.delete", "opcounters.getmore", "opcounters.command"})
    rate += fastest_per_second(facts, name);
  return rate;
}

void log_too_much(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* level = facts.server().setting("logLevel");
  const model::Database* database = profiled_database(facts);
  const double verbosity = number_of(level).value_or(0);
  const bool all_slow = database != nullptr && database->profile_slow_ms < 5 &&
                        database->profile_sample_rate > 0.1 && database->profile_filter.empty();
  if (verbosity <= 0 && !all_slow) return;
  const double rate = operations_per_second(facts);
  // On a quiet server somebody is looking for something.
  if (verbosity < 2 && rate < 100) return;
  model::Finding finding = finding_of(
      verbosity >= 2 || rate > 1000 ? Severity::medium : Severity::low,
      verbosity > 0 ? setting_subject("logLevel")
                    : setting_subject("operationProfiling.slowOpThresholdMs"),
      verbosity > 0 ? fmt::format("The log's verbosity is {:.0f}", verbosity)
                    : fmt::format("Every operation over {} ms is logged; there are {} a second",
                                  text::number(database->profile_slow_ms), text::number(rate)),
      "Writing the log takes CPU and disk for each operation, and holds values. It is for minutes "
      "of looking for something.");
  if (level != nullptr) finding.evidence.push_back(setting_fact(*level));
  if (database != nullptr) {
    for (model::Evidence& one : profiler_evidence(*database))
      finding.evidence.push_back(std::move(one));
  }
  finding.evidence.push_back(number("operations a second", rate, "serverStatus.opcounters"));
  if (verbosity > 0)
    finding.changes = change_parameter(facts, *level, "0", "the log is short again");
  if (all_slow) {
    finding.changes.push_back(database_option(*database, "profile_slow_ms", "100",
                                              text::number(database->profile_slow_ms),
                                              "only slow operations are logged"));
  }
  finding.references = {mongodb_manual(facts, "reference/log-messages")};
  out.push_back(std::move(finding));
}

void diagnostics_off(const Facts& facts, std::vector<model::Finding>& out) {
  const model::Setting* setting = facts.server().setting("diagnosticDataCollectionEnabled");
  if (!is_off(setting) || is_hosted(facts)) return;
  model::Finding finding = finding_of(
      Severity::low, setting_subject(setting->name), "No diagnostic data is kept",
      "Once a second the server writes its own counters to diagnostic.data, at most 200 MB in all. "
      "After an incident they are all that tells what happened, and support asks for them.");
  finding.evidence = {setting_fact(*setting)};
  finding.changes = change_parameter(facts, *setting, "true", "an incident can be explained later");
  finding.references = {mongodb_manual(facts, "administration/analyzing-mongodb-performance")};
  out.push_back(std::move(finding));
}

void program_errors(const Facts& facts, std::vector<model::Finding>& out) {
  const double assertions = status(facts, "asserts.regular") + status(facts, "asserts.msg") +
                            status(facts, "asserts.tripwire");
  const double recent = facts.server().status_window("asserts.regular").value_or(0) +
                        facts.server().status_window("asserts.msg").value_or(0) +
                        facts.server().status_window("asserts.tripwire").value_or(0);
  if (assertions < 1) return;
  model::Finding finding = finding_of(
      recent > 0 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("The server met {} inside itself",
                  text::plural(static_cast<std::int64_t>(assertions), "error", "errors")),
      "These are not errors of programs, but states that should not be: damaged data, or a fault "
      "of "
      "the server. The log has them in full ('assert', 'tripwire').");
  finding.evidence = {status_fact(facts, "asserts.regular"), status_fact(facts, "asserts.msg"),
                      status_fact(facts, "asserts.tripwire"), age_fact(facts)};
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

void failing_commands(const Facts& facts, std::vector<model::Finding>& out) {
  const auto failed = part_of(facts, "asserts.user", {"network.numRequests"}, 10'000);
  const double rate = steady_per_second(facts, "asserts.user");
  if (!failed || failed->value <= 0.05 || rate < 1) return;
  model::Finding finding = finding_of(
      failed->value > 0.3 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the requests end in an error", text::percent(failed->value)),
      "Duplicate keys, documents that a validator refuses, commands that are not allowed, time "
      "limits: programs that retry do the work again. The log and the counters "
      "metrics.commands.*.failed say which.");
  finding.evidence = {status_fact(facts, "asserts.user"), status_fact(facts, "network.numRequests"),
                      age_fact(facts)};
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", failed->part, failed->whole);
  finding.references = {mongodb_manual(facts, "reference/command/serverStatus")};
  out.push_back(std::move(finding));
}

const Register all_check{
    needing("enableProfiler on the database",
            server_check("monitoring.profiles_all", Severity::medium,
                         "The profiler keeps every operation", "Each writes a document more.",
                         "a filter, or a sample of half at most; low up to 100 operations a second",
                         "PMM: level 2; MongoDB manual, profiler")),
    profiles_all};
const Register log_check{needing("enableProfiler on a database",
                                 server_check("monitoring.slow_log", Severity::low,
                                              "Slow operations are not logged, or too few",
                                              "After an incident nothing tells what was slow.",
                                              "up to 1 s, and 1 % of them or more; a filter",
                                              "MongoDB manual: 100 ms; the limit counts for the "
                                              "log when the profiler is off")),
                         slow_log};
const Register much_check{
    server_check("monitoring.overlogging", Severity::medium, "Far too much is logged",
                 "It costs CPU, disk and privacy.",
                 "verbosity 0, and only operations of 5 ms or more; under 100 operations a second",
                 "PMM"),
    log_too_much};
const Register data_check{
    server_check("monitoring.diagnostic_data_off", Severity::low, "No diagnostic data is kept",
                 "Nothing explains an incident afterwards.", "on; hosted servers",
                 "MongoDB manual, full time diagnostic data capture"),
    diagnostics_off};
const Register error_check{
    server_check("monitoring.assertions", Severity::medium, "The server met errors inside itself",
                 "Data may be damaged.", "errors that programs cause (asserts.user)",
                 "MongoDB manual, serverStatus.asserts"),
    program_errors};
const Register failing_check{
    server_check("monitoring.failing_commands", Severity::medium, "Many requests end in an error",
                 "Programs do their work again.",
                 "up to 5 % of the requests, or one a second; counters younger than a day",
                 "MongoDB manual, serverStatus.asserts.user"),
    failing_commands};

}  // namespace
}  // namespace whet::advise::settings
