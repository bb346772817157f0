// Waiting for a server in a way that the user and the clock can end. The streams ask it whenever
// they have waited for a while.
#pragma once

#include <functional>

#include "base/progress.h"

namespace whet::engine::mongodb {

class Wait {
 public:
  /// What may end the operation that starts now.
  struct Limits {
    const Progress* progress = nullptr;
    double deadline = 0;  ///< by clock::monotonic(); 0: none
    double grace = 0;     ///< seconds that the operation has to end by itself, after `kill`
    std::function<void()> kill = nullptr;  ///< called once; none: it ends at once
  };

  void begin(Limits limits);

  /// False when it is no longer worth waiting: the stream fails, and the connection is of no use
  /// any more.
  [[nodiscard]] bool look();

  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] bool late() const { return late_; }
  [[nodiscard]] bool given_up() const { return given_up_; }
  /// Seconds until the deadline, at most `otherwise`.
  [[nodiscard]] double left(double otherwise) const;

 private:
  Limits limits_;
  bool cancelled_ = false, late_ = false, given_up_ = false;
};

}  // namespace whet::engine::mongodb
