// Statements.
#include <algorithm>
#include <array>

#include "sql/mysql/parser.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

// Statements that are not planned.
constexpr auto others = std::to_array<std::string_view>(
    {"alter",  "analyze",  "backup",   "begin",  "binlog",   "cache",     "call",
     "change", "check",    "checksum", "clone",  "commit",   "create",    "deallocate",
     "desc",   "describe", "do",       "drop",   "execute",  "explain",   "flush",
     "grant",  "handler",  "help",     "import", "install",  "kill",      "load",
     "lock",   "optimize", "prepare",  "purge",  "release",  "rename",    "repair",
     "reset",  "resignal", "restart",  "revoke", "rollback", "savepoint", "set",
     "show",   "shutdown", "signal",   "start",  "stop",     "truncate",  "uninstall",
     "unlock", "use",      "xa"});

}  // namespace

bool Parser::begins_statement_query() const {
  return is_any({"select", "with", "values", "table"}) || (is("(") && query_[at_]);
}

Statement Parser::statement() {
  Statement out;
  if (is(";")) return out;
  std::vector<Common> common;
  bool recursive = false;
  if (is_word("with")) with(common, recursive);
  if (begins_statement_query()) {
    out.verb = Verb::select;
    Query all = query();
    if (!common.empty()) {
      all.with = std::move(common);
      all.recursive = recursive;
    }
    out.query = std::make_shared<const Query>(std::move(all));
    return out;
  }
  out.with = std::move(common);
  out.recursive = recursive;
  if (is_any({"insert", "replace"})) {
    insert(out);
  } else if (is_word("update")) {
    update(out);
  } else if (is_word("delete")) {
    remove(out);
  } else if (kind() == TokenKind::word && out.with.empty()) {
    if (std::find(others.begin(), others.end(), word()) == others.end()) fail_here();
    while (!failed_ && !at_end() && !is(";")) step();
  } else {
    fail_here();
  }
  return out;
}

void Parser::next_statement() {
  if (at_end()) return;
  if (!is(";")) fail_here();
  while (accept(";")) {
  }
}

// INSERT and REPLACE.
void Parser::insert(Statement& out) {
  out.verb = Verb::insert;
  step();
  skip_words({"low_priority", "delayed", "high_priority", "ignore", "into"});
  std::vector<std::string> named = path();
  out.target.name = named.back();
  if (named.size() > 1) out.target.schema = named[named.size() - 2];
  out.target.alias = out.target.name;
  if (is_word("partition") && is("(", 1)) {
    step();
    skip_parentheses();
  }
  if (is("(") && !query_[at_]) out.columns = names_in_parentheses();
  const bool list = is_any({"values", "value"});
  if (list) {
    out.rows = rows();
  } else if (accept_word("set")) {
    for (Assignment& one : assignments()) {
      out.columns.push_back(one.column.path.empty() ? "" : one.column.path.back());
      if (out.rows.empty()) out.rows.emplace_back();
      out.rows[0].push_back(std::move(one.value));
    }
  } else {
    out.query = std::make_shared<const Query>(query());
  }
  if (accept_word("as")) {
    out.target.alias = name();
    if (is("(")) (void)names_in_parentheses();
  }
  if (is_word("on") && is_word("duplicate", 1)) {
    for (int i = 0; i < 4; ++i) step();
    out.set = assignments();
  }
  if (accept_word("returning")) out.returning = items();
}

std::vector<Assignment> Parser::assignments() {
  std::vector<Assignment> out;
  do {
    Assignment one;
    one.column = named();
    if (!accept(":=")) expect("=");
    one.value = expression();
    out.push_back(std::move(one));
  } while (!failed_ && accept(","));
  return out;
}

void Parser::update(Statement& out) {
  out.verb = Verb::update;
  step();
  skip_words({"low_priority", "ignore"});
  out.from = from_list();
  expect_word("set");
  out.set = assignments();
  changed_rows(out);
}

// DELETE FROM t ..., DELETE t, u FROM ..., DELETE FROM t, u USING ...
void Parser::remove(Statement& out) {
  out.verb = Verb::remove;
  step();
  skip_words({"low_priority", "quick", "ignore"});
  const bool from_first = accept_word("from");
  const std::size_t start = at_;
  bool several = !from_first;
  do {
    out.targets.push_back(path());
    if (accept(".")) (void)accept("*");
    // Resolved text of MariaDB: DELETE FROM t a USING t a ...
    if (std::string called = alias(); !called.empty()) out.targets.back() = {std::move(called)};
  } while (!failed_ && accept(","));
  several = several || is_word("using");
  if (several) {
    step();  // FROM or USING
    out.from = from_list();
  } else {
    out.targets.clear();
    if (!failed_) at_ = start;
    out.from.push_back(table());
  }
  changed_rows(out);
}

void Parser::changed_rows(Statement& out) {
  if (accept_word("where")) out.where = expression();
  if (is_word("order") && is_word("by", 1)) {
    step();
    step();
    out.order = keys();
  }
  Expr offset;
  if (is_word("limit")) limit(out.limit, offset);
  if (accept_word("returning")) out.returning = items();
}

}  // namespace whet::sql::mysql
