// Queries: WITH, SELECT, UNION and its like, VALUES.
#include <algorithm>

#include "sql/mysql/parser.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

// WITH and all behind it.
Query Parser::query() {
  const Deeper deeper(*this);
  std::vector<Common> common;
  bool recursive = false;
  with(common, recursive);
  Query out = whole_query();
  if (!common.empty()) {
    std::move(out.with.begin(), out.with.end(), std::back_inserter(common));
    out.with = std::move(common);
    out.recursive = out.recursive || recursive;
  }
  return out;
}

void Parser::with(std::vector<Common>& out, bool& recursive) {
  if (!accept_word("with")) return;
  recursive = accept_word("recursive");
  do {
    Common one;
    one.name = name();
    if (is("(")) one.columns = names_in_parentheses();
    expect_word("as");
    expect("(");
    one.query = std::make_shared<const Query>(query());
    expect(")");
    if (accept_word("cycle")) {  // MariaDB
      while (!failed_ && !is_word("restrict") && !at_end()) step();
      step();
    }
    out.push_back(std::move(one));
  } while (!failed_ && accept(","));
}

Query Parser::whole_query() {
  Query first = branch();
  if (!is_any({"union", "except", "intersect", "minus"})) {
    tail(first);
    return first;
  }
  Query out;
  out.branches.push_back(std::move(first));
  while (!failed_ && is_any({"union", "except", "intersect", "minus"})) {
    out.except = out.except || is_word("except") || is_word("minus");
    step();
    skip_words({"all", "distinct", "distinctrow"});
    out.branches.push_back(branch());
  }
  tail(out);
  return out;
}

// One SELECT, VALUES, TABLE, or a query in parentheses.
Query Parser::branch() {
  const Deeper deeper(*this);
  Query out;
  if (is("(")) {
    step();
    out = query();
    expect(")");
    return out;
  }
  if (accept_word("select")) {
    out.select = select();
  } else if (is_any({"values", "value"})) {
    out.select.rows = rows();
  } else if (accept_word("table")) {
    Item all;
    all.expr = make(ExprKind::star, "", {});
    out.select.items.push_back(std::move(all));
    out.select.from.push_back(table());
  } else {
    fail_here();
  }
  return out;
}

// ORDER BY, LIMIT, INTO and locks behind a query, in any order.
void Parser::tail(Query& out) {
  while (!failed_) {
    if (is_word("order") && is_word("by", 1)) {
      step();
      step();
      out.order = keys();
    } else if (is_any({"limit", "offset", "fetch"})) {
      limit(out.limit, out.offset);
    } else if (is_word("into")) {
      into(out.select);
    } else if (is_word("for") || (is_word("lock") && is_word("in", 1))) {
      locks(out.select);
    } else if (is_word("procedure") && is_name(1)) {
      step();
      step();
      skip_parentheses();
    } else {
      break;
    }
  }
}

// LIMIT n, LIMIT skipped, n, LIMIT n OFFSET skipped; MariaDB also OFFSET n ROWS FETCH NEXT m ROWS.
void Parser::limit(Expr& limit, Expr& offset) {
  if (accept_word("limit")) {
    if (accept_word("rows")) {  // MariaDB: LIMIT ROWS EXAMINED n
      step();
      (void)expression();
      return;
    }
    limit = expression();
    if (accept(",")) {
      offset = std::move(limit);
      limit = expression();
    }
    if (is_word("rows") && is_word("examined", 1)) {
      step();
      step();
      (void)expression();
    }
  } else if (accept_word("offset")) {
    offset = expression();
    skip_words({"row", "rows"});
  } else {
    step();
    skip_words({"first", "next"});
    if (!is_any({"row", "rows"})) limit = expression();
    if (!limit.present()) limit = make(ExprKind::literal, "1", {});
    skip_words({"row", "rows", "only", "with", "ties"});
  }
}

std::vector<Key> Parser::keys() {
  std::vector<Key> out;
  do {
    Key one;
    one.expr = expression();
    one.descending = is_word("desc");
    if (is_any({"asc", "desc"})) step();
    out.push_back(std::move(one));
  } while (!failed_ && accept(","));
  return out;
}

std::vector<Item> Parser::items() {
  std::vector<Item> out;
  do {
    Item one;
    one.expr = expression();
    one.alias = alias();
    out.push_back(std::move(one));
  } while (!failed_ && accept(","));
  return out;
}

// Behind SELECT.
Select Parser::select() {
  Select out;
  while (is_any({"all", "distinct", "distinctrow", "high_priority", "straight_join",
                 "sql_small_result", "sql_big_result", "sql_buffer_result", "sql_no_cache",
                 "sql_cache", "sql_calc_found_rows"})) {
    out.distinct = out.distinct || is_any({"distinct", "distinctrow"});
    step();
  }
  out.items = items();
  if (is_word("into")) into(out);
  if (accept_word("from")) {
    if (is_word("dual") && !is(".", 1)) {
      step();
    } else {
      out.from = from_list();
    }
  }
  select_rest(out);
  return out;
}

void Parser::select_rest(Select& out) {
  if (accept_word("where")) out.where = expression();
  if (is_word("group") && is_word("by", 1)) {
    step();
    step();
    out.group = keys();
    if (is_word("with") && is_word("rollup", 1)) {
      step();
      step();
      out.rollup = true;
    }
    for (const Key& key : out.group) {
      const bool several =
          key.expr.kind == ExprKind::call && (key.expr.name == "rollup" || key.expr.name == "cube");
      out.rollup = out.rollup || several;
    }
  }
  if (accept_word("having")) out.having = expression();
  if (is_word("window") && is_name(1) && is_word("as", 2)) {
    step();
    do {
      (void)name();
      expect_word("as");
      window_specification(out.windows);
    } while (!failed_ && accept(","));
  }
  if (accept_word("qualify")) out.having = expression();
}

// VALUES ROW(1, 2), ROW(3, 4), and (1, 2), (3, 4). Rows of nothing but constants say no more than
// the first of them.
std::vector<std::vector<Expr>> Parser::rows() {
  step();
  std::vector<std::vector<Expr>> out;
  do {
    (void)accept_word("row");
    expect("(");
    std::vector<Expr> row;
    if (!is(")")) row = expressions();
    expect(")");
    const bool constant = std::all_of(row.begin(), row.end(), [](const Expr& one) {
      return one.kind == ExprKind::literal || one.kind == ExprKind::null;
    });
    if (out.empty() || !constant) out.push_back(std::move(row));
  } while (!failed_ && accept(","));
  return out;
}

// INTO @a, @b / OUTFILE 'x' ... / DUMPFILE 'x'.
void Parser::into(Select& out) {
  out.into = true;
  step();
  while (!failed_ && !at_end() && !is(")") && !is(";") &&
         !is_any({"from", "for", "lock", "where", "order", "limit", "union"}))
    step();
}

// FOR UPDATE / FOR SHARE [OF t, u] [NOWAIT | SKIP LOCKED | WAIT n], LOCK IN SHARE MODE.
void Parser::locks(Select& out) {
  Lock lock;
  if (accept_word("lock")) {
    step();
    expect_word("share");
    expect_word("mode");
  } else {
    step();
    if (!is_any({"update", "share"})) return fail_here();
    step();
  }
  if (accept_word("of")) {
    do {
      lock.tables.push_back(path().back());
    } while (!failed_ && accept(","));
  }
  if (accept_word("wait")) step();
  skip_words({"nowait", "skip", "locked"});
  out.locks.push_back(std::move(lock));
}

}  // namespace whet::sql::mysql
