// Where a server is and how to log in: from a URL, completed by option files. Pure functions; only
// find_location() reads files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/server.h"

namespace whet::engine::mysql {

/// What `ssl-mode` says; as MySQL's own clients mean it.
enum class Tls : std::uint8_t {
  disabled,
  preferred,        ///< when the server has it
  required,         ///< but whoever answers
  verify_ca,        ///< the certificate must be signed by a known authority
  verify_identity,  ///< and be for this host
};

struct Location {
  model::EngineKind fork = model::EngineKind::mysql;  ///< as the URL says it
  std::string host;                                   ///< empty: the socket
  int port = 0;                                       ///< 0: 3306
  std::string socket;                                 ///< used when `host` is empty
  std::string user, password, database;
  bool has_password = false;
  Tls tls = Tls::preferred;
  std::string ssl_ca, ssl_capath, ssl_cert, ssl_key;

  /// "host:port/database"; a socket's path stands for the host.
  [[nodiscard]] std::string describe() const;
};

/// Options in the order in which they were found, names with dashes: the last one wins.
using Options = std::vector<std::pair<std::string, std::string>>;

/// mysql:// or mariadb://, user:password@host:port/database?option=value, percent-encoded. The
/// parts come out as options ("host", "user", ...). Fails with ErrorKind::usage; the text of the
/// Error never quotes the URL, which may hold a password.
[[nodiscard]] Result<Options> parse_url(std::string_view url);

/// The lines of the wanted groups of an option file. `include` reads what !include and !includedir
/// name (a file, or all *.cnf of a folder).
using Include = std::function<std::vector<std::string>(std::string_view path, bool folder)>;
[[nodiscard]] Options parse_option_file(std::string_view text,
                                        const std::vector<std::string>& groups,
                                        const Include& include);

/// What the program's surroundings say.
struct Surroundings {
  std::string user;                  ///< of the operating system
  std::string password;              ///< MYSQL_PWD
  Options files;                     ///< of all option files, in reading order
  std::vector<std::string> sockets;  ///< that exist at the usual places
};

/// The URL's options over those of the files. Fails for a value that cannot be.
[[nodiscard]] Result<Location> locate(const Options& url, const Surroundings& around);

/// parse_url() and locate() with this machine's option files and environment.
[[nodiscard]] Result<Location> find_location(const std::string& url);

}  // namespace whet::engine::mysql
