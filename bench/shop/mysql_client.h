// A client as an application has one: no session settings, no marks in its statements (the engine's
// own connection marks them, so that they do not count as workload).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct st_mysql;

namespace whet::bench {

class MysqlClient {
 public:
  /// `url` as tools/mysqlserver prints it: mysql://USER@localhost/DATABASE?socket=PATH, or with
  /// host and port.
  static Result<MysqlClient> open(const std::string& url);
  /// Runs a statement and reads all of its rows.
  [[nodiscard]] Status execute(const std::string& statement);

 private:
  struct Close {
    void operator()(st_mysql* handle) const;
  };
  using Handle = std::unique_ptr<st_mysql, Close>;
  explicit MysqlClient(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace whet::bench
