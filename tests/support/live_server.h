// A real PostgreSQL for live tests: started in a private folder by tools/pgserver, gone with the
// process. The folder of the sources comes as WHET_SOURCE_DIR.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/postgres/connection.h"

namespace whet::test {

/// The output of a shell command; a test failure when it does not end with 0.
inline std::string shell(const std::string& command) {
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(::pclose(file)); }
  };
  std::unique_ptr<std::FILE, Close> pipe(::popen(command.c_str(), "r"));
  std::string out;
  char buffer[4096];
  while (pipe != nullptr) {
    const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe.get());
    if (n == 0) break;
    out.append(buffer, n);
  }
  const int status = pipe == nullptr ? -1 : ::pclose(pipe.release());
  EXPECT_EQ(status, 0) << command << "\n" << out;
  return out;
}

class LiveServer {
 public:
  /// `options` are tools/pgserver's, such as "-c work_mem=64kB --preload pg_stat_statements".
  explicit LiveServer(const std::string& options = "") {
    std::string name = "/tmp/whet-live.XXXXXX";
    folder_ = ::mkdtemp(name.data());
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    const std::string started = shell(tool() + " start --dir " + folder_ + "/server --die-with " +
                                      std::to_string(::getpid()) + " " + options);
    const auto lines = text::split(text::trim(started), '\n');
    url_ = lines.empty() ? "" : lines.back();
  }
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;
  ~LiveServer() {
    shell(tool() + " stop --dir " + folder_ + "/server");
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// The URL of another role.
  [[nodiscard]] std::string url_of(const std::string& role) const {
    return text::replace_all(url_, "postgres@", role + "@");
  }
  void restart() const { shell(tool() + " restart --dir " + folder_ + "/server"); }

  [[nodiscard]] engine::ConnectOptions options() const { return {.url = url_}; }

  /// A session of somebody else.
  [[nodiscard]] engine::postgres::Connection session() const {
    auto opened = engine::postgres::Connection::open(
        {.url = url_, .statement_timeout_seconds = 120}, engine::postgres::Access::write);
    if (!opened) ADD_FAILURE() << opened.error().text();
    return std::move(opened).value();
  }

  /// Runs statements one by one.
  void run(const std::vector<std::string>& statements) const {
    auto connection = session();
    for (const auto& sql : statements) {
      const auto done = connection.execute(sql);
      EXPECT_TRUE(done.ok()) << sql << ": " << done.error().text();
    }
  }

  /// The first column of the first row.
  [[nodiscard]] std::string value(const std::string& sql) const {
    auto connection = session();
    const auto rows = connection.query(sql);
    if (!rows) ADD_FAILURE() << sql << ": " << rows.error().text();
    return rows ? std::string(rows->text(0, 0)) : std::string();
  }

 private:
  static std::string tool() { return std::string(WHET_SOURCE_DIR) + "/tools/pgserver"; }

  std::string folder_, url_;
};

}  // namespace whet::test
