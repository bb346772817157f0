// A non-blocking socket that is waited for in small steps. Internal to stream.cpp.
#pragma once

#include <cstddef>
#include <string>

#include <poll.h>
#include <sys/types.h>

#include "engine/mongodb/wait.h"

namespace whet::engine::mongodb {

/// How often a wait looks whether the user wants to stop, in milliseconds.
inline constexpr int look_every_ms = 50;

/// poll() in steps between which `wait` is asked. Returns what poll() does; -1 with ETIMEDOUT when
/// it is no longer worth waiting. `timeout_ms` < 0: none.
int poll_patiently(pollfd* list, std::size_t size, int timeout_ms, Wait& wait);

/// Waits until `events` are there; false with errno.
bool ready(int descriptor, short events, int timeout_ms, Wait& wait);

}  // namespace whet::engine::mongodb
