#include "engine/postgres/shadow/programs.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace whet::engine::postgres::shadow {

namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? std::string() : std::string(value);
}

/// A descriptor that is closed at the end.
class Lock {
 public:
  explicit Lock(const std::string& path)
      : fd_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (fd_ >= 0) (void)::flock(fd_, LOCK_EX);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (fd_ >= 0) (void)::close(fd_);
  }

 private:
  int fd_;
};

struct Ran {
  bool well = false;
  std::string output;
};

Ran run(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { (void)::pclose(pipe); }
  };
  Ran ran;
  const std::string whole = command + " 2>&1 </dev/null";
  std::unique_ptr<FILE, Close> pipe(::popen(whole.c_str(), "re"));
  if (!pipe) return ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    ran.output.append(buffer.data(), n);
  ran.well = ::pclose(pipe.release()) == 0;
  return ran;
}

/// The same folder that the scripts of the test servers use.
std::string cache_folder(const ServerUser& user) {
  std::string named = environment("WHET_CACHE");
  if (!named.empty()) return named;
  const std::string home = environment("HOME");
  if (user.other && !passable(home.empty() ? "/root" : home, user)) return "/var/cache/whet";
  const std::string caches = environment("XDG_CACHE_HOME");
  if (!caches.empty()) return caches + "/whet";
  return (home.empty() ? "/tmp" : home + "/.cache") + std::string("/whet");
}

/// Adds the versions below a folder such as /usr/lib/postgresql.
void add_versions(const fs::path& folder, std::map<int, std::string>& found) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const auto major = text::to_int(entry.path().filename().string());
    const fs::path bin = entry.path() / "bin";
    if (major && ::access((bin / "postgres").c_str(), X_OK) == 0 &&
        ::access((bin / "initdb").c_str(), X_OK) == 0)
      found.try_emplace(static_cast<int>(*major), bin.string());
  }
}

std::map<int, std::string> installed() {
  std::map<int, std::string> found;
  for (const char* folder : {"/usr/lib/postgresql", "/usr/local/lib/postgresql"})
    add_versions(folder, found);
  // Red Hat's packages: /usr/pgsql-17/bin.
  for (int major = 13; major <= 30; ++major) {
    const std::string bin = "/usr/pgsql-" + std::to_string(major) + "/bin";
    if (::access((bin + "/postgres").c_str(), X_OK) == 0) found.try_emplace(major, bin);
  }
  const auto user = server_user();
  std::error_code failed;
  if (!user.ok()) return found;
  for (const auto& entry : fs::directory_iterator(cache_folder(*user), failed)) {
    if (entry.path().filename().string().starts_with("pgroot-"))
      add_versions(entry.path() / "usr/lib/postgresql", found);
  }
  return found;
}

std::string locale_arguments(const model::PlannerLocale& locale, int major) {
  std::string out = " -E " + shell_quoted(locale.encoding.empty() ? "UTF8" : locale.encoding) +
                    " --lc-collate=" + shell_quoted(locale.collate.empty() ? "C" : locale.collate) +
                    " --lc-ctype=" + shell_quoted(locale.ctype.empty() ? "C" : locale.ctype) +
                    " --locale=C";
  if (locale.provider == "icu" && major >= 15)
    out += " --locale-provider=icu --icu-locale=" + shell_quoted(locale.locale);
  if (locale.provider == "builtin" && major >= 17)
    out += " --locale-provider=builtin --builtin-locale=" + shell_quoted(locale.locale);
  return out;
}

Status initialise(const Programs& programs, const ServerUser& user, const std::string& arguments,
                  const std::string& into) {
  std::string pattern = into + ".XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr)
    return Error{ErrorKind::usage, "The folder " + pattern + " cannot be made.", "", ""};
  WHET_TRY_VOID(hand_over(pattern, user));
  // Checksums are off because pages are edited in the files; small WAL segments are copied faster.
  const Ran ran = run("cd / && " + as_user(user) + shell_quoted(programs.folder + "/initdb") +
                      " -A trust -U postgres --no-sync --wal-segsize=1" +
                      (programs.major >= 18 ? " --no-data-checksums" : "") + arguments + " -D " +
                      shell_quoted(pattern + "/data"));
  std::error_code failed;
  if (ran.well) fs::rename(pattern + "/data", into, failed);
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
  if (ran.well && !failed) return {};
  const std::string said(text::trim(ran.output));
  const std::size_t line = said.find("error:");
  return Error{
      ErrorKind::refused,
      "initdb of PostgreSQL " + std::to_string(programs.major) + " failed: " +
          text::squeeze(text::shorten(line == std::string::npos ? said : said.substr(line), 300)),
      "", ""};
}

}  // namespace

Result<Programs> find_programs(int major) {
  const auto found = installed();
  const std::string wanted = std::to_string(major);
  if (found.empty()) {
    return Error{ErrorKind::unreachable, "No PostgreSQL server is installed on this machine.",
                 "Install postgresql-" + wanted + " (its service need not run).", ""};
  }
  // The nearest; of two equally near ones the newer.
  const auto nearest =
      std::min_element(found.begin(), found.end(), [&](const auto& a, const auto& b) {
        const int da = std::abs(a.first - major), db = std::abs(b.first - major);
        return da != db ? da < db : a.first > b.first;
      });
  return Programs{nearest->second, nearest->first};
}

Result<ServerUser> server_user() {
  if (::geteuid() != 0) return ServerUser{false, ::geteuid(), ::getegid()};
  const passwd* nobody = ::getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe): called once
  if (nobody == nullptr) {
    return Error{ErrorKind::usage,
                 "PostgreSQL does not run as root, and there is no user 'nobody'.",
                 "Run whet as another user.", ""};
  }
  return ServerUser{true, nobody->pw_uid, nobody->pw_gid};
}

bool passable(const std::string& path, const ServerUser& user) {
  for (fs::path at = path; user.other && at.has_relative_path(); at = at.parent_path()) {
    std::error_code failed;
    const auto permissions = fs::status(at, failed).permissions();
    if (!failed && (permissions & fs::perms::others_exec) == fs::perms::none) return false;
  }
  return true;
}

Status hand_over(const std::string& path, const ServerUser& user) {
  if (!user.other || ::chown(path.c_str(), user.id, user.group) == 0) return {};
  return Error{ErrorKind::usage, "The owner of " + path + " cannot be changed.", "", ""};
}

std::string as_user(const ServerUser& user) {
  if (!user.other) return {};
  return "setpriv --reuid=" + std::to_string(user.id) + " --regid=" + std::to_string(user.group) +
         " --clear-groups -- ";
}

std::string shell_quoted(const std::string& text) {
  return "'" + text::replace_all(text, "'", "'\\''") + "'";
}

Result<Template> data_template(const Programs& programs, const ServerUser& user,
                               const model::PlannerLocale& locale) {
  const std::string cache = cache_folder(user);
  std::error_code failed;
  fs::create_directories(cache, failed);
  if (failed || !passable(cache, user)) {
    return Error{ErrorKind::usage,
                 "The folder " + cache + " cannot be made or reached by the server.",
                 "Set WHET_CACHE to a folder that the user 'nobody' can pass through.", ""};
  }
  const std::string build = run(shell_quoted(programs.folder + "/postgres") + " --version").output;
  const Lock lock(cache + "/shadow.lock");
  Template made;
  std::string why;
  model::PlannerLocale plain;
  plain.encoding = locale.encoding;
  plain.collate = plain.ctype = "C.UTF-8";
  for (const auto& wanted : {locale, plain, model::PlannerLocale{}}) {
    const std::string arguments = locale_arguments(wanted, programs.major);
    made.folder = cache + "/shadow-" + std::to_string(programs.major) + "-" +
                  text::hash_hex(build + programs.folder + arguments);
    if (fs::exists(made.folder + "/PG_VERSION", failed)) return made;
    const Status status = initialise(programs, user, arguments, made.folder);
    if (status.ok()) return made;
    if (why.empty()) why = status.error().message;
    made.note = "The locale " + locale.collate + locale.locale +
                " of the target is not available here, so text may compare "
                "otherwise: " +
                why;
  }
  return Error{ErrorKind::refused, why, "Check the space in " + cache + ".", ""};
}

}  // namespace whet::engine::postgres::shadow
