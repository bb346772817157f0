#include "engine/postgres/shadow/process.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"

namespace whet::engine::postgres::shadow {

namespace {

namespace fs = std::filesystem;

/// Holds the server. Its standard input is a pipe whose other end only the parent has: it closes
/// when the parent ends, also by SIGKILL. `ended` tells the parent that the server is gone.
constexpr const char* watcher = R"(
folder=$1 command=$2
cd / || exit 1
(eval "$command" >>"$folder/log" 2>&1 </dev/null; : >"$folder/ended") &
while read -r line; do :; done
tries=0
while [ ! -e "$folder/ended" ] && [ $tries -lt 200 ]; do
    server=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null) && [ -n "$server" ] && kill -QUIT "$server"
    sleep 0.02
    tries=$((tries + 1))
done 2>/dev/null
[ -e "$folder/ended" ] || kill -KILL "$server" 2>/dev/null
rm -rf -- "$folder"
)";

/// What makes it small, quick and private. The planner reads none of it.
constexpr std::array<const char*, 24> settings{"listen_addresses=",
                                               "unix_socket_permissions=0700",
                                               "fsync=off",
                                               "synchronous_commit=off",
                                               "full_page_writes=off",
                                               "wal_level=minimal",
                                               "max_wal_senders=0",
                                               "autovacuum=off",
                                               "shared_buffers=24MB",
                                               "max_connections=20",
                                               "max_locks_per_transaction=4000",
                                               "track_counts=off",
                                               "track_activities=off",
                                               "checkpoint_timeout=1d",
                                               "max_wal_size=4GB",
                                               "dynamic_shared_memory_type=mmap",
                                               "huge_pages=off",
                                               "max_files_per_process=4000",
                                               "logging_collector=off",
                                               "log_min_messages=fatal",
                                               "log_min_error_statement=panic",
                                               "update_process_title=off",
                                               "bgwriter_delay=10000",
                                               "shared_preload_libraries="};

/// A file system in memory, where making thousands of small files takes a tenth of the time. A
/// shadow fills some 50 MB of it, and 20 KB for each candidate.
bool roomy_memory(const char* folder) {
  constexpr double wanted = 2e9;
  struct statvfs space{};
  return ::statvfs(folder, &space) == 0 &&
         static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize) >= wanted;
}

std::string temporary_folder(const ServerUser& user) {
  const char* named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const bool stated = named != nullptr && *named != '\0';
  constexpr const char* memory = "/dev/shm";
  if (!stated && roomy_memory(memory) && passable(memory, user)) return memory;
  const std::string folder = stated ? named : "/tmp";
  // A socket's path has at most 107 bytes.
  constexpr std::size_t longest = 60;
  return folder.size() > longest || !passable(folder, user) ? "/tmp" : folder;
}

std::string file_text(const std::string& path) {
  auto text = files::read(path);
  return text.ok() ? std::move(*text) : std::string();
}

/// The child between fork() and exec(): system calls only.
[[noreturn]] void become_watcher(int lifeline, char* const* arguments) {
  (void)::setsid();  // Ctrl-C at the terminal is the parent's affair
  (void)::dup2(lifeline, STDIN_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere < 0) ::_exit(127);
  (void)::dup2(nowhere, STDOUT_FILENO);
  (void)::dup2(nowhere, STDERR_FILENO);
  // Another shadow's lifeline must not live on in this process.
  (void)::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv("/bin/sh", arguments);
  ::_exit(127);
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const Programs& programs, const ServerUser& user,
                                           const std::string& data_template, Progress& progress) {
  ServerProcess server;
  server.user_ = user;
  WHET_TRY_VOID(server.make_folder());
  std::string command = "cp -a --reflink=auto " + shell_quoted(data_template) + " " +
                        shell_quoted(server.data()) + " && " + as_user(user) +
                        shell_quoted(programs.folder + "/postgres") + " -D " +
                        shell_quoted(server.data()) + " -k " + shell_quoted(server.folder_);
  for (const char* setting : settings) command += " -c " + shell_quoted(setting);
  WHET_TRY_VOID(server.launch(command));
  WHET_TRY_VOID(server.wait_until_ready(progress));
  return server;
}

Status ServerProcess::make_folder() {
  std::string pattern = temporary_folder(user_) + "/whet-shadow.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return Error{ErrorKind::usage,
                 "No folder for the shadow can be made in " + temporary_folder(user_) + ".",
                 "Set TMPDIR to a folder with space.", ""};
  }
  folder_ = pattern;
  return hand_over(folder_, user_);
}

Status ServerProcess::launch(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{ErrorKind::internal, "No pipe can be made.", "", ""};
  std::array<std::string, 6> words{"sh", "-c", watcher, "whet-shadow", folder_, command};
  std::array<char*, 7> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  watcher_ = ::fork();
  if (watcher_ == 0) become_watcher(ends[0], arguments.data());
  (void)::close(ends[0]);
  lifeline_ = ends[1];
  if (watcher_ < 0) return Error{ErrorKind::internal, "No process can be started.", "", ""};
  return {};
}

Status ServerProcess::wait_until_ready(Progress& progress) const {
  constexpr double at_most_seconds = 60, look_seconds = 0.01;
  const double deadline = clock::monotonic() + at_most_seconds;
  while (clock::monotonic() < deadline) {
    if (progress.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    // The last line of the file says so, as pg_ctl reads it.
    if (file_text(data() + "/postmaster.pid").find("\nready") != std::string::npos) return {};
    if (fs::exists(folder_ + "/ended")) break;
    clock::pause(look_seconds);
  }
  const std::string log(text::trim(file_text(folder_ + "/log")));
  return Error{ErrorKind::refused,
               "The shadow's server did not start: " + text::squeeze(text::shorten(log, 300)),
               "Check the space in " + temporary_folder(user_) + ".", ""};
}

std::string ServerProcess::url(const std::string& role) const {
  return "postgresql://" + role + "@/postgres?host=" + text::replace_all(folder_, "/", "%2F");
}

void ServerProcess::stop() {
  if (lifeline_ >= 0) (void)::close(lifeline_);
  if (watcher_ > 0) (void)::waitpid(watcher_, nullptr, 0);
  if (!folder_.empty()) {
    std::error_code ignored;  // the watcher did it, unless it was never started
    fs::remove_all(folder_, ignored);
  }
  lifeline_ = -1;
  watcher_ = 0;
  folder_.clear();
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      user_(other.user_),
      lifeline_(std::exchange(other.lifeline_, -1)),
      watcher_(std::exchange(other.watcher_, 0)) {}

ServerProcess& ServerProcess::operator=(ServerProcess&& other) noexcept {
  if (this == &other) return *this;
  stop();
  folder_ = std::exchange(other.folder_, {});
  user_ = other.user_;
  lifeline_ = std::exchange(other.lifeline_, -1);
  watcher_ = std::exchange(other.watcher_, 0);
  return *this;
}

ServerProcess::~ServerProcess() { stop(); }

}  // namespace whet::engine::postgres::shadow
