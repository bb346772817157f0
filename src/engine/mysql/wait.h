// Waiting for a server in a way that the user and the clock can end: drives one of libmariadb's
// non-blocking operations to its end.
#pragma once

#include <functional>

#include "base/progress.h"

struct st_mysql;  // libmariadb's name. NOLINT(readability-identifier-naming)

namespace whet::engine::mysql {

class Wait {
 public:
  /// `deadline` by clock::monotonic(), 0 for none. When it passes, or the user stops, `kill` is
  /// called once; the operation then has `grace` seconds to end by itself.
  Wait(st_mysql* handle, const Progress* progress, double deadline, double grace,
       std::function<void()> kill);

  /// `status` is what *_start() returned, `resume` calls *_cont(). False when the server did not
  /// even end in the time of grace: the connection is of no use any more.
  [[nodiscard]] bool through(int status, const std::function<int(int)>& resume);

  /// Between many rows, when nothing has to be waited for. False: as for through().
  [[nodiscard]] bool look();

  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] bool late() const { return late_; }
  [[nodiscard]] bool killed() const { return cancelled_ || late_; }

 private:
  [[nodiscard]] int wait_for_socket(int status) const;

  st_mysql* handle_;
  const Progress* progress_;
  double deadline_, grace_;
  std::function<void()> kill_;
  bool cancelled_ = false, late_ = false;
};

}  // namespace whet::engine::mysql
