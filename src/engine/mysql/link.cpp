#include "engine/mysql/link.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include <fcntl.h>
#include <mysql.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/wait.h"

namespace whet::engine::mysql {

namespace {

/// Plugins that never show the password to whoever answers.
constexpr const char* safe_plugins =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,auth_socket,"
    "unix_socket,auth_gssapi_client";
/// The others are for servers whose certificate was verified.
constexpr const char* all_plugins =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,auth_socket,"
    "unix_socket,auth_gssapi_client,mysql_clear_password,dialog";

/// Where systems keep the authorities that they know.
constexpr std::array<const char*, 4> known_authorities{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/// libmariadb verifies nothing when it is given no authority.
Result<Location> with_authority(Location place) {
  if (place.tls < Tls::verify_ca) return place;
  std::error_code failed;
  const std::string named = place.ssl_ca.empty() ? place.ssl_capath : place.ssl_ca;
  if (!named.empty() && std::filesystem::exists(named, failed)) return place;
  if (named.empty()) {
    for (const char* path : known_authorities) {
      if (!std::filesystem::exists(path, failed)) continue;
      place.ssl_ca = path;
      return place;
    }
  }
  return Error{ErrorKind::usage,
               named.empty()
                   ? "There is no file of certificate authorities to verify the server by."
                   : "There is no file of certificate authorities at " + named + ".",
               "Name the one that signed the server's certificate: ssl-ca=/path/ca.pem.", ""};
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void set_options(MYSQL* handle, const Location& place, bool tls) {
  (void)mysql_options(handle, MYSQL_OPT_NONBLOCK, nullptr);
  (void)mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  (void)mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "whet");
  // A server must not be able to ask for files of this machine.
  const unsigned off = 0;
  (void)mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
  const bool verified = place.tls >= Tls::verify_ca;
  (void)mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, verified ? all_plugins : safe_plugins);
  if (!place.host.empty()) {
    const unsigned tcp = MYSQL_PROTOCOL_TCP;  // else "localhost" means the socket
    (void)mysql_options(handle, MYSQL_OPT_PROTOCOL, &tcp);
  }
  if (!tls) return;
  const my_bool on = 1;
  (void)mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &on);
  (void)mysql_ssl_set(handle, text_or_null(place.ssl_key), text_or_null(place.ssl_cert),
                      text_or_null(place.ssl_ca), text_or_null(place.ssl_capath), nullptr);
  if (place.tls == Tls::verify_identity)
    (void)mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
}

/// Over TLS, libmariadb's non-blocking calls block when the socket does, and it leaves it so.
void unblock(MYSQL* handle) {
  const int socket = mysql_get_socket(handle);
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags >= 0) (void)::fcntl(socket, F_SETFL, flags | O_NONBLOCK);
}

Result<Link> attempt(const Location& place, double timeout_seconds, bool tls) {
  Link link(mysql_init(nullptr));
  if (!link) return Error{ErrorKind::internal, "There is no memory for a connection.", "", ""};
  MYSQL* const handle = link.get();
  set_options(handle, place, tls);
  // For the TLS handshake, which does not come back to wait.
  const auto limit = static_cast<unsigned>(std::max(1.0, std::ceil(timeout_seconds)));
  if (timeout_seconds > 0) (void)mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &limit);
  const double deadline = timeout_seconds > 0 ? clock::monotonic() + timeout_seconds : 0;
  Wait wait(handle, nullptr, deadline, 0, [] {});
  MYSQL* connected = nullptr;
  const int status = mysql_real_connect_start(
      &connected, handle, text_or_null(place.host), place.user.c_str(), place.password.c_str(),
      text_or_null(place.database), static_cast<unsigned>(place.port == 0 ? 3306 : place.port),
      place.host.empty() ? text_or_null(place.socket) : nullptr, 0);
  if (!wait.through(status, [&](int ready) {
        unblock(handle);
        return mysql_real_connect_cont(&connected, handle, ready);
      })) {
    return Error{
        ErrorKind::unreachable,
        "Could not connect to " + place.describe() + ": no answer within " +
            text::duration(timeout_seconds) + ".",
        "Check host, port and firewalls, and that a MySQL or MariaDB server answers there.", ""};
  }
  if (connected == nullptr)
    return connect_error(place.describe(), mysql_errno(handle), mysql_error(handle));
  unblock(handle);
  if (place.tls >= Tls::required && mysql_get_ssl_cipher(handle) == nullptr)
    return connect_error(place.describe(), 2026, "The server does not offer TLS");
  return link;
}

}  // namespace

std::optional<std::string> ask(st_mysql* link, const std::string& sql, double timeout_seconds) {
  Wait wait(link, nullptr, clock::monotonic() + timeout_seconds, 0, [] {});
  int failed = 0;
  int status = mysql_real_query_start(&failed, link, sql.data(), sql.size());
  if (!wait.through(status,
                    [&](int ready) { return mysql_real_query_cont(&failed, link, ready); }) ||
      failed != 0)
    return std::nullopt;
  if (mysql_field_count(link) == 0) return std::string();
  MYSQL_RES* stored = nullptr;
  status = mysql_store_result_start(&stored, link);
  if (!wait.through(status,
                    [&](int ready) { return mysql_store_result_cont(&stored, link, ready); }))
    return std::nullopt;
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(stored, &mysql_free_result);
  MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr;
  return row == nullptr || row[0] == nullptr ? std::string() : std::string(row[0]);
}

void CloseLink::operator()(st_mysql* handle) const { mysql_close(handle); }

Result<Link> connect(const Location& wanted, double timeout_seconds) {
  // Not safe in two threads at once when left to mysql_init().
  static const bool ready = mysql_library_init(0, nullptr, nullptr) == 0;
  if (!ready) return Error{ErrorKind::internal, "libmariadb could not be initialised.", "", ""};
  const Location place = WHET_TRY(with_authority(wanted));
  const bool useful = !place.host.empty() || place.tls >= Tls::required;
  const bool tls = place.tls != Tls::disabled && useful;
  auto link = attempt(place, timeout_seconds, tls);
  constexpr const char* tls_failed = "2026";
  // `preferred` does without TLS that both sides cannot agree upon: old servers.
  if (!link && tls && place.tls == Tls::preferred && link.error().sqlstate == tls_failed)
    return attempt(place, timeout_seconds, false);
  return link;
}

}  // namespace whet::engine::mysql
