#include "engine/mysql/doctor.h"

#include <map>
#include <utility>

#include "base/text.h"
#include "engine/mysql/doctor_parts.h"
#include "engine/mysql/executor_grants.h"
#include "engine/mysql/probes.h"

namespace whet::engine::mysql {

std::string Examination::setting(const std::string& name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

bool Examination::on(const std::string& name) const {
  const std::string value = text::lower(setting(name));
  return value == "on" || value == "1" || value == "yes";
}

std::string Examination::set(const std::string& name, const std::string& value) const {
  const bool persists = has(Feature::persisted_variables, connection.fork(), connection.version());
  if (persists) return "An administrator runs: SET PERSIST " + name + " = " + value + ";";
  return "An administrator runs: SET GLOBAL " + name + " = " + value +
         "; and writes it into the option file.";
}

std::string Examination::set_at_start(const std::vector<std::string>& lines) {
  return "Write " + text::join(lines, " and ") +
         " into the option file, group [mysqld], and restart the server when it suits.";
}

std::string Examination::grant(const std::string& what) const {
  const std::size_t at = connection.user().rfind('@');
  const auto name = [](std::string text) { return "'" + text::replace_all(text, "'", "''") + "'"; };
  return "An administrator runs: GRANT " + what + " TO " + name(connection.user().substr(0, at)) +
         "@" + name(connection.user().substr(at + 1)) + ";";
}

namespace {

Result<Examination> examine(Connection& connection) {
  Examination found{connection, {}, {}, {}};
  const Rows settings = WHET_TRY(connection.query("SHOW GLOBAL VARIABLES"));
  for (int i = 0; i < settings.size(); ++i)
    found.settings.emplace(text::lower(settings.text(i, 0)), settings.text(i, 1));
  if (const auto grants = connection.query("SHOW GRANTS")) {
    for (int i = 0; i < grants->size(); ++i) found.grants.emplace_back(grants->text(i, 0));
  }
  if (const auto status = connection.query("SHOW GLOBAL STATUS LIKE 'Performance_schema%'")) {
    for (int i = 0; i < status->size(); ++i)
      found.status.emplace(text::lower(status->text(i, 0)), status->text(i, 1));
  }
  return found;
}

Diagnosis server_line(const Examination& x) {
  const std::string& version = x.connection.version_text();
  std::string build = x.setting("version_comment");
  if (build.starts_with('(') && build.ends_with(')')) build = build.substr(1, build.size() - 2);
  return {"server", true,
          std::string("is ") + (x.connection.mariadb() ? "MariaDB " : "MySQL ") +
              version.substr(0, version.find('-')) + (build.empty() ? "" : " (" + build + ")") +
              ", which Whet knows",
          ""};
}

void role_line(const Examination& x, std::vector<Diagnosis>& out) {
  const auto rows = x.connection.query(
      std::string(words_for(Ask::replica_status, x.connection.fork(), x.connection.version())));
  const bool replica = rows && !rows->empty();
  if (!replica && !x.on("read_only")) return;
  out.push_back({"role of the server", false,
                 replica ? "is replica: changes must be made on its source"
                         : "is read-only: changes must be made on another",
                 "Run whet against the source as well."});
}

Diagnosis sys_line(const Examination& x) {
  const auto rows = x.connection.query(
      "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'sys'");
  if (rows && Row(*rows, 0).integer() > 0)
    return {"sys", true, "is there, for people who look further", ""};
  return {"sys", false, "is not there or hidden: people cannot follow Whet's hints with its views",
          x.connection.mariadb() ? "MariaDB has it from 10.6 on: mariadb-upgrade installs it."
                                 : "mysqld --upgrade=FORCE installs it."};
}

Diagnosis slow_log_line(const Examination& x) {
  if (x.on("slow_query_log")) {
    return {"slow_query_log", true,
            "is on for statements over " + x.setting("long_query_time") + " s", ""};
  }
  return {"slow_query_log", false, "is off: single slow statements leave no trace",
          x.set("slow_query_log", "ON")};
}

void statistics_lines(const Examination& x, std::vector<Diagnosis>& out) {
  if (!x.on("innodb_stats_persistent")) {
    out.push_back({"innodb_stats_persistent", false,
                   "is off: index statistics are sampled anew at each start",
                   x.set("innodb_stats_persistent", "ON")});
  }
  if (!x.connection.mariadb()) return;
  if (x.on("userstat")) {
    out.push_back({"userstat", true, "is on: rows read by each index are counted", ""});
  } else {
    out.push_back({"userstat", false,
                   "is off: rows read by each index and each account are not counted",
                   x.set("userstat", "ON")});
  }
}

}  // namespace

Result<std::vector<Diagnosis>> diagnose(Connection& connection) {
  const Examination x = WHET_TRY(examine(connection));
  std::vector<Diagnosis> out;
  out.push_back(server_line(x));
  role_line(x, out);
  diagnose_access(x, out);
  diagnose_performance_schema(x, out);
  statistics_lines(x, out);
  out.push_back(slow_log_line(x));
  out.push_back(sys_line(x));
  if (!connection.alive())
    return Error{ErrorKind::unreachable, "The connection to " + connection.target() + " broke.",
                 "Check that the server runs, then try again.", ""};
  return out;
}

}  // namespace whet::engine::mysql
