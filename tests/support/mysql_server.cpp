#include "support/mysql_server.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

namespace whet::testing {

MysqlServer::MysqlServer(std::string fork, const std::vector<std::string>& options)
    : fork_(std::move(fork)) {
  directory_ = folder_for_server();
  if (directory_.empty()) return;
  std::string command = tool("mysqlserver") + " start --fork " + fork_ + " --dir " + folder() +
                        " --port-file " + directory_ + "/port --die-with " +
                        std::to_string(::getpid());
  for (const std::string& option : options) command += " " + shell_quoted(option);
  url_ = last_line(run(command));
  bin_ = trimmed(run(tool("mysqlroot") + " --fork " + fork_)) + "/bin/";
  const std::size_t socket = url_.find("socket=");
  if (socket == std::string::npos) return;
  socket_ = url_.substr(socket + 7);
  port_ = std::atoi(run("cat " + directory_ + "/port").c_str());
  // Reachable for everybody, as the data folder is not.
  run("cp " + folder() + "/data/ca.pem " + ca() + " && chmod 644 " + ca());
}

MysqlServer::~MysqlServer() {
  if (directory_.empty()) return;
  if (!url_.empty()) run(tool("mysqlserver") + " stop --dir " + folder());
  run("rm -rf " + directory_);
}

std::string MysqlServer::url_for(const std::string& account, const std::string& database) const {
  return fork_ + "://" + account + "@localhost/" + database + "?socket=" + socket_;
}

std::string MysqlServer::tcp_url_for(const std::string& account,
                                     const std::string& database) const {
  return fork_ + "://" + account + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string MysqlServer::sql(const std::string& statements, const std::string& database) const {
  // Threads of a test may ask at the same time.
  static std::atomic<int> number = 0;
  const std::string file = directory_ + "/statements" + std::to_string(++number) + ".sql";
  std::ofstream(file) << statements;
  std::string out =
      run(bin_ + fork_ + " --no-defaults --default-character-set=utf8mb4 -u root -S " + socket_ +
          " -BN " + shell_quoted(database) + " < " + file);
  std::filesystem::remove(file);
  std::replace(out.begin(), out.end(), '\t', '|');
  return trimmed(out);
}

void MysqlServer::restart() { run(tool("mysqlserver") + " restart --dir " + folder()); }

}  // namespace whet::testing
