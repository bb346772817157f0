// What the text of a statement tells: pages without an order, writes without a condition, counts of
// whole tables, hints that name what is not there.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/query/mysql_text.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using model::Statement;
using model::StatementKind;

double per_call(const Statement& statement, std::int64_t counter) {
  return static_cast<double>(counter) /
         static_cast<double>(std::max<std::int64_t>(statement.total.calls, 1));
}

std::string digest(std::string_view column) {
  return "performance_schema digests, " + std::string(column);
}

/// The table of "SELECT ... FROM t ..." when it is the only one; nullptr when unknown.
const model::Table* only_table(const Facts& facts, const Statement& statement, const Words& words) {
  const auto from = words.find("FROM");
  if (!from) return nullptr;
  std::size_t end = 0;
  const std::string name = words.table_at(*from + 1, end);
  if (words.find("JOIN", end) || words.is(end, ",") || words.is(end + 1, ",")) return nullptr;
  return table_of(facts, statement.database, name);
}

bool is_long(const model::Column& column) {
  for (const std::string_view type :
       {"text", "mediumtext", "longtext", "blob", "mediumblob", "longblob", "json"}) {
    if (column.base_type == type) return true;
  }
  return false;
}

void select_star(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_statements(facts)) {
    if (statement->kind != StatementKind::select) continue;
    const Words words = words_of(facts, statement->database, statement->text);
    if (!words.is(0, "SELECT") || !words.is(1, "*")) continue;
    const model::Table* table = only_table(facts, *statement, words);
    const double rows = per_call(*statement, statement->total.rows);
    if (table == nullptr || rows < 100) continue;
    std::vector<std::string> names;
    for (const model::Column& column : table->columns) {
      if (is_long(column)) names.push_back(column.name);
    }
    if (names.empty()) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "SELECT * fetches the long columns of " + table->name + " for " +
                    rows_text(rows) + " rows at each call";
    finding.detail =
        "Long text and BLOBs lie on pages of their own: each is another read, and all of them "
        "travel "
        "to the application. Name the columns that are used; then an index may hold them all, too.";
    finding.evidence = {
        fact("long columns", text::join(names, ", "), "information_schema.COLUMNS"),
        number("rows returned at each call", rows, digest("SUM_ROWS_SENT / COUNT_STAR"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void write_without_condition(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_statements(facts)) {
    const bool writes =
        statement->kind == StatementKind::update || statement->kind == StatementKind::remove;
    if (!writes || statement->total.calls < 2) continue;
    const Words words = words_of(facts, statement->database, statement->text);
    const bool whole = words.is(0, "UPDATE") || words.is(0, "DELETE");
    if (!whole || words.mentions("WHERE") || words.has("LIMIT") || words.has("JOIN")) continue;
    const double rows = per_call(*statement, statement->total.rows_affected);
    const double examined = per_call(*statement, statement->total.rows_examined);
    if (std::max(rows, examined) < 10000) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = std::string(words.is(0, "UPDATE") ? "An UPDATE" : "A DELETE") +
                    " without a condition reads all " + rows_text(examined) +
                    " rows, again and again";
    finding.detail =
        words.is(0, "UPDATE")
            ? "Every row is locked until the transaction ends, whether it changes or not. A "
              "condition "
              "that leaves out the rows that are right already changes and locks only the others."
            : "Every row is deleted one by one, with undo and binary log for each. TRUNCATE TABLE "
              "(which commits) empties the table at once; dropping a partition does so with a "
              "part.";
    finding.evidence = {
        number("rows changed at each call", rows, digest("SUM_ROWS_AFFECTED / COUNT_STAR")),
        number("rows read at each call", examined, digest("SUM_ROWS_EXAMINED / COUNT_STAR"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void offset_without_order(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& statement : facts.snapshot().workload.statements) {
    if (statement.own || statement.kind != StatementKind::select) continue;
    if (statement.total.calls < 10) continue;
    const Words words = words_of(facts, statement.database, statement.text);
    if (!pages(words) || words.has("ORDER") || words.has("UNION")) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement pages through its result without an order";
    finding.detail =
        "Without ORDER BY the server may return the rows in another order each time, so that pages "
        "repeat some and leave out others. Order by a unique key, and continue behind the last one "
        "that was seen instead of skipping.";
    finding.evidence = {fact("order", "none", digest("DIGEST_TEXT"))};
    about_statement(facts, statement, 1, finding);
    finding.severity = Severity::low;
    out.push_back(std::move(finding));
  }
}

/// Names in a part of a statement: those behind a dot, else those alone. Nothing when a function is
/// called in it.
std::optional<std::set<std::string>> names_between(const Words& words, std::size_t from,
                                                   std::size_t to) {
  static constexpr std::array<std::string_view, 11> keywords{
      "AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "BY", "WITH", "ROLLUP"};
  std::set<std::string> names;
  for (std::size_t i = from; i < to; ++i) {
    const Word& word = words[i];
    const bool letters =
        word.name || (!word.text.empty() && word.text[0] >= 'A' && word.text[0] <= 'Z');
    if (!letters) continue;
    const bool keyword = std::find(keywords.begin(), keywords.end(), word.text) != keywords.end();
    if (!word.name && keyword) continue;
    if (words.is(i + 1, "(")) return std::nullopt;
    if (words.is(i + 1, ".")) continue;
    names.insert(text::lower(word.text));
  }
  return names;
}

void having_for_where(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_statements(facts)) {
    const Words words = words_of(facts, statement->database, statement->text);
    const auto group = words.find("GROUP");
    const auto having = words.find("HAVING", group.value_or(0));
    if (!group || !having) continue;
    std::size_t end = words.size();
    for (const std::string_view next : {"ORDER", "LIMIT", "UNION", "WINDOW", "FOR"}) {
      end = std::min(end, words.find(next, *having).value_or(end));
    }
    const auto grouped = names_between(words, *group + 1, *having);
    const auto asked = names_between(words, *having + 1, end);
    const double examined = per_call(*statement, statement->total.rows_examined);
    if (!grouped || !asked || asked->empty() || examined < 10000) continue;
    if (!std::includes(grouped->begin(), grouped->end(), asked->begin(), asked->end())) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "HAVING on a grouped column: " + rows_text(examined) +
                    " rows are grouped before groups are thrown away";
    finding.detail =
        "A condition on a column of GROUP BY means the same in WHERE, where it leaves rows out "
        "before "
        "they are grouped and can use an index.";
    finding.evidence = {
        fact("columns in HAVING",
             text::join(std::vector<std::string>(asked->begin(), asked->end()), ", "),
             digest("DIGEST_TEXT")),
        number("rows read at each call", examined, digest("SUM_ROWS_EXAMINED / COUNT_STAR"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

void count_all(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement* statement : costly_statements(facts)) {
    const Words words = words_of(facts, statement->database, statement->text);
    const bool counts = words.is(0, "SELECT") && words.is(1, "COUNT") && words.is(2, "(") &&
                        (words.is(3, "*") || words.is(3, "?")) && words.is(4, ")");
    const bool filtered = words.has("WHERE") || words.has("GROUP") || words.has("JOIN");
    if (!counts || filtered) continue;
    const model::Table* table = only_table(facts, *statement, words);
    const double per_hour = facts.calls_per_hour(*statement);
    if (table == nullptr || table->rows() < 100000 || per_hour < 4) continue;
    if (!table->storage_engine.empty() && table->storage_engine != "InnoDB") continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "All " + rows_text(table->rows()) + " rows of " + table->name +
                    " are counted " + rows_text(per_hour) + " times an hour";
    finding.detail =
        "InnoDB keeps no count: it reads an index from end to end each time. For a number on a "
        "page, "
        "TABLE_ROWS of information_schema is near enough; else keep a counter, or cache the "
        "result.";
    finding.evidence = {count("rows", static_cast<std::int64_t>(table->rows()), "TABLE_ROWS"),
                        number("calls an hour", per_hour, digest("COUNT_STAR"))};
    about_statement(facts, *statement, 1, finding);
    out.push_back(std::move(finding));
  }
}

/// "= NULL" in the text or a sample: in a digest constants are all "?".
bool compares_with_null(const Words& words) {
  const auto clause = words.find("WHERE");
  for (std::size_t i = clause.value_or(words.size()); i + 1 < words.size(); ++i) {
    if (words.is(i, "SET")) return false;
    const bool compares = words.is(i, "=") || words.is(i, "<>") || words.is(i, "!=");
    if (compares && words.is(i + 1, "NULL")) return true;
  }
  return false;
}

void null_comparison(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& statement : facts.snapshot().workload.statements) {
    if (statement.own || statement.total.calls < 2) continue;
    bool found = compares_with_null(words_of(facts, statement.database, statement.text));
    for (const std::string& sample : statement.samples) {
      found = found || compares_with_null(words_of(facts, statement.database, sample));
    }
    // Where rows come back, another condition (an OR) finds them.
    if (!found || statement.total.rows > 0 || statement.total.rows_affected > 0) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement compares with NULL by =, which is never true";
    finding.detail = "Write IS NULL or IS NOT NULL; <=> compares with a value that may be NULL.";
    finding.evidence = {
        count("rows that it ever returned or changed", 0,
              digest("SUM_ROWS_SENT + SUM_ROWS_AFFECTED")),
        fact("comparison", "= NULL", statement.samples.empty() ? "the statement" : "its sample")};
    about_statement(facts, statement, 1, finding);
    finding.severity = Severity::medium;
    out.push_back(std::move(finding));
  }
}

struct Hint {
  std::string kind, table, index;
  bool hidden = false;
};

const model::Index* index_named(const model::Table& table, const std::string& name) {
  for (const model::Index& index : table.indexes) {
    if (text::lower(index.name) == text::lower(name)) return &index;
  }
  return nullptr;
}

/// The first index hint that names an index which the server cannot use.
std::optional<Hint> bad_hint(const Facts& facts, const Statement& statement, const Words& words) {
  const model::Table* table = nullptr;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.is(i, "FROM") || words.is(i, "JOIN") || words.is(i, "UPDATE")) {
      std::size_t end = 0;
      table = table_of(facts, statement.database, words.table_at(i + 1, end));
      continue;
    }
    const bool hint = (words.is(i, "FORCE") || words.is(i, "USE") || words.is(i, "IGNORE")) &&
                      (words.is(i + 1, "INDEX") || words.is(i + 1, "KEY"));
    if (!hint || table == nullptr) continue;
    std::size_t at = i + 2;
    while (at < words.size() && !words.is(at, "(")) ++at;
    for (++at; at < words.size() && !words.is(at, ")"); ++at) {
      if (words.is(at, ",") || words.is(at, "?") || words.is(at, "...")) continue;
      const model::Index* index = index_named(*table, words[at].text);
      const bool hidden = index != nullptr && index->hidden;
      if (index == nullptr || hidden) {
        return Hint{words[i].text + " INDEX", table->name, words[at].text, hidden};
      }
    }
  }
  return std::nullopt;
}

void index_hint(const Facts& facts, std::vector<Finding>& out) {
  for (const Statement& statement : facts.snapshot().workload.statements) {
    if (statement.own || statement.total.calls < 1) continue;
    const Words words = words_of(facts, statement.database, statement.text);
    const auto hint = bad_hint(facts, statement, words);
    if (!hint) continue;
    Finding finding;
    finding.severity = statement.total.errors > 0 ? Severity::high : Severity::medium;
    finding.title = hint->kind + " names " + hint->index + ", which " +
                    (hint->hidden ? "is invisible" : "is not there") + " on " + hint->table;
    finding.detail =
        "Such a statement fails with an error (1176) as soon as it is run. Take the hint out, or "
        "give "
        "the index back.";
    finding.evidence = {
        fact("hint", hint->kind + " (" + hint->index + ")", digest("DIGEST_TEXT")),
        fact("index", hint->hidden ? "invisible" : "absent", "information_schema.STATISTICS"),
        count("calls that failed", statement.total.errors, digest("SUM_ERRORS"))};
    const Severity severity = finding.severity;
    about_statement(facts, statement, 1, finding);
    finding.severity = severity;
    out.push_back(std::move(finding));
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::query,
          .severity = severity,
          .engines = mysql | mariadb,
          .summary = summary,
          .why = why,
          .privileges = "SELECT on performance_schema",
          .guards = guards,
          .source = source};
}

const Register on_star{
    info("query.select_star", Severity::low, "SELECT * fetches long columns of many rows",
         "Long columns are stored apart and cost a read each.",
         "tables without text, BLOB or JSON columns, fewer than 100 rows at each call, joins, "
         "statements that cost little",
         "checks list MY-QRY-001"),
    select_star};
const Register on_write{
    info("query.write_without_condition", Severity::medium,
         "An UPDATE or DELETE without a condition runs again and again",
         "Every row is locked, changed and logged.",
         "a single call, under 10,000 rows at each call, LIMIT, statements that cost little",
         "checks list MY-QRY-002"),
    write_without_condition};
const Register on_order{
    info("query.offset_without_order", Severity::low, "A statement pages without an order",
         "Pages may repeat rows and leave out others.", "fewer than ten calls, UNION",
         "checks list MY-QRY-004"),
    offset_without_order};
const Register on_having{
    info("query.having_for_where", Severity::medium, "HAVING where WHERE would do",
         "Rows are grouped before their groups are thrown away.",
         "conditions on aggregates or on what is not grouped, under 10,000 rows at each call, "
         "statements that cost little",
         "checks list MY-QRY-006"),
    having_for_where};
const Register on_count{
    info("query.count_all", Severity::medium, "All rows of a large table are counted often",
         "InnoDB reads an index from end to end to count.",
         "tables under 100,000 rows or not of InnoDB, fewer than four calls an hour, statements "
         "that "
         "cost little",
         "checks list MY-QRY-009"),
    count_all};
const Register on_null{
    info("query.null_comparison", Severity::medium, "A statement compares with NULL by =",
         "The comparison is never true, so no row is ever found.",
         "statements that return or change rows, a single call; digests hide constants: known from "
         "samples (--with-samples) and from statements whose text keeps NULL",
         "checks list MY-QRY-011"),
    null_comparison};
const Register on_hint{
    info("query.index_hint", Severity::high, "An index hint names an index that cannot be used",
         "The statement fails.", "tables that the snapshot does not hold",
         "checks list MY-QRY-012; server error 1176"),
    index_hint};

}  // namespace
}  // namespace whet::advise
