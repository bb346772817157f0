#include "engine/mongodb/doctor.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/host.h"
#include "engine/mongodb/doctor_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// The sections of serverStatus that are wanted here are always there.
Value short_status() {
  Value out = Value::object({{"serverStatus", Value::of(1)}});
  for (const char* section : {"wiredTiger", "metrics", "locks", "tcmalloc", "repl", "opcounters"})
    out.set(section, Value::of(0));
  return out;
}

Diagnosis server_line(const Examination& x) {
  const Identity& is = x.connection.identity();
  const std::string name = "is MongoDB " + is.version_text + (is.enterprise ? " (Enterprise)" : "");
  const std::int64_t release = is.version / 100 * 100;
  const auto end = end_of_life(release);
  if (end && *end < clock::now()) {
    return {"server", false, name + ", which gets no fixes any more",
            "Upgrade, one release after the other; 'whet analyze' works with it as it is."};
  }
  return {"server", true, name + ", which Whet knows", ""};
}

Diagnosis machine_line(Examination& x) {
  const auto status = x.ask("admin", short_status());
  std::string here;
  std::ifstream("/proc/sys/kernel/hostname") >> here;
  const std::string host = status ? status->string_at("host") : "";
  const int pid = status ? static_cast<int>(status->integer_at("pid")) : 0;
  const bool same = !here.empty() && host.substr(0, host.find(':')) == here && pid > 0 &&
                    (runs_here("", pid, "mongod") || runs_here("", pid, "mongos"));
  if (same) return {"machine", true, "is this one: CPU, memory and disks can be read", ""};
  return {"machine", false, "is another one: its disks and their load are unknown",
          "Run whet on the server, or state --memory and --cpus."};
}

void list_databases(Examination& x) {
  const auto reply = x.ask(
      "admin", Value::object({{"listDatabases", Value::of(1)}, {"nameOnly", Value::of(true)}}));
  if (!reply) return;
  const Value* list = reply->find("databases");
  if (list == nullptr) return;
  for (const mql::Field& one : list->fields) {
    std::string name = one.value.string_at("name");
    if (!is_own_database(name)) x.databases.push_back(std::move(name));
  }
}

}  // namespace

Result<mql::Value> Examination::ask(std::string_view database, const mql::Value& command) {
  if (failure) return *failure;
  auto reply = connection.command(database, command, progress);
  if (!reply && (reply.error().kind == ErrorKind::interrupted || !connection.alive()))
    failure = reply.error();
  return reply;
}

Result<mql::Value> Examination::ask(const char* verb) {
  return ask("admin", Value::object({{verb, Value::of(1)}}));
}

std::string Examination::grant(std::string_view role, std::string_view database) const {
  const std::string& user = connection.user();
  if (user.empty()) return "Give a user and a password in the URL.";
  const std::size_t at = std::min(user.rfind('@'), user.size());
  return "An administrator runs: db.getSiblingDB(\"" + user.substr(std::min(at + 1, user.size())) +
         "\").grantRolesToUser(\"" + user.substr(0, at) + "\", [{role: \"" + std::string(role) +
         "\", db: \"" + std::string(database) + "\"}])";
}

bool denied(const Error& error) { return error.sqlstate == "13" || error.sqlstate == "8000"; }

bool unknown(const Error& error) {
  // CommandNotFound, an unknown stage, QueryFeatureNotAllowed, CommandNotSupported,
  // NotImplemented, InvalidOptions
  constexpr std::array<std::string_view, 6> codes{"59", "40324", "224", "115", "238", "72"};
  return std::find(codes.begin(), codes.end(), error.sqlstate) != codes.end();
}

bool is_own_database(std::string_view name) {
  return name == "admin" || name == "config" || name == "local";
}

std::optional<double> end_of_life(std::int64_t release) {
  // Source: mongodb.com/legal/support-policy/lifecycles. Midnight after the last day, UTC.
  constexpr std::array<std::pair<std::int64_t, double>, 5> ends{{
      {40400, 1709251200.0},  // 29 February 2024
      {50000, 1730419200.0},  // 31 October 2024
      {60000, 1754006400.0},  // 31 July 2025
      {70000, 1819756800.0},  // 31 August 2027
      {80000, 1888185600.0},  // 31 October 2029
  }};
  // Releases between them (4.4 < 5.1 < 6.0) lived for a few months.
  if (release % 10000 != 0 && release != 40400 && release > 50000 && release < 80000) return 0.0;
  for (const auto& [one, end] : ends) {
    if (one == release) return end;
  }
  return std::nullopt;
}

Result<std::vector<Diagnosis>> diagnose(Connection& connection, const Progress* progress) {
  Examination x{connection, progress, {}, {}};
  std::vector<Diagnosis> out;
  out.push_back(server_line(x));
  list_databases(x);
  diagnose_deployment(x, out);
  diagnose_access(x, out);
  diagnose_records(x, out);
  out.push_back(machine_line(x));
  if (x.failure) return *x.failure;
  return out;
}

}  // namespace whet::engine::mongodb
