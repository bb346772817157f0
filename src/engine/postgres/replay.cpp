#include "engine/postgres/replay.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/text.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/parameter_values.h"
#include "plans/shape.h"
#include "sql/catalog.h"
#include "sql/kind.h"
#include "sql/tokens.h"

namespace whet::engine::postgres {

namespace {

/// A candidate: a complete text with the functions that it calls.
struct Candidate {
  Replayable read;
  std::vector<std::string> functions;
};

void add_candidate(const std::string& id, const std::string& text, bool captured,
                   std::vector<Candidate>& out) {
  const auto what = sql::classify(text);
  if (!what.parsed || !what.pure_read || what.kind != model::StatementKind::select) return;
  out.push_back({{id, text, captured}, what.functions});
}

/// Captured texts of one statement, spread evenly over all that were seen.
void add_captured(const Collected& collected, const std::string& id, int each,
                  std::vector<Candidate>& out) {
  std::vector<const std::string*> seen;
  for (const auto& captured : collected.captured) {
    if (captured.statement_id == id) seen.push_back(&captured.text);
  }
  const auto wanted = std::min(seen.size(), static_cast<std::size_t>(std::max(each, 0)));
  for (std::size_t i = 0; i < wanted; ++i)
    add_candidate(id, *seen[i * seen.size() / wanted], true, out);
}

const model::Statement* statement_of(const Collected& collected, const std::string& id,
                                     const std::string& database) {
  for (const auto& statement : collected.snapshot.workload.statements) {
    if (statement.id == id && statement.database == database && !statement.text.empty())
      return &statement;
  }
  return nullptr;
}

void add_drawn(const model::Statement& statement, const sql::Catalog& catalog,
               ParameterValues& values, int each, std::vector<Candidate>& out) {
  if (!sql::classify(statement.text).pure_read) return;
  if (highest_parameter(statement.text) == 0) {
    add_candidate(statement.id, statement.text, false, out);
    return;
  }
  const std::string text = with_castable_parameters(statement.text);
  const auto uses = sql::parameter_columns(text, catalog);
  if (!uses) return;
  std::set<std::string> made;
  for (int turn = 0; turn < each; ++turn) {
    const auto drawn = values.draw(*uses, turn);
    if (!drawn) return;
    std::string complete = with_values(text, *drawn);
    if (made.insert(complete).second) add_candidate(statement.id, complete, false, out);
  }
}

/// Of these names, those of functions that any of their forms makes volatile.
Result<std::set<std::string>> volatile_functions(Connection& connection,
                                                 const std::vector<Candidate>& candidates) {
  std::set<std::string> names;
  for (const auto& candidate : candidates) {
    for (const auto& function : candidate.functions) {
      const std::size_t dot = function.rfind('.');
      names.insert(dot == std::string::npos ? function : function.substr(dot + 1));
    }
  }
  std::set<std::string> found;
  if (names.empty()) return found;
  std::vector<std::string> quoted;
  for (const auto& name : names)
    quoted.push_back("\"" + text::replace_all(text::replace_all(name, "\\", "\\\\"), "\"", "\\\"") +
                     "\"");
  const auto rows = WHET_TRY(connection.query(
      "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND proname = ANY($1::text[])",
      {"{" + text::join(quoted, ",") + "}"}));
  for (int i = 0; i < rows.size(); ++i) found.emplace(rows.text(i, 0));
  return found;
}

bool calls_any(const Candidate& candidate, const std::set<std::string>& functions) {
  return std::any_of(
      candidate.functions.begin(), candidate.functions.end(), [&](const std::string& function) {
        const std::size_t dot = function.rfind('.');
        return functions.contains(dot == std::string::npos ? function : function.substr(dot + 1));
      });
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

/// The read within its transaction.
Result<Measurement> run(Connection& connection, const Replayable& read, Progress& progress) {
  WHET_TRY_VOID(connection.execute("SET LOCAL search_path TO DEFAULT"));
  WHET_TRY_VOID(connection.execute("SET LOCAL jit TO DEFAULT"));
  Measurement out;
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
  const auto plan = WHET_TRY(generic_plan(connection, read.text, &progress));
  out.plan_shape = plans::shape_text(plan);
  return out;
}

}  // namespace

std::string with_values(std::string_view text, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& token : sql::tokens(text)) {
    const auto number =
        token.kind == sql::TokenKind::param ? text::to_int(token.text.substr(1)).value_or(0) : 0;
    if (number >= 1 && static_cast<std::size_t>(number) <= values.size()) {
      out += values[static_cast<std::size_t>(number) - 1];
    } else {
      out += token.text;
    }
  }
  return out;
}

Result<std::vector<Replayable>> replayable_reads(Connection& connection, const Collected& collected,
                                                 const std::vector<std::string>& statement_ids,
                                                 int each) {
  const sql::Catalog catalog = sql::catalog_of(collected.snapshot);
  ParameterValues values(connection, collected.snapshot);
  std::vector<Candidate> candidates;
  for (const auto& id : statement_ids) {
    const std::size_t before = candidates.size();
    add_captured(collected, id, each, candidates);
    const auto* statement = statement_of(collected, id, connection.database());
    if (candidates.size() == before && statement != nullptr)
      add_drawn(*statement, catalog, values, each, candidates);
  }
  const auto forbidden = WHET_TRY(volatile_functions(connection, candidates));
  std::vector<Replayable> out;
  for (auto& candidate : candidates) {
    if (!calls_any(candidate, forbidden)) out.push_back(std::move(candidate.read));
  }
  return out;
}

void hide_replays(Connection& connection) {
  // Asked in this way, a refusal leaves no error in the server's log.
  (void)connection.query(
      "SELECT set_config('pg_stat_statements.track', 'none', false) FROM pg_roles "
      "WHERE rolname = current_user AND rolsuper");
}

Result<Measurement> measure_read(Connection& connection, const Replayable& read,
                                 double timeout_seconds, Progress& progress) {
  const double usual = connection.statement_timeout();
  WHET_TRY_VOID(connection.set_statement_timeout(timeout_seconds));
  WHET_TRY_VOID(connection.execute("BEGIN READ ONLY"));
  auto measured = run(connection, read, progress);
  if (connection.alive()) {
    WHET_TRY_VOID(connection.execute("ROLLBACK"));
    WHET_TRY_VOID(connection.set_statement_timeout(usual));
  }
  return measured;
}

}  // namespace whet::engine::postgres
