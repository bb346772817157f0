#include "engine/host.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/statvfs.h>

#include "base/text.h"

namespace whet::engine {

namespace {

namespace fs = std::filesystem;

/// The text of a file of /proc or /sys, which do not know their sizes; "" when it cannot be read.
std::string slurp(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines(const std::string& path) { return text::split(slurp(path), '\n'); }

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (auto& word : text::split(text::squeeze(line), ' '))
    if (!word.empty()) out.push_back(std::move(word));
  return out;
}

double number_in(const std::string& path) {
  return text::to_double(text::trim(slurp(path))).value_or(0);
}

std::int64_t integer_in(const std::string& path) {
  return static_cast<std::int64_t>(number_in(path));
}

void read_memory(const std::string& root, model::Host& host) {
  std::int64_t swap_free = 0;
  for (const auto& line : lines(root + "/proc/meminfo")) {
    const auto parts = words(line);
    if (parts.size() < 2) continue;
    const std::int64_t value = text::to_int(parts[1]).value_or(0);
    if (parts[0] == "MemTotal:") host.memory_bytes = value * 1024;
    if (parts[0] == "MemAvailable:") host.available_bytes = value * 1024;
    if (parts[0] == "SwapTotal:") host.swap_bytes = value * 1024;
    if (parts[0] == "SwapFree:") swap_free = value * 1024;
    if (parts[0] == "HugePages_Total:") host.huge_pages_total = value;
    if (parts[0] == "Hugepagesize:") host.huge_page_bytes = value * 1024;
  }
  host.swap_used_bytes = std::max<std::int64_t>(0, host.swap_bytes - swap_free);
}

void read_kernel(const std::string& root, model::Host& host) {
  host.swappiness = integer_in(root + "/proc/sys/vm/swappiness");
  host.overcommit = integer_in(root + "/proc/sys/vm/overcommit_memory");
  host.dirty_background_bytes = integer_in(root + "/proc/sys/vm/dirty_background_bytes");
  if (host.dirty_background_bytes == 0) {
    // The kernel counts the ratio of what is available (Documentation/admin-guide/sysctl/vm.rst).
    host.dirty_background_bytes =
        static_cast<std::int64_t>(number_in(root + "/proc/sys/vm/dirty_background_ratio") / 100 *
                                  static_cast<double>(host.available_bytes));
  }
  // "always [madvise] never": the one in brackets holds.
  const std::string pages = slurp(root + "/sys/kernel/mm/transparent_hugepage/enabled");
  const std::size_t open = pages.find('['), close = pages.find(']');
  if (open != std::string::npos && close != std::string::npos && close > open)
    host.transparent_huge_pages = pages.substr(open + 1, close - open - 1);
  const auto load = words(slurp(root + "/proc/loadavg"));
  if (!load.empty()) host.load_1 = text::to_double(load[0]).value_or(0);
  for (const auto& line : lines(root + "/proc/stat")) {
    if (line.size() > 3 && line.starts_with("cpu") && line[3] != ' ') ++host.cpus;
  }
}

/// One line of a pressure file: "some avg10=0.00 avg60=1.20 ...": avg60 as a fraction.
double pressure_of(const std::string& line) {
  const std::size_t at = line.find("avg60=");
  if (at == std::string::npos) return 0;
  const std::size_t end = line.find(' ', at);
  return text::to_double(line.substr(at + 6, end - at - 6)).value_or(0) / 100;
}

std::optional<model::Pressure> read_pressure(const std::string& path) {
  model::Pressure pressure;
  bool found = false;
  for (const auto& line : lines(path)) {
    if (line.starts_with("some")) pressure.some = pressure_of(line), found = true;
    if (line.starts_with("full")) pressure.full = pressure_of(line), found = true;
  }
  return found ? std::optional(pressure) : std::nullopt;
}

/// A control group and those above it, up to the root of the hierarchy: all their limits hold.
std::vector<std::string> groups_upwards(const std::string& hierarchy, std::string path) {
  std::vector<std::string> out;
  while (!path.empty() && path != "/") {
    if (fs::exists(hierarchy + path)) out.push_back(hierarchy + path);
    path = path.substr(0, path.rfind('/'));
  }
  out.push_back(hierarchy);
  return out;
}

void limit_memory(double limit, model::Host& host) {
  if (limit > 0 && limit < static_cast<double>(host.memory_bytes)) {
    host.memory_bytes = static_cast<std::int64_t>(limit);
    host.available_bytes = std::min(host.available_bytes, host.memory_bytes);
  }
}

void limit_cpus(double quota, double period, model::Host& host) {
  if (quota <= 0 || period <= 0) return;
  host.cpus = std::min(host.cpus, static_cast<std::int64_t>(std::ceil(quota / period)));
}

void apply_version_2(const std::string& mount, const std::string& path, model::Host& host) {
  for (const auto& group : groups_upwards(mount, path)) {
    limit_memory(number_in(group + "/memory.max"), host);  // "max" is no number: no limit
    const auto parts = words(slurp(group + "/cpu.max"));
    if (parts.size() == 2)
      limit_cpus(text::to_double(parts[0]).value_or(0), text::to_double(parts[1]).value_or(0),
                 host);
  }
}

void apply_version_1(const std::string& mount, std::string_view controller, const std::string& path,
                     model::Host& host) {
  if (controller == "memory") {
    for (const auto& group : groups_upwards(mount + "/memory", path))
      limit_memory(number_in(group + "/memory.limit_in_bytes"), host);
  } else if (controller == "cpu") {
    for (const auto& group : groups_upwards(mount + "/cpu", path))
      limit_cpus(number_in(group + "/cpu.cfs_quota_us"), number_in(group + "/cpu.cfs_period_us"),
                 host);
  }
}

void apply_control_groups(const HostRequest& request, model::Host& host) {
  const std::string mount = request.root + "/sys/fs/cgroup";
  const std::string file = request.root + "/proc/" + std::to_string(request.server_pid) + "/cgroup";
  for (const auto& line : lines(file)) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    for (const auto mark : {"docker", "kubepods", "lxc", "containerd", "libpod"})
      host.container = host.container || text::contains(path, mark);
    if (controllers.empty()) apply_version_2(mount, path, host);
    for (const auto& name : text::split(controllers, ',')) apply_version_1(mount, name, path, host);
  }
  host.container = host.container || fs::exists(request.root + "/.dockerenv") ||
                   fs::exists(request.root + "/run/.containerenv");
}

struct Mount {
  std::string device;  ///< "8:1"
  std::string point, filesystem;
};

/// mountinfo writes blanks and the like as \040.
std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<Mount> read_mounts(const std::string& root) {
  std::vector<Mount> mounts;
  for (const auto& line : lines(root + "/proc/self/mountinfo")) {
    // id parent device root point options ... - filesystem source options (proc(5))
    const auto parts = words(line);
    const auto dash = std::find(parts.begin(), parts.end(), "-");
    if (parts.size() < 6 || dash == parts.end() || dash + 1 == parts.end()) continue;
    mounts.push_back({parts[2], unescape(parts[4]), *(dash + 1)});
  }
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::string& path) {
  const Mount* best = nullptr;
  for (const auto& mount : mounts) {
    const std::string prefix = mount.point == "/" ? "/" : mount.point + "/";
    if (path != mount.point && !path.starts_with(prefix)) continue;
    // Of two mounts on one point the later hides the earlier.
    if (best == nullptr || mount.point.size() >= best->point.size()) best = &mount;
  }
  return best;
}

std::optional<bool> is_rotational(const std::string& root, const std::string& device) {
  // A partition's queue is that of its disk, one folder up.
  for (const auto* place : {"/queue/rotational", "/../queue/rotational"}) {
    const std::string text(text::trim(slurp(root + "/sys/dev/block/" + device + place)));
    if (!text.empty()) return text == "1";
  }
  return std::nullopt;
}

void read_disks(const HostRequest& request, model::Host& host) {
  const auto mounts = read_mounts(request.root);
  for (const auto& [holds, place] : request.places) {
    std::error_code problem;
    const fs::path real = fs::canonical(request.root + place, problem);
    std::string path = problem ? place : real.string();
    if (!request.root.empty() && path.starts_with(request.root))
      path = path.substr(request.root.size());
    const Mount* mount = mount_of(mounts, path);
    if (mount == nullptr) continue;
    const auto known = std::find_if(host.disks.begin(), host.disks.end(),
                                    [&](const auto& disk) { return disk.mount == mount->point; });
    if (known != host.disks.end()) {
      known->holds.push_back(holds);
      continue;
    }
    model::Disk disk;
    disk.mount = mount->point;
    disk.filesystem = mount->filesystem;
    disk.holds = {holds};
    disk.rotational = is_rotational(request.root, mount->device);
    struct statvfs figures{};
    if (statvfs((request.root + mount->point).c_str(), &figures) == 0) {
      disk.size_bytes = static_cast<std::int64_t>(figures.f_blocks * figures.f_frsize);
      disk.free_bytes = static_cast<std::int64_t>(figures.f_bavail * figures.f_frsize);
    }
    host.disks.push_back(std::move(disk));
  }
}

void read_limits(const HostRequest& request, model::Host& host) {
  for (const auto& line :
       lines(request.root + "/proc/" + std::to_string(request.server_pid) + "/limits")) {
    if (!line.starts_with("Max open files")) continue;
    const auto parts = words(line.substr(14));
    if (!parts.empty()) host.open_files_limit = text::to_int(parts[0]).value_or(0);
  }
}

}  // namespace

std::optional<CpuTimes> cpu_times(const std::string& root) {
  for (const auto& line : lines(root + "/proc/stat")) {
    const auto parts = words(line);
    // cpu user nice system idle iowait irq softirq steal (proc(5)); guest is within user.
    if (parts.size() < 9 || parts[0] != "cpu") continue;
    const auto ticks = [&](std::size_t i) { return text::to_double(parts[i]).value_or(0); };
    return CpuTimes{ticks(1) + ticks(2) + ticks(3) + ticks(6) + ticks(7) + ticks(8), ticks(4),
                    ticks(5)};
  }
  return std::nullopt;
}

bool runs_here(const std::string& root, int pid, const std::string& program) {
  if (pid <= 0) return false;
  return text::trim(slurp(root + "/proc/" + std::to_string(pid) + "/comm")) == program;
}

model::Host read_host(const HostRequest& request) {
  model::Host host;
  read_memory(request.root, host);
  read_kernel(request.root, host);
  apply_control_groups(request, host);
  host.cpu_pressure = read_pressure(request.root + "/proc/pressure/cpu");
  host.memory_pressure = read_pressure(request.root + "/proc/pressure/memory");
  host.io_pressure = read_pressure(request.root + "/proc/pressure/io");
  read_disks(request, host);
  read_limits(request, host);
  const auto now = cpu_times(request.root);
  if (now && request.earlier) {
    const double busy = now->busy - request.earlier->busy;
    const double waited = now->io_wait - request.earlier->io_wait;
    const double all = busy + waited + now->idle - request.earlier->idle;
    if (all > 0) {
      host.cpu_busy = busy / all;
      host.io_wait = waited / all;
    }
  }
  return host;
}

}  // namespace whet::engine
