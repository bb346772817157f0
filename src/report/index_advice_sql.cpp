// An index advice as a file for psql, mysql or mongosh: to be reviewed, run, and taken back.
#include <algorithm>

#include <fmt/format.h>

#include "advise/naming.h"
#include "base/text.h"
#include "report/index_advice.h"
#include "report/index_advice_words.h"

namespace whet::report {

namespace {

using advise::IndexAdvice;
using advise::NewIndex;
using advise::OldIndex;
using advise::StatementAdvice;
using model::ActionKind;
using model::Change;

/// Statements named in the comment of one index, and how much of each.
constexpr std::size_t statements_at_most = 5;
constexpr std::size_t statement_width = 300;

/// Any text as lines of comment. psql ends a comment at a line feed and at a carriage return, so
/// none of either may be left in a line.
std::string comment(std::string_view text, std::string_view indent = "") {
  std::string lines(text::valid_utf8(text));
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  std::string out;
  for (const std::string& line : text::split(lines, '\n')) {
    const std::string inside = one_line(line);
    out += inside.empty() ? "--\n" : "-- " + std::string(indent) + inside + "\n";
  }
  return out;
}

/// Wrapped prose as comment lines.
std::string prose(std::string_view text) {
  const Style style;
  std::string out;
  for (const std::string& line : text::split(wrap(style, one_line(text), 3), '\n')) {
    if (!line.empty()) out += comment(text::trim(line));
  }
  return out;
}

std::string terminated(std::string_view statement) {
  std::string out(text::trim(statement));
  // After a comment at its end a semicolon would be one more comment.
  const auto last = out.rfind('\n');
  const bool comment_last =
      text::contains(std::string_view(out).substr(last == std::string::npos ? 0 : last), "--");
  if (!out.empty() && !out.ends_with(';')) out += comment_last ? "\n;" : ";";
  return out;
}

/// Run by the file: what works beside reads and writes. The rest is left to a person.
bool runs_online(const Change& change) {
  return change.action.kind == ActionKind::create_index ||
         change.action.kind == ActionKind::drop_index ||
         change.action.kind == ActionKind::hide_index;
}

std::string body(const Change& change) {
  if (change.action.statement.empty())
    return comment("There is no statement for this one: make it by hand.");
  if (runs_online(change)) return terminated(change.action.statement) + "\n";
  return comment("Not run by this file, since it needs a decision of yours:") +
         comment(terminated(change.action.statement), "  ");
}

std::string locks(const Change& change) {
  std::string out;
  if (!change.locks.empty()) out += prose("Locks: " + change.locks);
  for (const std::string& one : change.preconditions) out += prose("Must hold: " + one);
  return out;
}

std::string gaining(const std::vector<const StatementAdvice*>& statements, const Columns& columns) {
  std::string out;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (i == statements_at_most)
      return out + comment(fmt::format("  and {} more", statements.size() - i));
    const StatementAdvice& one = *statements[i];
    out += comment(fmt::format("{} to {} ({}): {}", cost_text(one.before, columns),
                               cost_text(one.after, columns), ratio_text(one.before, one.after),
                               one_line(one.text.empty() ? one.id : one.text, statement_width)),
                   "  ");
  }
  return out;
}

/// Until the table is analysed, the planner knows nothing of an expression.
bool holds_expression(const NewIndex& index) {
  return std::any_of(index.index.parts.begin(), index.index.parts.end(),
                     [](const model::IndexPart& part) { return !part.expression.empty(); });
}

std::string create(const IndexAdvice& advice, const NewIndex& index, const StatementsById& by_id,
                   std::size_t number) {
  std::string out = "\n" + comment(fmt::format("{}. Make {}", number, index_name(index)));
  if (!index.change.reason.empty()) out += prose(index.change.reason);
  out += comment(fmt::format("Size {}; saves {} of the workload's cost (estimated)",
                             text::bytes(index.bytes), share_text(index)));
  for (const auto& [name, value] : index_facts(advice, index)) {
    if (name != "Locks") out += prose(fmt::format("{}: {}", name, value));
  }
  out += locks(index.change);
  const auto statements = by_id.of(index);
  if (!statements.empty())
    out += comment("Statements that use it, " + std::string(cost_words(advice)) + " of one call:") +
           gaining(statements, columns_of(advice));
  out += body(index.change);
  if (!is_modelled(advice) && runs_online(index.change) && !index.change.action.statement.empty() &&
      holds_expression(index)) {
    out += "ANALYZE " + advise::sql_name(index.schema, index.table) + ";\n";
  }
  return out;
}

std::string drop(const OldIndex& index, std::size_t number) {
  std::string out = "\n" + comment(fmt::format("{}. Drop {}", number, index_subject(index)));
  if (index.change.reason != index.evidence) out += prose(index.change.reason);
  const std::string why = drop_reason(index);
  if (!why.empty()) out += prose("Evidence: " + why);
  out += comment("Frees " + text::bytes(index.bytes)) + locks(index.change);
  return out + body(index.change);
}

bool of_mongodb(const IndexAdvice& advice) { return advice.engine == model::EngineKind::mongodb; }

/// Comments of mongosh begin with two slashes.
std::string as_mongosh(const std::string& file) {
  std::string out;
  for (const std::string& line : text::split(file, '\n'))
    out += (line.starts_with("--") ? "//" + line.substr(2) : line) + "\n";
  out.pop_back();
  return out;
}

std::string head(const IndexAdvice& advice) {
  const std::string_view client = of_mongodb(advice)    ? "mongosh URL FILE"
                                  : is_modelled(advice) ? "mysql < FILE"
                                                        : "psql -X -f FILE";
  std::string out =
      comment("Index advice by Whet. Review it, then run it with: " + std::string(client)) +
      comment("") + prose(headline(advice));
  for (const std::string& line : {cost_sentence(advice), disk_sentence(advice),
                                  stopped_sentence(advice), oracle_sentence(advice)}) {
    if (!line.empty()) out += prose(line);
  }
  for (const std::string& note : advice.notes) out += prose(note);
  return out;
}

std::string mysql_preparation() {
  return comment("") +
         prose(
             "The client stops at the first error; what was done until then stays. Reads and "
             "writes go on while an index is built, but for a moment at its begin and its end, for "
             "which it waits 10 seconds at most.") +
         comment("") +
         prose(
             "'whet optimize --apply --only index' does the same with a journal, measures reads "
             "before and after, and takes an index back when it does not help.") +
         "\nSET SESSION lock_wait_timeout = 10;\n";
}

std::string mongodb_preparation() {
  return comment("") +
         prose(
             "Reads and writes go on while an index is built, but for a moment at its begin and "
             "its "
             "end. On a replica set every voting member builds it at the same time. The file stops "
             "at the first error; what was done until then stays.") +
         comment("") +
         prose(
             "'whet optimize --apply --only index' does the same with a journal, watches the lag "
             "of "
             "the members, measures reads before and after, and takes an index back when it does "
             "not help.");
}

std::string preparation(const IndexAdvice& advice) {
  if (of_mongodb(advice)) return mongodb_preparation();
  if (is_modelled(advice)) return mysql_preparation();
  return comment("") +
         prose(
             "CONCURRENTLY lets reads and writes go on, and cannot run in a transaction: do not "
             "use psql's -1 or BEGIN. The file stops at the first error; what was done until "
             "then stays. A build that failed leaves an invalid index behind: drop it, then run "
             "what remains. This lists them:") +
         comment("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;", "  ") +
         prose(
             "'whet optimize --apply --only index' does the same with retries, a journal, and a "
             "measurement that takes back what did not help.") +
         "\n\\set ON_ERROR_STOP on\nSET lock_timeout = '10s';\nSET statement_timeout = 0;\n";
}

std::string way_back(const IndexAdvice& advice) {
  std::vector<const Change*> changes;
  for (const NewIndex& one : advice.create) changes.push_back(&one.change);
  for (const OldIndex& one : advice.drop) {
    if (!one.watch) changes.push_back(&one.change);
  }
  std::string lines;
  std::reverse(changes.begin(), changes.end());
  for (const Change* change : changes) {
    if (runs_online(*change) && !change->action.inverse.empty())
      lines += comment(terminated(change->action.inverse));
  }
  if (lines.empty()) return {};
  return "\n" + comment("The way back, last change first. Remove the signs of comment to run it.") +
         lines;
}

}  // namespace

std::string index_advice_sql(const IndexAdvice& advice) {
  std::string out = head(advice);
  if (advice.create.empty() && to_drop(advice) == 0) {
    out += comment("Nothing to run.");
    return of_mongodb(advice) ? as_mongosh(out) : out;
  }
  out += preparation(advice);
  const StatementsById by_id(advice);
  std::size_t number = 0;
  for (const NewIndex& one : advice.create) out += create(advice, one, by_id, ++number);
  for (const OldIndex& one : advice.drop) {
    if (!one.watch) out += drop(one, ++number);
  }
  out += way_back(advice);
  return of_mongodb(advice) ? as_mongosh(out) : out;
}

}  // namespace whet::report
