#include "engine/mysql/connection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <mysql.h>

#include "base/text.h"
#include "engine/mysql/connection_state.h"
#include "engine/mysql/errors.h"

namespace whet::engine::mysql {

namespace {

/// Sessions of Whet have it whatever the server's default: strings are in ' or ", \ escapes. Who
/// writes must not lose data silently.
constexpr const char* reading_mode = "NO_ENGINE_SUBSTITUTION";
constexpr const char* writing_mode = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";

/// "10.11.19-MariaDB" is 101119.
std::int64_t version_number(std::string_view text) {
  std::int64_t out = 0, part = 0;
  int parts = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      part = part * 10 + (c - '0');
      continue;
    }
    out = out * 100 + part;
    part = 0;
    if (++parts == 3 || c != '.') break;
  }
  if (parts < 3) out = out * 100 + part;
  return out;
}

std::string whole_seconds(double seconds) {
  return std::to_string(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(seconds))));
}

std::string statement_limit(const Connection::State& state, double seconds) {
  if (state.fork == model::EngineKind::mariadb)
    return "max_statement_time = " + text::number(std::max(0.0, seconds), 6);
  return "max_execution_time = " +
         std::to_string(static_cast<std::int64_t>(std::lround(std::max(0.0, seconds) * 1000)));
}

/// Servers that speak the protocol and are something else.
Status refuse_others(const std::string& target, const std::string& version,
                     const std::string& comment) {
  constexpr std::array<std::string_view, 9> others{"TiDB",      "Vitess",     "SingleStore",
                                                   "MemSQL",    "OceanBase",  "Doris",
                                                   "StarRocks", "ClickHouse", "Dolt"};
  constexpr std::array<std::string_view, 2> proxies{"ProxySQL", "MaxScale"};
  const std::string both = version + " " + comment;
  for (const std::string_view one : others) {
    if (!text::contains(both, one)) continue;
    return Error{ErrorKind::unreachable,
                 target + " is " + std::string(one) + ", which only looks like MySQL.",
                 "Whet works with MySQL and MariaDB servers.", ""};
  }
  for (const std::string_view one : proxies) {
    if (!text::contains(both, one)) continue;
    return Error{ErrorKind::unreachable,
                 target + " is " + std::string(one) + ", a proxy, not the server itself.",
                 "Give the server's own host and port.", ""};
  }
  return {};
}

/// Reads what the server is, and refuses what Whet does not work with.
Status look_around(Connection::State& state) {
  // The + 0 keeps proxies from answering themselves.
  const Rows rows = WHET_TRY(state.run(
      "SELECT CONNECTION_ID() + 0, VERSION(), @@version_comment, CURRENT_USER(), DATABASE()",
      nullptr));
  Row row(rows, 0);
  state.thread_id = row.integer();
  state.version_text = row.text();
  state.version_comment = row.text();
  state.user = row.text();
  state.database = row.text();
  const std::string target = state.place.describe();
  WHET_TRY_VOID(refuse_others(target, state.version_text, state.version_comment));
  const std::string all = text::lower(state.version_text + " " + state.version_comment);
  const bool mariadb = text::contains(all, "mariadb");
  state.fork = mariadb ? model::EngineKind::mariadb : model::EngineKind::mysql;
  state.version = version_number(state.version_text);
  if (state.version < (mariadb ? oldest_mariadb : oldest_mysql)) {
    return Error{ErrorKind::unreachable,
                 target + " runs " + (mariadb ? "MariaDB " : "MySQL ") + state.version_text +
                     ", which is too old.",
                 "Whet works with MySQL 5.7 and MariaDB 10.4 or newer; older ones get no fixes "
                 "any more.",
                 ""};
  }
  // A server tells the same number at login (32 bits of it) and when asked.
  if ((static_cast<std::uint64_t>(state.thread_id) & 0xffffffffU) !=
      (mysql_thread_id(state.link.get()) & 0xffffffffU)) {
    return Error{ErrorKind::unreachable, target + " is a proxy or pooler, not the server itself.",
                 "Give the server's own host and port: the limits that Whet sets for its session "
                 "would reach other clients of a pooler.",
                 ""};
  }
  const Rows mark = WHET_TRY(state.run(server_mark_query, nullptr));
  state.server_mark = mark.text(0, 0);
  return {};
}

Status set_up(Connection::State& state) {
  const ConnectOptions& options = state.options;
  const bool reads = state.access == Access::read;
  const std::string lock = whole_seconds(options.lock_timeout_seconds);
  // wait_timeout: a server may end idle sessions after seconds; Whet waits for its window.
  WHET_TRY(state.run(std::string("SET SESSION sql_mode = '") +
                         (reads ? reading_mode : writing_mode) +
                         "', time_zone = '+00:00', autocommit = 1, wait_timeout = 28800, "
                         "lock_wait_timeout = " +
                         lock + ", innodb_lock_wait_timeout = " + lock + ", " +
                         statement_limit(state, options.statement_timeout_seconds),
                     nullptr));
  if (reads) WHET_TRY(state.run("SET SESSION TRANSACTION READ ONLY", nullptr));
  return {};
}

}  // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const ConnectOptions& options, Access access) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->access = access;
  state->place = WHET_TRY(find_location(options.url));
  state->link = WHET_TRY(connect(state->place, options.connect_timeout_seconds));
  state->statement_timeout = options.statement_timeout_seconds;
  WHET_TRY_VOID(look_around(*state));
  WHET_TRY_VOID(set_up(*state));
  return Connection(std::move(state));
}

Result<Rows> Connection::query(const std::string& sql, const Parameters& parameters,
                               const Progress* progress) {
  if (parameters.empty()) return state_->run(sql, progress);
  return state_->run_prepared(sql, parameters, progress);
}

Status Connection::execute(const std::string& sql, const Progress* progress) {
  WHET_TRY(state_->run(sql, progress));
  return {};
}

Status Connection::stream(const std::string& sql, const Take& take, const Progress* progress) {
  WHET_TRY(state_->run(sql, progress, &take));
  return {};
}

std::string Connection::quote(std::string_view value) const {
  // The session's sql_mode is known and its character set is utf8mb4, whose bytes over 127 are
  // never a quote or a backslash.
  std::string out = "'";
  for (const char c : value) {
    switch (c) {
      case '\0':
        out += "\\0";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\x1a':
        out += "\\Z";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\'':
        out += "''";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

std::string Connection::quote_identifier(std::string_view name) {
  return "`" + text::replace_all(std::string(name), "`", "``") + "`";
}

Status Connection::set_statement_timeout(double seconds) {
  WHET_TRY(state_->run("SET SESSION " + statement_limit(*state_, seconds), nullptr));
  state_->statement_timeout = seconds;
  return {};
}

double Connection::statement_timeout() const { return state_->statement_timeout; }

Status Connection::set_lock_timeout(double seconds) {
  const std::string lock = whole_seconds(seconds);
  WHET_TRY(state_->run(
      "SET SESSION lock_wait_timeout = " + lock + ", innodb_lock_wait_timeout = " + lock, nullptr));
  return {};
}

bool Connection::alive() const { return state_->link != nullptr; }
model::EngineKind Connection::fork() const { return state_->fork; }
std::int64_t Connection::version() const { return state_->version; }
const std::string& Connection::version_text() const { return state_->version_text; }
std::int64_t Connection::thread_id() const { return state_->thread_id; }
const std::string& Connection::database() const { return state_->database; }
const std::string& Connection::user() const { return state_->user; }
const ConnectOptions& Connection::options() const { return state_->options; }
std::string Connection::target() const { return state_->place.describe(); }
const model::CollectionCost& Connection::cost() const { return state_->cost; }

}  // namespace whet::engine::mysql
