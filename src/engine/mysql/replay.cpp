#include "engine/mysql/replay.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/application_session.h"
#include "engine/mysql/parameter_values.h"
#include "plans/mysql/parse.h"
#include "plans/shape.h"
#include "sql/catalog.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/shape.h"
#include "sql/mysql/tokens.h"

namespace whet::engine::mysql {
namespace {

/// Digests have blanks between a function's name and its parenthesis, which the server then does
/// not know for one.
std::string without_blanks_before_calls(std::string_view text, const sql::mysql::Mode& mode) {
  using sql::mysql::TokenKind;
  const auto tokens = sql::mysql::tokens(text, mode);
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool blank = tokens[i].kind == TokenKind::space && text::trim(tokens[i].text).empty();
    const bool before_call = i > 0 && tokens[i - 1].kind == TokenKind::word &&
                             i + 1 < tokens.size() && tokens[i + 1].text == "(";
    if (!(blank && before_call)) out += tokens[i].text;
  }
  return out;
}

class Candidates {
 public:
  Candidates(Connection& connection, const Collected& collected)
      : collected_(collected),
        catalog_(sql::catalog_of(collected.snapshot)),
        values_(connection, collected.snapshot) {}

  void add(const std::string& id, int each);
  [[nodiscard]] std::vector<Replayable> take() && { return std::move(found_); }

 private:
  void add_text(const model::Statement& statement, const std::string& text, bool captured);
  void add_captured(const model::Statement& statement, int each);
  void add_drawn(const model::Statement& statement, int each);
  [[nodiscard]] sql::mysql::Mode mode_of(const model::Statement& statement) const {
    return sql::mysql::mode_of(collected_.snapshot.server, statement.database);
  }

  const Collected& collected_;
  sql::Catalog catalog_;
  ParameterValues values_;
  std::vector<Replayable> found_;
};

void Candidates::add_text(const model::Statement& statement, const std::string& text,
                          bool captured) {
  const auto what = sql::mysql::classify(text, mode_of(statement));
  if (!what.pure_read || !what.obstacle.empty() || what.kind != model::StatementKind::select)
    return;
  Replayable one;
  one.statement_id = statement.id;
  one.text = text;
  one.captured = captured;
  one.database = statement.database;
  found_.push_back(std::move(one));
}

/// Captured texts of one statement, spread evenly over all that were seen.
void Candidates::add_captured(const model::Statement& statement, int each) {
  std::vector<const std::string*> seen;
  for (const auto& captured : collected_.captured) {
    if (captured.statement_id == statement.id) seen.push_back(&captured.text);
  }
  const auto wanted = std::min(seen.size(), static_cast<std::size_t>(std::max(each, 0)));
  for (std::size_t i = 0; i < wanted; ++i)
    add_text(statement, *seen[i * seen.size() / wanted], true);
}

void Candidates::add_drawn(const model::Statement& statement, int each) {
  const sql::mysql::Mode mode = mode_of(statement);
  const auto what = sql::mysql::classify(statement.text, mode);
  if (!what.pure_read || !what.obstacle.empty() || sql::mysql::truncated(statement.text, mode))
    return;
  const auto uses = sql::mysql::parameter_columns(statement.text, catalog_, mode);
  if (!uses) return;
  if (uses->empty())
    return add_text(statement, without_blanks_before_calls(statement.text, mode), false);
  std::set<std::string> made;
  for (int turn = 0; turn < each; ++turn) {
    const auto drawn = values_.draw(*uses, turn);
    if (!drawn) return;
    std::string complete =
        without_blanks_before_calls(sql::mysql::with_values(statement.text, *drawn, mode), mode);
    if (made.insert(complete).second) add_text(statement, complete, false);
  }
}

void Candidates::add(const std::string& id, int each) {
  for (const auto& statement : collected_.snapshot.workload.statements) {
    if (statement.id != id || statement.text.empty()) continue;
    const std::size_t before = found_.size();
    add_captured(statement, each);
    if (found_.size() == before) add_drawn(statement, each);
    return;
  }
}

/// FNV-1a over a row's values, with their borders.
std::uint64_t row_hash(const Rows& row) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&hash](unsigned char byte) {
    hash ^= byte;
    hash *= 1099511628211ULL;
  };
  for (int column = 0; column < row.columns(); ++column) {
    for (const char c : row.text(0, column)) mix(static_cast<unsigned char>(c));
    mix(row.null(0, column) ? 1 : 2);
  }
  return hash;
}

/// Rows that this session asked the storage engine for so far; the question itself counts, too.
Result<std::int64_t> rows_asked_for(Connection& connection) {
  const Rows rows = WHET_TRY(connection.query("SHOW SESSION STATUS LIKE 'Handler\\_read\\_%'"));
  std::int64_t sum = 0;
  for (int i = 0; i < rows.size(); ++i) sum += text::to_int(rows.text(i, 1)).value_or(0);
  return sum;
}

/// The read within its transaction.
Result<Measurement> run(Connection& connection, const Replayable& read, Progress& progress) {
  Measurement out;
  const std::int64_t first = WHET_TRY(rows_asked_for(connection));
  const std::int64_t before = WHET_TRY(rows_asked_for(connection));
  // Sums do not mind the order of the rows.
  std::uint64_t sum = 0;
  const double started = clock::monotonic();
  WHET_TRY_VOID(connection.stream(
      read.text,
      [&](const Rows& row) {
        ++out.rows;
        sum += row_hash(row);
      },
      &progress));
  out.elapsed_ms = (clock::monotonic() - started) * 1000;
  out.result_digest = text::hash_hex(std::to_string(out.rows) + "/" + std::to_string(sum));
  const std::int64_t after = WHET_TRY(rows_asked_for(connection));
  out.shared_blocks = std::max<std::int64_t>(0, (after - before) - (before - first));
  // A text that EXPLAIN does not take (SET STATEMENT ... FOR) has no shape.
  const auto explained = connection.query("EXPLAIN FORMAT=JSON " + read.text, {}, &progress);
  if (!explained && explained.error().kind != ErrorKind::refused) return explained.error();
  const auto plan = explained ? plans::mysql::parse(explained->text(0, 0))
                              : Result<model::Plan>(explained.error());
  if (plan) out.plan_shape = plans::shape_text(*plan);
  return out;
}

/// The session as the read wants it.
Status set_up(Connection& connection, ApplicationSession& session, const Replayable& read) {
  WHET_TRY_VOID(session.enter(read.database));
  if (read.with_hidden) {
    WHET_TRY_VOID(connection.execute("SET SESSION optimizer_switch = 'use_invisible_indexes=on'"));
  }
  return connection.execute("START TRANSACTION READ ONLY");
}

}  // namespace

Result<std::vector<Replayable>> replayable_reads(Connection& connection, const Collected& collected,
                                                 const std::vector<std::string>& statement_ids,
                                                 int each) {
  Candidates candidates(connection, collected);
  for (const std::string& id : statement_ids) candidates.add(id, each);
  if (!connection.alive()) {
    return Error{ErrorKind::unreachable, "The connection to " + connection.target() + " broke.",
                 "Check that the server runs, then try again.", ""};
  }
  return std::move(candidates).take();
}

void hide_replays(Connection& connection) {
  // Without the privilege they are counted, and marked as Whet's.
  if (!connection.execute("SET SESSION TRANSACTION READ WRITE")) return;
  static_cast<void>(connection.execute(
      "UPDATE performance_schema.threads SET INSTRUMENTED = 'NO' WHERE PROCESSLIST_ID = " +
      std::to_string(connection.thread_id())));
  static_cast<void>(connection.execute("SET SESSION TRANSACTION READ ONLY"));
}

Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                 double timeout_seconds, Progress& progress) {
  const double usual = connection.statement_timeout();
  WHET_TRY_VOID(connection.set_statement_timeout(timeout_seconds));
  ApplicationSession session(connection);
  const Status ready = set_up(connection, session, read);
  auto measured = ready ? run(connection, read, progress) : Result<Measurement>(ready.error());
  if (connection.alive()) {
    WHET_TRY_VOID(connection.execute("ROLLBACK"));
    WHET_TRY_VOID(connection.set_statement_timeout(usual));
    if (read.with_hidden) {
      WHET_TRY_VOID(
          connection.execute("SET SESSION optimizer_switch = 'use_invisible_indexes=off'"));
    }
  }
  return measured;
}

}  // namespace whet::engine::mysql
