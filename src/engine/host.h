// The machine under a server, read from /proc and /sys: only of use when the server runs on the
// same machine. Linux.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/resources.h"

namespace whet::engine {

/// CPU time of the whole machine since it started, in clock ticks.
struct CpuTimes {
  double busy = 0, idle = 0, io_wait = 0;
};

struct HostRequest {
  std::string root;    ///< put before /proc, /sys, /run; empty: the machine itself
  int server_pid = 0;  ///< a process of the server: its control group and limits count
  /// What lies where: {"data", "/var/lib/postgresql/15/main"}.
  std::vector<std::pair<std::string, std::string>> places;
  std::optional<CpuTimes> earlier;  ///< at the start of the window
};

/// Nothing when /proc/stat cannot be read.
[[nodiscard]] std::optional<CpuTimes> cpu_times(const std::string& root);

/// True when that process exists here and its program's name is `program`: then the server that
/// gave its process id runs on this machine (and in this pid namespace).
[[nodiscard]] bool runs_here(const std::string& root, int pid, const std::string& program);

/// What cannot be read stays at its default.
[[nodiscard]] model::Host read_host(const HostRequest& request);

}  // namespace whet::engine
