// One connection to a MySQL or MariaDB server: opened with limits, queried with bound parameters,
// waited for in a way that Ctrl-C can end, and charged for what it costs.
//
// libmariadb's types stay in the .cpp files.
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
#include "model/server.h"
#include "model/snapshot.h"

struct st_mysql;  // libmariadb's name. NOLINT(readability-identifier-naming)

namespace whet::engine::mysql {

/// The oldest servers that Whet works with, as Connection::version().
inline constexpr std::int64_t oldest_mysql = 50700;
inline constexpr std::int64_t oldest_mariadb = 100400;

/// The rows of one statement, as the server's text.
class Rows {
 public:
  using Value = std::optional<std::string>;

  Rows() = default;
  Rows(std::vector<std::string> names, std::vector<std::vector<Value>> rows);

  [[nodiscard]] int size() const { return static_cast<int>(rows_.size()); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] int columns() const { return static_cast<int>(names_.size()); }
  /// The position of a column by its name, whatever the case; -1 when there is none. For SHOW
  /// statements, whose columns differ between versions.
  [[nodiscard]] int column(std::string_view name) const;
  [[nodiscard]] bool null(int row, int column) const;
  /// "" for NULL and for what does not exist.
  [[nodiscard]] std::string_view text(int row, int column) const;
  [[nodiscard]] std::string_view text(int row, std::string_view name) const;

  std::int64_t affected = 0;  ///< rows that an INSERT, UPDATE, ... touched
  std::int64_t warnings = 0;  ///< that SHOW WARNINGS would list

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<Value>> rows_;
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
  /// YES, ON, Y, TRUE or 1.
  [[nodiscard]] bool flag();
  /// Values beyond 63 bits are capped.
  [[nodiscard]] std::optional<std::int64_t> maybe_integer();
  [[nodiscard]] std::optional<double> maybe_number();
  void skip() { ++column_; }

 private:
  const Rows& rows_;
  int row_;
  int column_ = 0;
};

/// Bound to the `?` of a statement.
using Parameters = std::vector<std::optional<std::string>>;

enum class Access : std::uint8_t {
  read,   ///< SET SESSION TRANSACTION READ ONLY
  write,  ///< for the executor
};

class Connection {
 public:
  /// Gets one row at a time.
  using Take = std::function<void(const Rows&)>;

  /// Connects and sets up the session: limits, read-only where `access` says so, utf8mb4, UTC, a
  /// known sql_mode, program_name whet. `options.url` is mysql:// or mariadb://, completed by
  /// option files. Refuses servers that are too old and proxies that hide the server.
  static Result<Connection> open(const ConnectOptions& options, Access access);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs one statement; its `?` are bound (as strings, by the prepared protocol) when there are
  /// parameters. ErrorKind::interrupted after Progress::cancelled(), timeout for a time or lock
  /// limit of server or client, refused for what the server refuses (Error::sqlstate has its number
  /// as text), unreachable when the connection is lost.
  [[nodiscard]] Result<Rows> query(const std::string& sql, const Parameters& parameters = {},
                                   const Progress* progress = nullptr);
  [[nodiscard]] Status execute(const std::string& sql, const Progress* progress = nullptr);
  /// Runs a read and hands over its rows one by one, so that its size does not matter here.
  [[nodiscard]] Status stream(const std::string& sql, const Take& take,
                              const Progress* progress = nullptr);

  /// `value` as a literal of this session, quotes included; `name` as an identifier.
  [[nodiscard]] std::string quote(std::string_view value) const;
  [[nodiscard]] static std::string quote_identifier(std::string_view name);

  /// Seconds; 0: no limit. For this session. Statements that the server cannot limit are killed
  /// from a second connection.
  [[nodiscard]] Status set_statement_timeout(double seconds);
  [[nodiscard]] double statement_timeout() const;
  /// For metadata locks and InnoDB's row locks, at least 1.
  [[nodiscard]] Status set_lock_timeout(double seconds);

  /// False after the server went away.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] model::EngineKind fork() const;  ///< mysql or mariadb
  [[nodiscard]] bool mariadb() const { return fork() == model::EngineKind::mariadb; }
  [[nodiscard]] std::int64_t version() const;             ///< 90700, 80043, 101106
  [[nodiscard]] const std::string& version_text() const;  ///< "9.7.0", "10.11.6-MariaDB"
  [[nodiscard]] std::int64_t thread_id() const;           ///< CONNECTION_ID()
  [[nodiscard]] const std::string& database() const;      ///< the default one; empty: none
  [[nodiscard]] const std::string& user() const;          ///< CURRENT_USER(): "whet@%"
  [[nodiscard]] const ConnectOptions& options() const;
  /// "host:port/database"; a socket's path stands for the host.
  [[nodiscard]] std::string target() const;
  [[nodiscard]] const model::CollectionCost& cost() const;

  struct State;  ///< for this folder's own files: connection_state.h

 private:
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Marks a statement as Whet's own in the server's statistics and logs.
inline constexpr std::string_view own_mark = "/*whet*/";

}  // namespace whet::engine::mysql
