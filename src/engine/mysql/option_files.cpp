// The option files and the environment of this machine.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "engine/mysql/location.h"

namespace whet::engine::mysql {

namespace {

std::string environment(const char* name) {
  // Nobody sets it meanwhile. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Files that everybody may write are left out, as MySQL's own clients do: they could send the
/// password anywhere.
bool trustworthy(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IWOTH) == 0;
}

/// Adds the options of a file and of what it includes.
void read_into(Options& out, const std::string& path, const std::vector<std::string>& groups) {
  if (!trustworthy(path)) return;
  const auto text = files::read(path);
  if (!text) return;  // not for us to read
  int left = 100;     // files may include each other
  const Include include = [&](std::string_view what, bool folder) {
    std::vector<std::string> found, contents;
    if (folder) {
      std::error_code failed;
      for (const auto& entry : std::filesystem::directory_iterator(what, failed)) {
        if (entry.path().extension() == ".cnf") found.push_back(entry.path().string());
      }
      std::sort(found.begin(), found.end());
    } else {
      found.emplace_back(what);
    }
    for (const std::string& one : found) {
      if (--left < 0 || !trustworthy(one)) continue;
      if (auto content = files::read(one)) contents.push_back(std::move(content).value());
    }
    return contents;
  };
  for (auto& option : parse_option_file(*text, groups, include)) out.push_back(std::move(option));
}

std::string system_user() {
  std::string user = environment("USER");
  if (!user.empty()) return user;
  // Called once, before any thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::string() : std::string(entry->pw_name);
}

}  // namespace

Result<Location> find_location(const std::string& url) {
  const Options options = WHET_TRY(parse_url(url));
  Surroundings around;
  around.user = system_user();
  around.password = environment("MYSQL_PWD");
  std::vector<std::string> groups{"client", "client-server", "whet"};
  std::vector<std::string> paths{"/etc/my.cnf", "/etc/mysql/my.cnf",
                                 environment("HOME") + "/.my.cnf"};
  for (const auto& [name, value] : options) {
    if (name == "fork" && value == "mariadb") groups.emplace_back("client-mariadb");
    if (name != "defaults-file") continue;
    paths = {value};
    if (value.empty()) paths.clear();  // none at all
    if (!value.empty()) WHET_TRY(files::read(value));
  }
  for (const std::string& path : paths) read_into(around.files, path, groups);
  for (const char* path : {"/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock",
                           "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"}) {
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) around.sockets.emplace_back(path);
  }
  return locate(options, around);
}

}  // namespace whet::engine::mysql
