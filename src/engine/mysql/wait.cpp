#include "engine/mysql/wait.h"

#include <utility>

#include <mysql.h>
#include <poll.h>

#include "base/clock.h"

namespace whet::engine::mysql {

namespace {

/// How often a wait looks whether the user wants to stop, in milliseconds.
constexpr int look_every_ms = 100;

}  // namespace

Wait::Wait(st_mysql* handle, const Progress* progress, double deadline, double grace,
           std::function<void()> kill)
    : handle_(handle),
      progress_(progress),
      deadline_(deadline),
      grace_(grace),
      kill_(std::move(kill)) {}

int Wait::wait_for_socket(int status) const {
  short events = 0;
  if ((status & MYSQL_WAIT_READ) != 0) events |= POLLIN;
  if ((status & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
  if ((status & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
  // libmariadb's own limits are not used: the deadline says when it is enough.
  pollfd descriptor{mysql_get_socket(handle_), events, 0};
  const int ready = ::poll(&descriptor, 1, look_every_ms);
  if (ready == 0) return 0;
  if (ready < 0) return 0;  // a signal: look whether to stop
  int out = 0;
  if ((descriptor.revents & (POLLIN | POLLERR | POLLHUP)) != 0) out |= MYSQL_WAIT_READ;
  if ((descriptor.revents & (POLLOUT | POLLERR)) != 0) out |= MYSQL_WAIT_WRITE;
  if ((descriptor.revents & POLLPRI) != 0) out |= MYSQL_WAIT_EXCEPT;
  const int wanted = status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT);
  // A broken socket must wake up whatever is waited for.
  return (out & wanted) != 0 ? out & wanted : wanted;
}

bool Wait::look() {
  const bool stop = progress_ != nullptr && progress_->cancelled();
  const bool over = deadline_ > 0 && clock::monotonic() > deadline_;
  if (!killed() && (stop || over)) {
    cancelled_ = stop;
    late_ = !stop;
    kill_();
    deadline_ = clock::monotonic() + grace_;
    return true;
  }
  return !(killed() && over);
}

bool Wait::through(int status, const std::function<int(int)>& resume) {
  while (status != 0) {
    const int ready = wait_for_socket(status);
    if (ready != 0) status = resume(ready);
    if (status != 0 && !look()) return false;
  }
  return true;
}

}  // namespace whet::engine::mysql
