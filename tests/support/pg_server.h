// A private PostgreSQL for live tests: started by tools/pgserver, gone when the object (or the test
// program) is.
#pragma once

#include <string>
#include <vector>

#include "support/shell.h"

namespace whet::testing {

/// The server version that a live test is to use: WHET_LIVE_VERSION, or 15.
int live_version();

class PgServer {
 public:
  /// `version`: 15 or 18. `options` go to `tools/pgserver start` as they are: {"--preload",
  /// "pg_stat_statements"}.
  explicit PgServer(int version, const std::vector<std::string>& options = {});
  PgServer(const PgServer&) = delete;
  PgServer& operator=(const PgServer&) = delete;
  ~PgServer();

  /// As superuser, database postgres; empty when it did not start (the test has failed then).
  [[nodiscard]] const std::string& url() const { return url_; }
  /// The same for another role and database.
  [[nodiscard]] std::string url_for(const std::string& role,
                                    const std::string& database = "postgres") const;
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] int version() const { return version_; }

  /// Runs statements as superuser; the rows, columns separated by "|", one a line. Fails the test
  /// on an error.
  std::string sql(const std::string& statements) const;
  void restart();

 private:
  int version_;
  std::string directory_;
  std::string url_;
  std::string bindir_;
};

}  // namespace whet::testing
