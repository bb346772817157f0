#include "engine/mysql/errors.h"

#include <array>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

constexpr std::size_t shown_statement = 120;  ///< code points of a statement in a message

struct Advice {
  unsigned number;
  std::string_view hint;
};

template <std::size_t n>
std::string_view hint_of(const std::array<Advice, n>& list, unsigned number) {
  for (const Advice& one : list) {
    if (one.number == number) return one.hint;
  }
  return {};
}

constexpr std::string_view plugin_hint =
    "Whet logs in with mysql_native_password, caching_sha2_password, sha256_password, ed25519, "
    "auth_socket and unix_socket (and in clear text with ssl-mode=verify_ca or verify_identity "
    "only): give the account one of these.";
constexpr std::string_view not_running =
    "Check host and port, that the server runs, its bind_address, and firewalls.";
constexpr std::string_view tls_hint =
    "Check ssl-mode, ssl-ca and the server's certificate; 'ssl-mode=disabled' in the URL does "
    "without TLS.";

constexpr std::array<Advice, 27> connect_advice{{
    {1040, "All connections are taken: try again, or raise max_connections."},
    {1042, "The server cannot look up this machine's name: give it skip_name_resolve."},
    {1043, "Check that a MySQL or MariaDB server answers at that port."},
    {1044, "Ask for a privilege on that database ('whet grants mysql'), or name none."},
    {1049, "Check the database's name, or name none: Whet looks at all of them."},
    {1053, "The server is stopping: try again in a while."},
    {1129, "The server blocked this machine after failed attempts: run FLUSH HOSTS there."},
    {1130, "The account must allow this machine's address: CREATE USER name@'this address' ..."},
    {1203, "The account has all the connections that it may have: try again later."},
    {1226, "The account has used up one of its limits: try again later or raise it."},
    {1251, plugin_hint},
    {1524, plugin_hint},
    {1698,
     "This account is for a user of the server's operating system: connect over the socket "
     "as that user, or use an account with a password."},
    {1820, "Set a new password for the account first; the old one has expired."},
    {1862, "Set a new password for the account first; the old one has expired."},
    {2002, "Check the socket's path and that the server runs; for another machine give its host."},
    {2003, not_running},
    {2005, "Check the host's name."},
    {2006, not_running},
    {2007, "Check that a MySQL or MariaDB server answers at that port."},
    {2013,
     "The server answered and hung up: check that it is a MySQL or MariaDB server, its load, "
     "and its error log."},
    {2026, tls_hint},
    {2027, "Check that a MySQL or MariaDB server answers at that port (not the X protocol's)."},
    {2059, plugin_hint},
    {3118, "Unlock it: ALTER USER ... ACCOUNT UNLOCK."},
    {3159, "The server takes TLS only: leave out ssl-mode=disabled."},
    {4151, "Unlock it: ALTER USER ... ACCOUNT UNLOCK."},
}};

constexpr std::array<Advice, 19> statement_advice{{
    {1021, "The disk of the server is full: make room first."},
    {1114, "The table or the disk of the server is full: make room first."},
    {1044, "The account lacks a privilege: 'whet grants mysql' prints what is needed."},
    {1142, "The account lacks a privilege: 'whet grants mysql' prints what is needed."},
    {1143, "The account lacks a privilege: 'whet grants mysql' prints what is needed."},
    {1227, "The account lacks a privilege: 'whet grants mysql' prints what is needed."},
    {1345, "EXPLAIN of a view wants SHOW VIEW and SELECT on it: 'whet grants mysql'."},
    {1370, "The account lacks a privilege: 'whet grants mysql' prints what is needed."},
    {1205, "Somebody else holds a lock on it: try again later."},
    {1213, "It met another transaction in a deadlock: try again."},
    {1290, "The server runs with an option that forbids it; a replica is read-only on purpose."},
    {1317, "It was killed on the server, or ran into a limit."},
    {1792, "Whet's reading sessions are read-only on purpose."},
    {1836, "The server is read-only: use the source instead of a replica."},
    {1969, "It ran into its time limit."},
    {3024, "It ran into its time limit."},
    {1046, "Name the database in the URL."},
    {1146, "Name the database in the URL, or before the table's name."},
    {1049, "Check the database's name."},
}};

ErrorKind kind_of(unsigned number) {
  switch (number) {
    case 1205:  // lock wait
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
    case 3572:  // NOWAIT
      return ErrorKind::timeout;
    default:
      return connection_lost(number) ? ErrorKind::unreachable : ErrorKind::refused;
  }
}

std::string sentence(std::string_view text) {
  std::string out = text::squeeze(text);
  if (!out.empty() && out.back() != '.' && out.back() != '!' && out.back() != '?') out += '.';
  return out;
}

/// These texts quote a row's value or a piece of the statement first.
bool quotes_value(unsigned number) {
  constexpr std::array<unsigned, 8> numbers{1062, 1064, 1292, 1366, 1411, 1525, 1586, 3140};
  for (const unsigned one : numbers) {
    if (one == number) return true;
  }
  return false;
}

/// The text with the first '...' emptied. Values are not escaped: the last quote before a word of
/// the server's own (for, at, to) ends it.
std::string without_value(const std::string& message) {
  const std::size_t open = message.find('\'');
  if (open == std::string::npos) return message;
  std::size_t close = std::string::npos;
  for (const std::string_view end : {"' for ", "' at ", "' to ", "' "}) {
    close = message.find(end, open + 1);
    if (close != std::string::npos) break;
  }
  if (close == std::string::npos) close = message.rfind('\'');
  if (close == std::string::npos || close <= open) return message.substr(0, open) + "'…'";
  return message.substr(0, open) + "'…" + message.substr(close);
}

}  // namespace

bool connection_lost(unsigned number) {
  constexpr std::array<unsigned, 11> numbers{1053, 1152, 1153, 1184, 1927, 2002,
                                             2003, 2006, 2013, 2055, 4031};
  for (const unsigned one : numbers) {
    if (one == number) return true;
  }
  return number == 3169 || number == 1080;
}

Error connect_error(std::string_view target, unsigned number, std::string_view message) {
  // Whatever the server's reason: without a connection nothing was examined.
  Error error{
      ErrorKind::unreachable,
      sentence("Could not connect to " + std::string(target) + ": " + text::valid_utf8(message)),
      std::string(hint_of(connect_advice, number)), std::to_string(number)};
  if (number == 1045) {
    error.hint = text::contains(message, "using password: NO")
                     ? "Give a password: in the URL, in ~/.my.cnf (group [client] or [whet]) or in "
                       "MYSQL_PWD."
                     : "Check the account's name, its password and the address that it is for.";
  }
  // Two things with one number: no socket, and a port where nobody listens.
  if (number == 2002 && !text::contains(message, "socket")) error.hint = not_running;
  // Two things with one number: an unreadable plugin and a missing one.
  if (number == 2026 && text::contains(message, "restricted")) error.hint = plugin_hint;
  if (error.hint.empty()) error.hint = "Check host, port, database and account in the URL.";
  return error;
}

Error statement_error(std::string_view target, unsigned number, std::string_view message,
                      std::string_view sql) {
  const std::string said =
      sentence(quotes_value(number) ? without_value(std::string(message)) : std::string(message));
  const std::string shown = text::shorten(text::squeeze(text::valid_utf8(sql)), shown_statement);
  Error error{kind_of(number), "The server refused '" + shown + "': " + said,
              std::string(hint_of(statement_advice, number)), std::to_string(number)};
  if (error.kind == ErrorKind::unreachable) {
    error.message = "The connection to " + std::string(target) + " broke during '" +
                    text::shorten(shown, 80) + "': " + said;
    error.hint = "Check that the server runs, then try again.";
  }
  return error;
}

std::string said_by_server(const Error& error) {
  constexpr std::string_view border = "': ";
  const std::size_t at = error.message.rfind(border);
  if (!error.message.starts_with("The server refused '") || at == std::string::npos)
    return error.message;
  return "The server said: " + error.message.substr(at + border.size());
}

}  // namespace whet::engine::mysql
