#include "engine/postgres/connection.h"

#include <array>
#include <cmath>

#include <libpq-fe.h>
#include <poll.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/postgres/errors.h"

namespace whet::engine::postgres {

namespace {

/// How often a wait looks whether the user wants to stop, in milliseconds.
constexpr int look_every_ms = 100;
/// How much longer than its own timeout a server may take to answer before it counts as gone.
constexpr double grace_seconds = 10;

std::string field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value == nullptr ? std::string() : std::string(value);
}

/// Waits until the socket is ready or 100 ms went by.
void wait_for_socket(PGconn* connection, bool writing) {
  pollfd descriptor{PQsocket(connection), static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN),
                    0};
  (void)::poll(&descriptor, 1, look_every_ms);
}

std::string milliseconds(double seconds) {
  return std::to_string(static_cast<std::int64_t>(std::lround(seconds * 1000)));
}

std::string describe_target(PGconn* connection) {
  const auto part = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  std::string host = part(PQhost(connection));
  if (host.empty()) host = "localhost";
  const std::string port = part(PQport(connection));
  return host + ":" + (port.empty() ? "5432" : port) + "/" + part(PQdb(connection));
}

Error bad_url(const std::string& url, const char* message) {
  Error error{ErrorKind::usage, "The connection string cannot be understood.", "", ""};
  // libpq quotes the part that it dislikes, which may be a password.
  if (message != nullptr && !may_hold_password(url))
    error.message =
        "The connection string cannot be understood: " + std::string(text::trim(message)) + ".";
  error.hint =
      "Give postgresql://user@host:port/database or keywords such as 'host=... dbname=...'; "
      "special characters in a password must be percent-encoded.";
  return error;
}

}  // namespace

Rows::Rows(pg_result* owned) : result_(owned), rows_(PQntuples(owned)), columns_(PQnfields(owned)) {
  for (int row = 0; row < rows_; ++row) {
    for (int column = 0; column < columns_; ++column) bytes_ += PQgetlength(owned, row, column);
  }
}

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

bool Rows::null(int row, int column) const {
  if (row >= rows_ || column >= columns_) return true;
  return PQgetisnull(result_.get(), row, column) == 1;
}

std::string_view Rows::text(int row, int column) const {
  if (null(row, column)) return {};
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Rows::affected() const {
  return result_ ? text::to_int(PQcmdTuples(result_.get())).value_or(0) : 0;
}

Connection::Connection(Handle handle) : handle_(std::move(handle)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

Result<Connection::Handle> Connection::connect(const ConnectOptions& options) {
  char* problem = nullptr;
  // Parsed first, so that a bad string is the user's mistake and not a server out of reach. A bare
  // word is a database's name for libpq.
  if (text::contains(options.url, "=") || text::contains(options.url, "://")) {
    PQconninfoOption* parsed = PQconninfoParse(options.url.c_str(), &problem);
    if (parsed == nullptr) {
      Error error = bad_url(options.url, problem);
      PQfreemem(problem);
      return error;
    }
    PQconninfoFree(parsed);
  }
  const std::array<const char*, 5> names{"application_name", "client_encoding", "dbname",
                                         "fallback_application_name", nullptr};
  const std::array<const char*, 5> values{"whet", "UTF8", options.url.c_str(), "whet", nullptr};
  Handle handle(PQconnectStartParams(names.data(), values.data(), 1));
  if (!handle) return Error{ErrorKind::internal, "Out of memory.", "", ""};
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);  // for the SQLSTATE of a refusal
  const double deadline = clock::monotonic() + options.connect_timeout_seconds;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(handle.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
         state != PGRES_POLLING_FAILED) {
    if (clock::monotonic() > deadline) {
      return connect_error(
          describe_target(handle.get()),
          "timeout: no answer within " + text::duration(options.connect_timeout_seconds));
    }
    wait_for_socket(handle.get(), state == PGRES_POLLING_WRITING);
    state = PQconnectPoll(handle.get());
  }
  if (PQstatus(handle.get()) != CONNECTION_OK)
    return connect_error(describe_target(handle.get()), PQerrorMessage(handle.get()));
  PQsetErrorVerbosity(handle.get(), PQERRORS_DEFAULT);
  return handle;
}

Result<Connection> Connection::open(const ConnectOptions& options, Access access) {
  Connection connection(WHET_TRY(connect(options)));
  // Notices are for psql; a library writes to nobody's terminal.
  PQsetNoticeProcessor(connection.handle_.get(), [](void*, const char*) {}, nullptr);
  connection.statement_timeout_ = options.statement_timeout_seconds;
  WHET_TRY_VOID(connection.look_around());
  WHET_TRY_VOID(connection.set_up(options, access));
  return connection;
}

Status Connection::look_around() {
  // A pooler's greeting carries a process id of its own making.
  const auto rows =
      WHET_TRY(query("SELECT pg_backend_pid(), current_setting('server_version_num'), "
                     "current_setting('server_version'), current_database()"));
  Row row(rows, 0);
  backend_pid_ = static_cast<int>(row.integer());
  version_ = row.integer();
  const std::string shown = row.text();
  database_ = row.text();
  if (version_ < oldest_version) {
    return Error{ErrorKind::unreachable,
                 target() + " is PostgreSQL " + shown + "; Whet works with 13 and later.",
                 "Upgrade the server: versions before 13 get no fixes any more.", ""};
  }
  if (backend_pid_ != PQbackendPID(handle_.get())) {
    return Error{ErrorKind::unreachable,
                 target() + " is a connection pooler, not the server itself.",
                 "Give the server's own host and port: the limits that Whet sets for its session "
                 "would reach other clients of a pooler.",
                 ""};
  }
  return {};
}

Status Connection::set_up(const ConnectOptions& options, Access access) {
  const std::string read_only = access == Access::read ? "on" : "off";
  // One statement for all: set_config(name, value, for this transaction only).
  const Parameters values{milliseconds(options.statement_timeout_seconds),
                          milliseconds(options.lock_timeout_seconds),
                          milliseconds(options.statement_timeout_seconds * 2 + 60), read_only};
  WHET_TRY(
      query("SELECT set_config('statement_timeout', $1, false), "
            "set_config('lock_timeout', $2, false), "
            "set_config('idle_in_transaction_session_timeout', $3, false), "
            "set_config('default_transaction_read_only', $4, false), "
            "set_config('jit', 'off', false), "
            "set_config('search_path', 'pg_catalog', false)",
            values));
  return {};
}

namespace {

constexpr double cancel_every_seconds = 0.3;

void ask_to_cancel(PGconn* connection) {
  std::array<char, 256> problem{};
  PGcancel* cancel = PQgetCancel(connection);
  (void)PQcancel(cancel, problem.data(), problem.size());
  PQfreeCancel(cancel);
}

}  // namespace

Status Connection::wait(const Progress* progress, double deadline) {
  PGconn* connection = handle_.get();
  bool cancelled = false, late = false;
  double ask_again = 0;
  while (true) {
    const int unsent = PQflush(connection);
    if (unsent < 0 || PQconsumeInput(connection) == 0) break;  // lost: the caller sees it
    if (unsent == 0 && PQisBusy(connection) == 0) break;
    const bool stop = progress != nullptr && progress->cancelled();
    late = deadline > 0 && clock::monotonic() > deadline;
    if ((stop || late) && !cancelled) {
      cancelled = true;
      deadline = clock::monotonic() + grace_seconds;
    } else if (late) {
      return Error{ErrorKind::unreachable, target() + " does not answer any more.",
                   "Check the network and the server; nothing was changed by this statement.", ""};
    }
    // A request that comes before the server has begun the statement is forgotten: so again and
    // again.
    if (cancelled && clock::monotonic() >= ask_again) {
      ask_to_cancel(connection);
      ask_again = clock::monotonic() + cancel_every_seconds;
    }
    wait_for_socket(connection, unsent > 0);
  }
  if (cancelled && progress != nullptr && progress->cancelled())
    return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
  return {};
}

Error Connection::lost(const std::string& sql) const {
  return {ErrorKind::unreachable,
          "The connection to " + target() + " broke during '" +
              text::shorten(text::squeeze(sql), 80) +
              "': " + text::squeeze(PQerrorMessage(handle_.get())),
          "Check that the server runs, then try again.", ""};
}

Result<Rows> Connection::finish(bool sent, const std::string& sql, const Progress* progress,
                                const Take* take) {
  if (!sent) return lost(sql);
  const double started = clock::monotonic();
  const double deadline = statement_timeout_ > 0 ? started + statement_timeout_ + grace_seconds : 0;
  Rows last;
  std::optional<Error> failed;
  while (true) {
    Status waited = wait(progress, deadline);
    if (!waited && !failed) failed = std::move(waited).error();
    if (failed && failed->kind == ErrorKind::unreachable) {
      handle_.reset();  // whatever still comes belongs to nobody
      return *std::move(failed);
    }
    PGresult* result = PQgetResult(handle_.get());
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_SINGLE_TUPLE && take != nullptr) {
      const Rows one(result);
      ++cost_.rows;
      cost_.received_bytes += one.bytes();
      (*take)(one);
      continue;
    }
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
      last = Rows(result);
      continue;
    }
    if (!failed) {
      failed = statement_error(
          {field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY),
           field(result, PG_DIAG_MESSAGE_DETAIL), field(result, PG_DIAG_MESSAGE_HINT)},
          sql);
    }
    PQclear(result);
    if (status != PGRES_FATAL_ERROR) break;  // COPY: nobody here speaks it
  }
  ++cost_.statements;
  cost_.server_seconds += clock::monotonic() - started;
  cost_.rows += last.size();
  cost_.received_bytes += last.bytes();
  if (PQstatus(handle_.get()) == CONNECTION_BAD) return lost(sql);
  if (failed) return *std::move(failed);
  return last;
}

Result<Rows> Connection::query(const std::string& sql, const Parameters& parameters,
                               const Progress* progress) {
  if (!alive()) return Error{ErrorKind::unreachable, "The connection is closed.", "", ""};
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters)
    values.push_back(parameter ? parameter->c_str() : nullptr);
  const bool sent =
      PQsendQueryParams(handle_.get(), with_mark(sql).c_str(), static_cast<int>(values.size()),
                        nullptr, values.data(), nullptr, nullptr, 0) == 1;
  return finish(sent, sql, progress);
}

Status Connection::stream(const std::string& sql, const Take& take, const Progress* progress) {
  if (!alive()) return Error{ErrorKind::unreachable, "The connection is closed.", "", ""};
  const bool sent = PQsendQueryParams(handle_.get(), with_mark(sql).c_str(), 0, nullptr, nullptr,
                                      nullptr, nullptr, 0) == 1 &&
                    PQsetSingleRowMode(handle_.get()) == 1;
  WHET_TRY(finish(sent, sql, progress, &take));
  return {};
}

Status Connection::execute(const std::string& sql, const Progress* progress) {
  WHET_TRY(query(sql, {}, progress));
  return {};
}

Result<Rows> Connection::query_simple(const std::string& sql, const Progress* progress) {
  if (!alive()) return Error{ErrorKind::unreachable, "The connection is closed.", "", ""};
  const std::string marked = with_mark(sql);
  const bool prepared = PQsendPrepare(handle_.get(), "", marked.c_str(), 0, nullptr) == 1;
  WHET_TRY(finish(prepared, sql, progress));
  const bool sent = PQsendQuery(handle_.get(), marked.c_str()) == 1;
  return finish(sent, sql, progress);
}

Status Connection::set_statement_timeout(double seconds) {
  WHET_TRY(query("SELECT set_config('statement_timeout', $1, false)", {milliseconds(seconds)}));
  statement_timeout_ = seconds;
  return {};
}

Status Connection::set_lock_timeout(double seconds) {
  WHET_TRY(query("SELECT set_config('lock_timeout', $1, false)", {milliseconds(seconds)}));
  return {};
}

bool Connection::alive() const {
  return handle_ != nullptr && PQstatus(handle_.get()) == CONNECTION_OK;
}

std::string Connection::target() const { return describe_target(handle_.get()); }

}  // namespace whet::engine::postgres
