#include "support/pg_server.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <unistd.h>

namespace whet::testing {

namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string last_line(const std::string& text) {
  const std::string whole = trimmed(text);
  const std::size_t at = whole.rfind('\n');
  return at == std::string::npos ? whole : whole.substr(at + 1);
}

std::string tool(const std::string& name) {
  return std::string(WHET_SOURCE_DIR) + "/tools/" + name;
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string run(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { ::pclose(pipe); }
  };
  std::unique_ptr<FILE, Close> pipe(::popen(command.c_str(), "r"));
  if (!pipe) {
    ADD_FAILURE() << "cannot run " << command;
    return {};
  }
  std::string out;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    out.append(buffer.data(), n);
  const int status = ::pclose(pipe.release());
  EXPECT_EQ(status, 0) << command << "\n" << out;
  return out;
}

int live_version() {
  // Nobody sets it meanwhile. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* wanted = std::getenv("WHET_LIVE_VERSION");
  return wanted == nullptr || *wanted == '\0' ? 15 : std::atoi(wanted);
}

PgServer::PgServer(int version, const std::vector<std::string>& options) : version_(version) {
  std::string pattern = "/tmp/whet-test.XXXXXX";
  const char* made = ::mkdtemp(pattern.data());
  if (made == nullptr) {
    ADD_FAILURE() << "cannot make a folder under /tmp";
    return;
  }
  directory_ = made;
  // Root's servers run as another user, who must be able to pass through.
  run("chmod 755 " + directory_);
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
