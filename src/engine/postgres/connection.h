// One connection to a PostgreSQL server: opened with limits, queried with bound parameters, waited
// for in a way that Ctrl-C can end, and charged for what it costs.
//
// libpq's types stay in the .cpp files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "engine/engine.h"
#include "model/snapshot.h"

struct pg_conn;
struct pg_result;

namespace whet::engine::postgres {

/// The oldest server that Whet works with, as server_version_num.
inline constexpr std::int64_t oldest_version = 130000;

/// The rows of one statement. Values are the server's text form.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* owned);

  [[nodiscard]] int size() const { return rows_; }
  [[nodiscard]] bool empty() const { return rows_ == 0; }
  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] bool null(int row, int column) const;
  /// "" for NULL and for what does not exist.
  [[nodiscard]] std::string_view text(int row, int column) const;
  /// Rows that an INSERT, UPDATE, ... touched; 0 when the statement does not say.
  [[nodiscard]] std::int64_t affected() const;
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
  int rows_ = 0, columns_ = 0;
  std::int64_t bytes_ = 0;
};

/// Reads one row from left to right, in the order of the statement's columns. NULL reads as the
/// default.
class Row {
 public:
  Row(const Rows& rows, int row) : rows_(rows), row_(row) {}

  [[nodiscard]] std::string text() { return std::string(view()); }
  [[nodiscard]] std::string_view view();
  [[nodiscard]] std::int64_t integer() { return maybe_integer().value_or(0); }
  [[nodiscard]] double number() { return maybe_number().value_or(0); }
  [[nodiscard]] bool flag() { return view() == "t"; }
  [[nodiscard]] std::optional<std::int64_t> maybe_integer();
  [[nodiscard]] std::optional<double> maybe_number();
  /// The elements of a one-dimensional array; NULL elements read as "".
  [[nodiscard]] std::vector<std::string> array();
  void skip() { ++column_; }

 private:
  const Rows& rows_;
  int row_;
  int column_ = 0;
};

/// The elements of an array in the server's text form: {a,"b c",NULL}.
[[nodiscard]] std::vector<std::string> parse_array(std::string_view text);

using Parameters = std::vector<std::optional<std::string>>;

enum class Access : std::uint8_t {
  read,   ///< every transaction is read-only
  write,  ///< for the executor
};

class Connection {
 public:
  /// Gets one row at a time.
  using Take = std::function<void(const Rows&)>;

  /// Connects and sets up the session: limits, read-only where `access` says so, a search_path of
  /// pg_catalog only, UTF-8. `options.url` is anything that libpq takes: URL, keywords, a service
  /// name. Refuses servers older than 13 and connections through a pooler (session settings would
  /// leak to others).
  static Result<Connection> open(const ConnectOptions& options, Access access);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs one statement with $n parameters. ErrorKind::interrupted after Progress::cancelled(),
  /// timeout for the server's timeouts, refused for what the server refuses, unreachable when the
  /// connection is lost.
  [[nodiscard]] Result<Rows> query(const std::string& sql, const Parameters& parameters = {},
                                   const Progress* progress = nullptr);
  [[nodiscard]] Status execute(const std::string& sql, const Progress* progress = nullptr);

  /// Runs a read and hands over its rows one by one, so that its size does not matter here.
  [[nodiscard]] Status stream(const std::string& sql, const Take& take,
                              const Progress* progress = nullptr);

  /// The same by the simple protocol, which EXPLAIN (GENERIC_PLAN) with $n needs. The server first
  /// parses the text without running it, so that more than one statement in it is refused.
  [[nodiscard]] Result<Rows> query_simple(const std::string& sql,
                                          const Progress* progress = nullptr);

  /// Seconds; 0: no limit. For this session.
  [[nodiscard]] Status set_statement_timeout(double seconds);
  [[nodiscard]] double statement_timeout() const { return statement_timeout_; }
  [[nodiscard]] Status set_lock_timeout(double seconds);

  /// False after the server went away.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] std::int64_t version() const { return version_; }  ///< 150018
  [[nodiscard]] int backend_pid() const { return backend_pid_; }
  [[nodiscard]] const std::string& database() const { return database_; }
  /// "host:port/database"; a socket's folder stands for the host.
  [[nodiscard]] std::string target() const;
  [[nodiscard]] const model::CollectionCost& cost() const { return cost_; }

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  using Handle = std::unique_ptr<pg_conn, Close>;

  explicit Connection(Handle handle);
  static Result<Handle> connect(const ConnectOptions& options);
  [[nodiscard]] Status look_around();
  [[nodiscard]] Status set_up(const ConnectOptions& options, Access access);
  [[nodiscard]] Status wait(const Progress* progress, double deadline);
  [[nodiscard]] Result<Rows> finish(bool sent, const std::string& sql, const Progress* progress,
                                    const Take* take = nullptr);
  [[nodiscard]] Error lost(const std::string& sql) const;

  Handle handle_;
  std::int64_t version_ = 0;
  int backend_pid_ = 0;
  std::string database_;
  double statement_timeout_ = 0;
  model::CollectionCost cost_;
};

/// Marks a statement as Whet's own in the server's statistics and logs.
inline constexpr std::string_view own_mark = "/*whet*/";

/// `sql` with own_mark after its first word.
[[nodiscard]] std::string with_mark(std::string_view sql);

}  // namespace whet::engine::postgres
