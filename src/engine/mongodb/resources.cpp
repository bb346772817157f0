// The machine: what the server says of it, and all of it when the server runs on this one.
#include <fstream>
#include <string>

#include "engine/host.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/server_parts.h"

namespace whet::engine::mongodb {

namespace {

std::vector<std::pair<std::string, std::string>> places_of(const model::Server& server) {
  std::vector<std::pair<std::string, std::string>> places;
  if (!server.data_directory.empty()) places.emplace_back("data", server.data_directory);
  const std::string log = server.text("systemLog.path");
  const std::size_t slash = log.rfind('/');
  if (slash != std::string::npos && slash > 0) places.emplace_back("log", log.substr(0, slash));
  return places;
}

}  // namespace

int server_process(const Collector& c) {
  // serverStatus's pid and host; another machine may have a process of that number, too.
  const auto& server = c.snapshot.server;
  const auto pid = static_cast<int>(server.status_total("pid").value_or(0));
  const model::StatusValue* host = server.status_value("host");
  std::string here;
  std::ifstream("/proc/sys/kernel/hostname") >> here;
  if (pid <= 0 || host == nullptr || here.empty()) return 0;
  const bool same = host->text == here || host->text.starts_with(here + ":");
  for (const auto* program : {"mongod", "mongos"}) {
    if (same && runs_here("", pid, program)) return pid;
  }
  return 0;
}

void collect_host(Collector& c, int process, const std::optional<CpuTimes>& earlier) {
  auto& host = c.snapshot.resources.host;
  std::vector<model::Disk> disks;
  if (host) disks = std::move(host->disks);
  host.reset();
  if (process > 0) {
    host = read_host({"", process, places_of(c.snapshot.server), earlier});
  } else if (const auto info = c.run("CPU and memory of the server's machine", "admin",
                                     mql::Value::object({{"hostInfo", mql::Value::of(1)}}),
                                     c.grant("clusterMonitor"))) {
    host = host_of(*info);
    host->disks = std::move(disks);
  }
  if (c.options.stated_memory_bytes || c.options.stated_cpus) {
    if (!host) {
      host.emplace();
      host->stated = true;
    }
    host->memory_bytes = c.options.stated_memory_bytes.value_or(host->memory_bytes);
    host->cpus = c.options.stated_cpus.value_or(host->cpus);
  }
}

}  // namespace whet::engine::mongodb
