// A PostgreSQL server of our own: in a private folder, behind a Unix socket, gone with this object
// or with this process, however that ends.
#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/postgres/shadow/programs.h"

namespace whet::engine::postgres::shadow {

class ServerProcess {
 public:
  /// Copies the data folder and starts; returns when it answers.
  static Result<ServerProcess> start(const Programs& programs, const ServerUser& user,
                                     const std::string& data_template, Progress& progress);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&& other) noexcept;
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string data() const { return folder_ + "/data"; }
  [[nodiscard]] std::string url(const std::string& role) const;
  [[nodiscard]] const ServerUser& user() const { return user_; }

 private:
  ServerProcess() = default;
  void stop();
  [[nodiscard]] Status make_folder();
  [[nodiscard]] Status launch(const std::string& command);
  [[nodiscard]] Status wait_until_ready(Progress& progress) const;

  std::string folder_;
  ServerUser user_;
  int lifeline_ = -1;  ///< the watcher stops the server when the other end of this pipe closes
  int watcher_ = 0;
};

}  // namespace whet::engine::postgres::shadow
