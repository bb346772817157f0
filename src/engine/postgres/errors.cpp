#include "engine/postgres/errors.h"

#include <array>

#include "base/text.h"

namespace whet::engine::postgres {

namespace {

constexpr std::size_t shown_statement = 120;  ///< code points of a statement in a message

std::string sentence(std::string_view text) {
  std::string out = text::squeeze(text);
  if (!out.empty() && out.back() != '.' && out.back() != '!' && out.back() != '?') out += '.';
  return out;
}

/// The SQLSTATE in "... FATAL:  28P01: password authentication ...", or "".
std::string sqlstate_in(std::string_view message) {
  for (std::size_t at = message.find(':'); at != std::string_view::npos;
       at = message.find(':', at + 1)) {
    std::size_t start = at + 1;
    while (start < message.size() && message[start] == ' ') ++start;
    if (start + 5 >= message.size() || message[start + 5] != ':') continue;
    const std::string_view code = message.substr(start, 5);
    bool good = true, digit = false;  // "FATAL" has no digit, every SQLSTATE has one
    for (const char c : code) {
      const bool is_digit = c >= '0' && c <= '9';
      digit = digit || is_digit;
      good = good && (is_digit || (c >= 'A' && c <= 'Z'));
    }
    if (good && digit) return std::string(code);
  }
  return {};
}

/// libpq's verbose text without "LOCATION: ..." lines and without the SQLSTATE.
std::string readable(std::string_view message, const std::string& code) {
  std::vector<std::string> kept;
  for (const auto& line : text::split(message, '\n')) {
    if (!text::starts_with_nocase(text::trim(line), "LOCATION:")) kept.push_back(line);
  }
  std::string out = text::squeeze(text::join(kept, " "));
  if (!code.empty()) out = text::replace_all(out, code + ": ", "");
  return text::replace_all(out, "FATAL: ", "");
}

// Whatever the server's reason: without a connection nothing was examined, so the kind is
// `unreachable`.
struct Advice {
  std::string_view code;
  std::string_view hint;
};

constexpr std::array<Advice, 9> connect_advice{{
    {"28P01", "Check the password: in the URL, in PGPASSWORD or in ~/.pgpass (mode 0600)."},
    {"28000",
     "Check the role's name, that it may log in, and the server's pg_hba.conf (host, TLS, "
     "database)."},
    {"3D000", "Check the database's name; 'psql -l' lists those that the server has."},
    {"42501", "Ask for CONNECT on that database ('whet grants postgresql')."},
    {"53300", "All connections are taken: try again, or use a role with reserved connections."},
    {"57P03", "The server is starting or stopping: try again in a while."},
    {"57P01", "The server is stopping: try again in a while."},
    {"55000", "The database does not accept connections: name another."},
    {"0A000", "Connect to the server itself, not through a proxy."},
}};

struct Symptom {
  std::string_view part;
  std::string_view hint;
};

// libpq's own failures have no SQLSTATE. Its texts come from the local machine, in English unless
// the locale says otherwise; without a match there is a general hint.
constexpr std::array<Symptom, 9> symptoms{{
    {"no pg_hba.conf entry", "Add a line for this role, database and address to pg_hba.conf."},
    {"SSL", "Check sslmode, sslrootcert and the server's certificate."},
    {"certificate", "Check sslmode, sslrootcert and the server's certificate."},
    {"no password supplied", "Give one: in the URL, in PGPASSWORD or in ~/.pgpass (mode 0600)."},
    {"could not translate host name", "Check the host's name."},
    {"Connection refused", "Check host and port, that the server runs, and its listen_addresses."},
    {"No such file or directory", "Check the socket's folder, or give a host."},
    {"timeout", "Check host, port and firewalls; connect_timeout in the URL allows more time."},
    {"definition of service", "Check the service's name and ~/.pg_service.conf."},
}};

// What libpq says of a URL or keyword string that it cannot read: nobody was asked yet.
constexpr std::array<std::string_view, 6> malformed{
    "invalid integer value", "invalid port number", "invalid URI",
    "missing \"=\" after",   "unterminated quoted", "invalid connection option"};

ErrorKind kind_of(std::string_view code) {
  if (code == "57014" || code == "55P03" || code == "25P04") return ErrorKind::timeout;
  if (code.starts_with("08") || code == "57P01" || code == "57P02" || code == "57P03")
    return ErrorKind::unreachable;
  return ErrorKind::refused;
}

std::string_view hint_of(std::string_view code) {
  if (code == "42501")
    return "The role lacks a privilege: 'whet grants postgresql' prints what is needed.";
  if (code == "57014") return "It was cancelled or ran into its statement_timeout.";
  if (code == "55P03") return "Somebody else holds a lock on it: try again later.";
  if (code == "53100") return "The disk of the server is full: make room first.";
  if (code == "25006") return "Whet's reading sessions are read-only on purpose.";
  return {};
}

}  // namespace

bool may_hold_password(std::string_view url) {
  const std::string lowered = text::lower(url);
  if (text::contains(lowered, "password")) return true;
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string_view::npos || at == std::string_view::npos) return false;
  return url.substr(scheme + 3, at - scheme - 3).find(':') != std::string_view::npos;
}

Error connect_error(std::string_view target, std::string_view message) {
  Error error;
  error.sqlstate = sqlstate_in(message);
  error.kind = ErrorKind::unreachable;
  error.message = sentence("Could not connect to " + std::string(target) + ": " +
                           readable(message, error.sqlstate));
  for (const auto& advice : connect_advice) {
    if (advice.code != error.sqlstate) continue;
    error.hint = advice.hint;
    // 28000 covers TLS and pg_hba as well; the symptoms below are more to the point.
    if (advice.code != "28000") return error;
  }
  for (const auto& part : malformed) {
    if (!text::contains(message, part)) continue;
    error.kind = ErrorKind::usage;
    error.hint =
        "Write postgresql://user@host:port/database, or keywords such as \"host=db dbname=shop\".";
    return error;
  }
  for (const auto& symptom : symptoms) {
    if (!text::contains(message, symptom.part)) continue;
    error.hint = symptom.hint;
    return error;
  }
  if (error.hint.empty()) error.hint = "Check host, port, database and role in the URL.";
  return error;
}

Error statement_error(const ServerMessage& said, std::string_view sql) {
  Error error;
  error.kind = kind_of(said.sqlstate);
  error.sqlstate = said.sqlstate;
  error.message = "The server refused '" + text::shorten(text::squeeze(sql), shown_statement) +
                  "': " + sentence(said.primary);
  if (error.kind == ErrorKind::unreachable) {
    error.message = "The server ended the connection: " + sentence(said.primary);
    error.hint = "Check that the server runs, then try again.";
    return error;
  }
  // A statement's literals never reach a message: DETAIL may hold row values, so it is left out
  // but for the codes whose detail names objects only.
  if (said.sqlstate == "2BP01" || said.sqlstate == "55006")
    error.message += " " + sentence(said.detail);
  error.hint = said.hint.empty() ? std::string(hint_of(said.sqlstate)) : sentence(said.hint);
  return error;
}

std::string said_by_server(const Error& error) {
  constexpr std::string_view border = "': ";
  const std::size_t at = error.message.rfind(border);
  if (!error.message.starts_with("The server refused '") || at == std::string::npos)
    return error.message;
  return "The server said: " + error.message.substr(at + border.size());
}

}  // namespace whet::engine::postgres
