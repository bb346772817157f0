// File I/O and memory by part of the server, and the machine when the server runs on it.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "engine/host.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

constexpr std::string_view parts_at_most = "60";

void sample_files(Collector& c, Sample sample) {
  const auto rows = c.read("file I/O", R"(
    SELECT EVENT_NAME, COUNT_READ, SUM_NUMBER_OF_BYTES_READ, COUNT_WRITE,
           SUM_NUMBER_OF_BYTES_WRITE, COUNT_MISC, SUM_TIMER_READ, SUM_TIMER_WRITE, SUM_TIMER_MISC
    FROM performance_schema.file_summary_by_event_name WHERE COUNT_STAR > 0)",
                           c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  auto& files = c.snapshot.resources.files;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string event = row.text();
    const std::string name = event.substr(event.rfind('/') + 1);
    model::IoCounters now;
    now.reads = row.integer();
    now.read_bytes = row.integer();
    now.writes = row.integer();
    now.write_bytes = row.integer();
    now.fsyncs = row.integer();  // opening, closing and the like too
    now.read_ms = milliseconds(row.number());
    now.write_ms = milliseconds(row.number());
    now.fsync_ms = milliseconds(row.number());
    const auto at = std::find_if(files.begin(), files.end(),
                                 [&](const auto& known) { return known.name == name; });
    if (at != files.end()) {
      keep_sample(sample, now, at->total, at->window);
    } else {
      model::FileIo file;
      file.name = name;
      file.total = now;
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    const auto time = [](const auto& file) {
      return file.total.read_ms + file.total.write_ms + file.total.fsync_ms;
    };
    if (time(a) != time(b)) return time(a) > time(b);
    return a.name < b.name;
  });
}

void collect_memory(Collector& c) {
  if (!c.performance_schema || !c.has(Feature::memory_summary)) return;
  const auto rows = c.read("memory by part of the server", R"(
    SELECT EVENT_NAME, CURRENT_NUMBER_OF_BYTES_USED, HIGH_NUMBER_OF_BYTES_USED
    FROM performance_schema.memory_summary_global_by_event_name
    WHERE CURRENT_NUMBER_OF_BYTES_USED > 0
    ORDER BY CURRENT_NUMBER_OF_BYTES_USED DESC LIMIT )" + std::string(parts_at_most),
                           c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::MemoryUse use;
    use.name = row.text();
    use.bytes = row.number();
    use.highest_bytes = row.number();
    c.snapshot.resources.memory.push_back(std::move(use));
  }
}

std::string absolute(const std::string& path, const std::string& data) {
  if (path.empty() || path[0] == '/') return path;
  return path.starts_with("./") ? data + path.substr(1) : data + "/" + path;
}

/// What lies where in the file system of the server.
std::vector<std::pair<std::string, std::string>> places_of(const model::Server& server) {
  std::vector<std::pair<std::string, std::string>> places;
  const std::string& data = server.data_directory;
  if (data.empty()) return places;
  places.emplace_back("data", data);
  const auto add = [&](const char* holds, const char* setting) {
    const std::string path = server.text(setting);
    if (path.empty()) return;
    // Lists of folders, and files in a folder.
    std::string first = absolute(path.substr(0, path.find(':')), data);
    if (std::string_view(setting) == "log_bin_basename") first = first.substr(0, first.rfind('/'));
    places.emplace_back(holds, std::move(first));
  };
  add("redo", "innodb_log_group_home_dir");
  add("undo", "innodb_undo_directory");
  add("binary logs", "log_bin_basename");
  add("temp", "tmpdir");
  return places;
}

}  // namespace

int server_process(const model::Server& server, const std::string& root) {
  // Another machine's file may have the name of one that is here.
  std::string here;
  std::ifstream(root + "/proc/sys/kernel/hostname") >> here;
  if (here.empty() || server.text("hostname") != here) return 0;
  const std::string file = absolute(server.text("pid_file"), server.data_directory);
  std::ifstream in(root + file);
  int pid = 0;
  if (file.empty() || !(in >> pid) || pid <= 0) return 0;
  for (const auto* program : {"mysqld", "mariadbd"}) {
    if (runs_here(root, pid, program)) return pid;
  }
  return 0;
}

void collect_host(Collector& c, int process, const std::optional<CpuTimes>& earlier) {
  auto& host = c.snapshot.resources.host;
  if (process > 0) host = read_host({"", process, places_of(c.snapshot.server), earlier});
  if (c.options.stated_memory_bytes || c.options.stated_cpus) {
    if (!host) host.emplace();
    host->stated = true;
    host->memory_bytes = c.options.stated_memory_bytes.value_or(host->memory_bytes);
    host->cpus = c.options.stated_cpus.value_or(host->cpus);
  }
  if (!host) {
    c.note("CPU, memory and disks of the server's machine",
           "The server does not run on this machine.",
           "Run whet there, or state them with --memory and --cpus.");
  }
}

void sample_resources(Collector& c, Sample sample) {
  if (c.performance_schema) sample_files(c, sample);
}

void collect_resources(Collector& c) { collect_memory(c); }

}  // namespace whet::engine::mysql
