// A private MySQL or MariaDB for live tests: started by tools/mysqlserver, gone when the object (or
// the test program) is.
#pragma once

#include <string>
#include <vector>

#include "support/shell.h"

namespace whet::testing {

class MysqlServer {
 public:
  /// `fork`: "mysql" (9.7) or "mariadb" (10.11). `options` go to `tools/mysqlserver start` as they
  /// are: {"-c", "long_query_time=0"}, {"--replica-of", source.folder()}.
  explicit MysqlServer(std::string fork, const std::vector<std::string>& options = {});
  MysqlServer(const MysqlServer&) = delete;
  MysqlServer& operator=(const MysqlServer&) = delete;
  ~MysqlServer();

  /// As root over the socket, without a default database; empty when it did not start (the test
  /// has failed then).
  [[nodiscard]] const std::string& url() const { return url_; }
  /// The same for another account ("name" or "name:password") and database.
  [[nodiscard]] std::string url_for(const std::string& account,
                                    const std::string& database = "") const;
  /// The same over TCP.
  [[nodiscard]] std::string tcp_url_for(const std::string& account,
                                        const std::string& database = "") const;
  [[nodiscard]] const std::string& fork() const { return fork_; }
  [[nodiscard]] bool mariadb() const { return fork_ == "mariadb"; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::string& socket() const { return socket_; }
  /// The server's folder: data/, log.err, my.cnf.
  [[nodiscard]] std::string folder() const { return directory_ + "/my"; }
  /// The authority that signed the server's certificate (for 127.0.0.1 and localhost).
  [[nodiscard]] std::string ca() const { return directory_ + "/ca.pem"; }

  /// Runs statements as root; the rows, columns separated by "|", one a line, NULL as "NULL". Fails
  /// the test on an error.
  std::string sql(const std::string& statements, const std::string& database = "") const;
  void restart();

 private:
  std::string fork_, directory_, url_, socket_, bin_;
  int port_ = 0;
};

}  // namespace whet::testing
