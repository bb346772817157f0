#include "support/pg_server.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/shell.h"

namespace whet::testing {

int live_version() {
  // Nobody sets it meanwhile. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* wanted = std::getenv("WHET_LIVE_VERSION");
  return wanted == nullptr || *wanted == '\0' ? 15 : std::atoi(wanted);
}

PgServer::PgServer(int version, const std::vector<std::string>& options) : version_(version) {
  directory_ = folder_for_server();
  if (directory_.empty()) return;
  std::string command = tool("pgserver") + " start --version " + std::to_string(version) +
                        " --dir " + directory_ + "/pg --die-with " + std::to_string(::getpid());
  for (const std::string& option : options) command += " " + shell_quoted(option);
  url_ = last_line(run(command));
  bindir_ = trimmed(run(tool("pgroot") + " --bindir " + std::to_string(version)));
}

PgServer::~PgServer() {
  if (directory_.empty()) return;
  if (!url_.empty()) run(tool("pgserver") + " stop --dir " + directory_ + "/pg");
  run("rm -rf " + directory_);
}

std::string PgServer::url_for(const std::string& role, const std::string& database) const {
  // postgresql:///postgres?host=... or postgresql://user@host/postgres: replace user and database,
  // keep the rest.
  std::string out = url_;
  const std::size_t start = out.find("//") + 2;
  const std::size_t slash = out.find('/', start);
  const std::size_t at = out.find('@', start);
  const std::size_t name_end = std::min(out.find('?', slash), out.size());
  out.replace(slash + 1, name_end - slash - 1, database);
  if (at != std::string::npos && at < slash) {
    out.replace(start, at - start, role);
  } else {
    out.insert(start, role + "@");
  }
  return out;
}

std::string PgServer::sql(const std::string& statements) const {
  const std::string file = directory_ + "/statements.sql";
  std::ofstream(file) << statements;
  return trimmed(
      run(bindir_ + "/psql -XqAt -v ON_ERROR_STOP=1 " + shell_quoted(url_) + " -f " + file));
}

void PgServer::restart() { run(tool("pgserver") + " restart --dir " + directory_ + "/pg"); }

}  // namespace whet::testing
