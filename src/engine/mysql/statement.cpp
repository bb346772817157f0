// Running one statement: sending it, waiting, fetching, and ending it when it takes too long.
#include <algorithm>
#include <memory>
#include <utility>

#include <mysql.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/connection_state.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/wait.h"

namespace whet::engine::mysql {

namespace {

/// How much longer than its own limit a server may take to end a statement.
constexpr double late_seconds = 1;
/// How long a killed statement may take to end.
constexpr double grace_seconds = 10;
constexpr double kill_connect_seconds = 5;

std::vector<std::string> names_of(const MYSQL_FIELD* fields, unsigned count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (unsigned i = 0; i < count; ++i) names.emplace_back(fields[i].name, fields[i].name_length);
  return names;
}

/// One statement on its way.
class Execution {
 public:
  Execution(Connection::State& state, const std::string& sql, const Progress* progress)
      : state_(state),
        handle_(state.link.get()),
        sql_(sql),
        started_(clock::monotonic()),
        wait_(handle_, progress,
              state.statement_timeout > 0 ? started_ + state.statement_timeout + late_seconds : 0,
              grace_seconds, [&state] { state.kill_statement(); }) {}

  Result<Rows> text(const Connection::Take* take);
  Result<Rows> prepared(const Parameters& parameters);

 private:
  using Values = std::vector<std::vector<Rows::Value>>;

  [[nodiscard]] bool send();
  [[nodiscard]] bool fetch_all(MYSQL_RES* result, const Connection::Take* take);
  [[nodiscard]] bool next_result(bool& more);
  void keep(std::vector<Rows::Value> row, const Connection::Take* take);
  [[nodiscard]] bool prepare(MYSQL_STMT* statement, const Parameters& parameters);
  [[nodiscard]] bool fetch_prepared(MYSQL_STMT* statement);
  Result<Rows> finish(bool fine, unsigned number, const std::string& said);
  void settle();

  Connection::State& state_;
  MYSQL* handle_;
  const std::string& sql_;
  double started_;
  Wait wait_;
  bool gone_ = false;  ///< not even the kill ended it
  std::vector<std::string> names_;
  Values values_;
  std::int64_t affected_ = 0, warnings_ = 0, rows_ = 0, bytes_ = 0;
};

bool Execution::send() {
  const std::string marked = std::string(own_mark) + " " + sql_;
  int failed = 0;
  const int status = mysql_real_query_start(&failed, handle_, marked.data(), marked.size());
  gone_ = !wait_.through(status,
                         [&](int ready) { return mysql_real_query_cont(&failed, handle_, ready); });
  return !gone_ && failed == 0;
}

void Execution::keep(std::vector<Rows::Value> row, const Connection::Take* take) {
  ++rows_;
  for (const Rows::Value& value : row)
    bytes_ += value ? static_cast<std::int64_t>(value->size()) : 0;
  if (take == nullptr) {
    values_.push_back(std::move(row));
    return;
  }
  Values one;
  one.push_back(std::move(row));
  (*take)(Rows(names_, std::move(one)));
}

bool Execution::fetch_all(MYSQL_RES* result, const Connection::Take* take) {
  constexpr int look_every_rows = 1024;
  const unsigned columns = mysql_num_fields(result);
  names_ = names_of(mysql_fetch_fields(result), columns);
  values_.clear();
  for (int n = 1;; ++n) {
    MYSQL_ROW row = nullptr;
    const int status = mysql_fetch_row_start(&row, result);
    gone_ = !wait_.through(status,
                           [&](int ready) { return mysql_fetch_row_cont(&row, result, ready); });
    if (!gone_ && n % look_every_rows == 0) gone_ = !wait_.look();
    if (gone_) return false;
    if (row == nullptr) return mysql_errno(handle_) == 0;
    const unsigned long* lengths = mysql_fetch_lengths(result);
    std::vector<Rows::Value> values(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (row[i] != nullptr) values[i].emplace(row[i], lengths[i]);
    }
    keep(std::move(values), take);
  }
}

bool Execution::next_result(bool& more) {
  more = mysql_more_results(handle_) != 0;
  if (!more) return true;
  int outcome = 0;
  const int status = mysql_next_result_start(&outcome, handle_);
  gone_ = !wait_.through(
      status, [&](int ready) { return mysql_next_result_cont(&outcome, handle_, ready); });
  return !gone_ && outcome <= 0;
}

Result<Rows> Execution::text(const Connection::Take* take) {
  bool fine = send(), more = fine;
  while (fine && more) {
    MYSQL_RES* result = mysql_use_result(handle_);
    if (result != nullptr) {
      fine = fetch_all(result, take);
      // Freeing reads what is left; of a connection that is given up there is nothing to read.
      if (gone_) handle_->status = MYSQL_STATUS_READY;
      mysql_free_result(result);
    } else if (mysql_field_count(handle_) == 0) {
      affected_ = static_cast<std::int64_t>(mysql_affected_rows(handle_));
    } else {
      fine = false;
    }
    if (!gone_) warnings_ = mysql_warning_count(handle_);
    if (fine) fine = next_result(more);
  }
  return finish(fine, fine || gone_ ? 0 : mysql_errno(handle_),
                fine || gone_ ? "" : mysql_error(handle_));
}

bool Execution::prepare(MYSQL_STMT* statement, const Parameters& parameters) {
  const std::string marked = std::string(own_mark) + " " + sql_;
  int failed = 0;
  int status = mysql_stmt_prepare_start(&failed, statement, marked.data(), marked.size());
  gone_ = !wait_.through(
      status, [&](int ready) { return mysql_stmt_prepare_cont(&failed, statement, ready); });
  if (gone_ || failed != 0) return false;
  std::vector<MYSQL_BIND> binds(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    binds[i] = {};
    binds[i].buffer_type = parameters[i] ? MYSQL_TYPE_STRING : MYSQL_TYPE_NULL;
    if (!parameters[i]) continue;
    binds[i].buffer = const_cast<char*>(parameters[i]->data());  // libmariadb only reads it
    binds[i].buffer_length = parameters[i]->size();
  }
  if (mysql_stmt_bind_param(statement, binds.data()) != 0) return false;
  status = mysql_stmt_execute_start(&failed, statement);
  gone_ = !wait_.through(
      status, [&](int ready) { return mysql_stmt_execute_cont(&failed, statement, ready); });
  return !gone_ && failed == 0;
}

bool Execution::fetch_prepared(MYSQL_STMT* statement) {
  int failed = 0;
  const int status = mysql_stmt_store_result_start(&failed, statement);
  gone_ = !wait_.through(
      status, [&](int ready) { return mysql_stmt_store_result_cont(&failed, statement, ready); });
  if (gone_ || failed != 0) return false;
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> meta(
      mysql_stmt_result_metadata(statement), &mysql_free_result);
  if (!meta) return false;
  const unsigned columns = mysql_num_fields(meta.get());
  const MYSQL_FIELD* fields = mysql_fetch_fields(meta.get());
  names_ = names_of(fields, columns);
  constexpr unsigned long room_for_numbers = 128;
  struct Cell {
    std::string buffer;
    unsigned long length = 0;
    my_bool null = 0;
  };
  std::vector<Cell> cells(columns);
  std::vector<MYSQL_BIND> binds(columns);
  for (unsigned i = 0; i < columns; ++i) {
    cells[i].buffer.resize(fields[i].max_length + room_for_numbers);
    binds[i] = {};
    binds[i].buffer_type = MYSQL_TYPE_STRING;
    binds[i].buffer = cells[i].buffer.data();
    binds[i].buffer_length = cells[i].buffer.size();
    binds[i].length = &cells[i].length;
    binds[i].is_null = &cells[i].null;
  }
  if (mysql_stmt_bind_result(statement, binds.data()) != 0) return false;
  while (mysql_stmt_fetch(statement) == 0) {  // from memory
    std::vector<Rows::Value> row(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (cells[i].null == 0)
        row[i] = cells[i].buffer.substr(
            0, std::min<std::size_t>(cells[i].length, cells[i].buffer.size()));
    }
    keep(std::move(row), nullptr);
  }
  return mysql_stmt_errno(statement) == 0;
}

Result<Rows> Execution::prepared(const Parameters& parameters) {
  MYSQL_STMT* statement = mysql_stmt_init(handle_);
  if (statement == nullptr)
    return Error{ErrorKind::internal, "There is no memory for a statement.", "", ""};
  const my_bool on = 1;
  (void)mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &on);
  bool fine = prepare(statement, parameters);
  if (fine && mysql_stmt_field_count(statement) > 0) {
    fine = fetch_prepared(statement);
  } else if (fine) {
    affected_ = static_cast<std::int64_t>(mysql_stmt_affected_rows(statement));
  }
  if (!gone_) warnings_ = mysql_warning_count(handle_);
  const unsigned number = fine || gone_ ? 0 : mysql_stmt_errno(statement);
  const std::string said = fine || gone_ ? "" : mysql_stmt_error(statement);
  if (gone_) state_.link.reset();  // detaches the statement: closing it must not wait
  (void)mysql_stmt_close(statement);
  return finish(fine, number, said);
}

/// A kill that came too late must not hit the next statement.
void Execution::settle() {
  if (!ask(handle_, "DO 0", grace_seconds)) (void)ask(handle_, "DO 0", grace_seconds);
}

Result<Rows> Execution::finish(bool fine, unsigned number, const std::string& said) {
  ++state_.cost.statements;
  state_.cost.server_seconds += clock::monotonic() - started_;
  state_.cost.rows += rows_;
  state_.cost.received_bytes += bytes_;
  const std::string target = state_.place.describe();
  if (gone_ || connection_lost(number)) {
    state_.link.reset();
    if (wait_.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    if (gone_) {
      return Error{ErrorKind::unreachable, target + " does not answer any more.",
                   "Check the network and the server; the statement may still run there.", ""};
    }
    return statement_error(target, number, said, sql_);
  }
  if (wait_.killed()) settle();
  // Who may write wants the truth: a statement that came to its end before the kill was done.
  const bool ended = !fine || state_.access == Access::read;
  if (wait_.cancelled() && ended)
    return Error{ErrorKind::interrupted, "Stopped on request.", "", std::to_string(number)};
  if (wait_.late() && ended) {
    return Error{ErrorKind::timeout,
                 "'" + text::shorten(text::squeeze(sql_), 80) + "' ran longer than " +
                     text::duration(state_.statement_timeout) + " and was stopped.",
                 "", std::to_string(number)};
  }
  if (!fine) return statement_error(target, number, said, sql_);
  Rows rows(std::move(names_), std::move(values_));
  rows.affected = affected_;
  rows.warnings = warnings_;
  return rows;
}

}  // namespace

void Connection::State::kill_statement() const {
  const auto second = connect(place, kill_connect_seconds);
  if (!second) return;
  const auto here = ask(second->get(), server_mark_query, kill_connect_seconds);
  if (here && *here == server_mark)
    (void)ask(second->get(), "KILL QUERY " + std::to_string(thread_id), kill_connect_seconds);
}

Result<Rows> Connection::State::run(const std::string& sql, const Progress* progress,
                                    const Take* take) {
  if (!link) return Error{ErrorKind::unreachable, "The connection is closed.", "", ""};
  return Execution(*this, sql, progress).text(take);
}

Result<Rows> Connection::State::run_prepared(const std::string& sql, const Parameters& parameters,
                                             const Progress* progress) {
  if (!link) return Error{ErrorKind::unreachable, "The connection is closed.", "", ""};
  return Execution(*this, sql, progress).prepared(parameters);
}

}  // namespace whet::engine::mysql
