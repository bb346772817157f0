#include "base/files.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace whet::files {

namespace {

std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

Error failure(const std::string& what, const std::string& path) {
  return {ErrorKind::usage, fmt::format("{} {}: {}.", what, path, reason()), "", ""};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<std::string> read(const std::string& path) {
  std::ostringstream out;
  if (path == "-") {
    out << std::cin.rdbuf();
    return out.str();
  }
  errno = 0;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) errno = EISDIR;
  const std::ifstream in(path, std::ios::binary);
  if (!in || errno == EISDIR) return failure("Cannot read", path);
  out << in.rdbuf();
  return out.str();
}

Status write(const std::string& path, std::string_view bytes, int mode) {
  const std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  {
    const Descriptor file(::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC,
                                 static_cast<mode_t>(mode)));
    if (file.get() < 0) return failure("Cannot write", path);
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) {
      Error error = failure("Cannot write", path);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    Error error = failure("Cannot write", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<std::string> state_directory() {
  // Read before any thread starts. NOLINTBEGIN(concurrency-mt-unsafe)
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  // NOLINTEND(concurrency-mt-unsafe)
  std::string path;
  if (state != nullptr && *state != '\0') {
    path = state;
  } else if (home != nullptr && *home != '\0') {
    path = std::string(home) + "/.local/state";
  } else {
    return Error{ErrorKind::usage,
                 "There is no state directory: neither XDG_STATE_HOME nor HOME is set.",
                 "Set one of them.", ""};
  }
  path += "/whet";
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return Error{ErrorKind::usage, fmt::format("Cannot make {}: {}.", path, error.message()), "",
                 ""};
  ::chmod(path.c_str(), 0700);
  return path;
}

}  // namespace whet::files
