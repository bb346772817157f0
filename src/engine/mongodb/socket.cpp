#include "engine/mongodb/socket.h"

#include <algorithm>
#include <cerrno>

#include "base/clock.h"

namespace whet::engine::mongodb {

int poll_patiently(pollfd* list, std::size_t size, int timeout_ms, Wait& wait) {
  const double end = clock::monotonic() + timeout_ms / 1000.0;
  for (;;) {
    const int left = timeout_ms < 0
                         ? look_every_ms
                         : static_cast<int>(std::max(0.0, (end - clock::monotonic()) * 1000));
    const int found = ::poll(list, static_cast<nfds_t>(size), std::min(look_every_ms, left));
    if (found > 0 || (found < 0 && errno != EINTR)) return found;
    if (!wait.look()) {
      errno = ETIMEDOUT;
      return -1;
    }
    if (timeout_ms >= 0 && left <= look_every_ms) return 0;
  }
}

bool ready(int descriptor, short events, int timeout_ms, Wait& wait) {
  pollfd one{descriptor, events, 0};
  const int found = poll_patiently(&one, 1, timeout_ms, wait);
  if (found == 0) errno = timeout_ms == 0 ? EAGAIN : ETIMEDOUT;
  return found > 0;
}

}  // namespace whet::engine::mongodb
