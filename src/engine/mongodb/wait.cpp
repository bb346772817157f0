#include "engine/mongodb/wait.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace whet::engine::mongodb {

void Wait::begin(Limits limits) {
  limits_ = std::move(limits);
  cancelled_ = late_ = given_up_ = false;
}

bool Wait::look() {
  if (given_up_) return false;
  const bool stop = limits_.progress != nullptr && limits_.progress->cancelled();
  const bool over = limits_.deadline > 0 && clock::monotonic() > limits_.deadline;
  if (!stop && !over) return true;
  const bool first = !cancelled_ && !late_;
  if (!first && !over) return true;  // it was killed, and has its time of grace
  if (first) {
    cancelled_ = stop;
    late_ = !stop;
    if (limits_.kill) {
      limits_.kill();
      limits_.deadline = clock::monotonic() + limits_.grace;
      return true;
    }
  }
  given_up_ = true;
  return false;
}

double Wait::left(double otherwise) const {
  if (limits_.deadline <= 0) return otherwise;
  return std::clamp(limits_.deadline - clock::monotonic(), 0.0, otherwise);
}

}  // namespace whet::engine::mongodb
