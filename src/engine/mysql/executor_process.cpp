#include "engine/mysql/executor_process.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <unistd.h>

#include "base/text.h"

namespace whet::engine::mysql {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// When the process began, in ticks since the machine did; a pid alone is used again.
std::string start_of(const std::string& pid) {
  const std::string stat = first_line("/proc/" + pid + "/stat");
  // The program's name, in parentheses, may hold anything.
  const std::size_t name_ends = stat.rfind(')');
  if (name_ends == std::string::npos) return "";
  const auto fields = text::split(stat.substr(name_ends + 1), ' ');
  constexpr std::size_t start = 20;  // field 22 of proc(5), the third being the first here
  return fields.size() > start ? fields[start] : "";
}

std::string machine() {
  std::error_code unknown;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", unknown);
  return first_line("/proc/sys/kernel/random/boot_id") + "/" + (unknown ? "" : space.string());
}

}  // namespace

std::string own_process() {
  const std::string pid = std::to_string(::getpid());
  return machine() + "/" + pid + "/" + start_of(pid);
}

ProcessState state_of_process(std::string_view mark) {
  const std::size_t start_at = mark.rfind('/');
  if (start_at == std::string_view::npos || start_at == 0) return ProcessState::unknown;
  const std::size_t pid_at = mark.rfind('/', start_at - 1);
  if (pid_at == std::string_view::npos) return ProcessState::unknown;
  const std::string_view start = mark.substr(start_at + 1);
  const std::string pid(mark.substr(pid_at + 1, start_at - pid_at - 1));
  if (start.empty() || !text::to_int(pid) || mark.substr(0, pid_at) != machine())
    return ProcessState::unknown;
  return start_of(pid) == start ? ProcessState::alive : ProcessState::gone;
}

}  // namespace whet::engine::mysql
