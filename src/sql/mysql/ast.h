// The parse tree of a statement of MySQL or MariaDB, as far as its shape needs it. Only for this
// folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace whet::sql::mysql {

struct Query;

enum class ExprKind : std::uint8_t {
  none,
  column,      ///< path: {"db", "t", "c"}, {"t", "c"}, {"c"}
  star,        ///< * or t.*: path without the star
  literal,     ///< `name`: as written
  flag,        ///< TRUE, FALSE
  null,        ///< NULL
  parameter,   ///< name: ? or ...
  variable,    ///< @x, @@x
  call,        ///< name(args); `window`: the expressions of OVER
  unary,       ///< name: -, ~, NOT, BINARY
  binary,      ///< name: an operator
  logic,       ///< name: AND, OR
  between,     ///< args: tested, low, high
  in,          ///< args: tested, then the values; or `query`
  like,        ///< name: LIKE, REGEXP; args: tested, pattern
  is,          ///< name: NULL, TRUE, FALSE, UNKNOWN
  row,         ///< (a, b)
  subquery,    ///< (SELECT ...)
  exists,      ///< EXISTS (SELECT ...)
  quantified,  ///< args[0] name ANY (query); `negated`: ALL
  cast,        ///< args[0] AS name
  collate,     ///< args[0] COLLATE name
  interval,    ///< INTERVAL args[0] name
  match,       ///< MATCH args AGAINST the last of them
  other,       ///< anything else: its parts
};

struct Expr {
  ExprKind kind = ExprKind::none;
  std::string name;
  std::vector<std::string> path;
  std::vector<Expr> args;
  std::vector<Expr> window;
  std::shared_ptr<const Query> query;
  std::int64_t number = 0;  ///< of a parameter, from 1
  std::int32_t height = 1;  ///< of the tree below
  bool negated = false;
  bool distinct = false;
  bool over = false;

  [[nodiscard]] bool present() const { return kind != ExprKind::none; }
};

/// A column of the output.
struct Item {
  Expr expr;
  std::string alias;
};

struct Key {
  Expr expr;
  bool descending = false;
};

enum class FromKind : std::uint8_t { table, derived, join, function };
enum class JoinKind : std::uint8_t { inner, left, right, semi, anti };

struct From {
  FromKind kind = FromKind::table;
  std::string schema, name, alias;
  std::vector<std::string> columns;    ///< of a derived table: their names
  std::shared_ptr<const Query> query;  ///< of a derived table
  bool lateral = false;
  JoinKind join = JoinKind::inner;
  bool natural = false;
  std::vector<From> sides;  ///< of a join: two; of parentheses around a list: more
  Expr on;                  ///< of a join; of a function: what it is called with
  std::vector<std::string> using_columns;
  std::int32_t height = 1;
};

struct Lock {
  std::vector<std::string> tables;  ///< empty: all
};

struct Select {
  bool distinct = false;
  std::vector<Item> items;
  std::vector<From> from;
  Expr where, having;
  std::vector<Key> group;
  bool rollup = false;
  std::vector<Expr> windows;  ///< of named ones
  std::vector<Lock> locks;
  bool into = false;
  std::vector<std::vector<Expr>> rows;  ///< VALUES instead of all above
};

struct Common {
  std::string name;
  std::vector<std::string> columns;
  std::shared_ptr<const Query> query;
};

/// A query with what is around it: one SELECT, or several put together.
struct Query {
  std::vector<Common> with;
  bool recursive = false;
  Select select;
  std::vector<Query> branches;  ///< of a UNION and its like; `select` is empty then
  bool except = false;          ///< one of them is taken away
  std::vector<Key> order;
  Expr limit, offset;
};

struct Assignment {
  Expr column, value;
};

enum class Verb : std::uint8_t { none, select, insert, update, remove };

struct Statement {
  Verb verb = Verb::none;  ///< none: it is not planned
  std::vector<Common> with;
  bool recursive = false;
  std::shared_ptr<const Query> query;  ///< of SELECT, and of INSERT ... SELECT
  From target;                         ///< of INSERT
  std::vector<std::string> columns;    ///< of INSERT
  std::vector<std::vector<Expr>> rows;
  std::vector<From> from;                         ///< of UPDATE and DELETE
  std::vector<std::vector<std::string>> targets;  ///< of a DELETE from several tables
  std::vector<Assignment> set;                    ///< of UPDATE, and of ON DUPLICATE KEY UPDATE
  Expr where;
  std::vector<Key> order;
  Expr limit;
  std::vector<Item> returning;
};

}  // namespace whet::sql::mysql
