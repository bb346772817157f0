// The recursive descent behind parse(). Only for this folder.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/mysql/ast.h"
#include "sql/mysql/tokens.h"

namespace whet::sql::mysql {

/// After the first error it stands at the end of the text, so that every loop ends.
class Parser {
 public:
  Parser(std::string_view text, const Mode& mode);

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] bool at_end() const { return at_ >= all_.size(); }

  Statement statement();
  /// Moves behind a semicolon, or to the end; an error when something else is there.
  void next_statement();
  Expr expression();

 private:
  // parser.cpp: tokens
  [[nodiscard]] std::string_view word(std::size_t ahead = 0) const;
  [[nodiscard]] std::string_view text(std::size_t ahead = 0) const;
  [[nodiscard]] TokenKind kind(std::size_t ahead = 0) const;
  [[nodiscard]] bool is(std::string_view symbol, std::size_t ahead = 0) const;
  [[nodiscard]] bool is_word(std::string_view wanted, std::size_t ahead = 0) const;
  [[nodiscard]] bool is_any(std::initializer_list<std::string_view> words,
                            std::size_t ahead = 0) const;
  [[nodiscard]] bool is_name(std::size_t ahead = 0) const;
  [[nodiscard]] bool is_place() const;
  bool accept(std::string_view symbol);
  bool accept_word(std::string_view wanted);
  void skip_words(std::initializer_list<std::string_view> words);
  void expect(std::string_view symbol);
  void expect_word(std::string_view wanted);
  void fail(std::string problem);
  void fail_here();
  void step() { at_ += at_ < all_.size() ? 1 : 0; }
  void skip_parentheses();
  std::string name();
  std::vector<std::string> path();
  std::vector<std::string> names_in_parentheses();
  std::string alias();
  void find_parentheses();
  [[nodiscard]] bool begins_query(std::size_t at) const;
  [[nodiscard]] bool begins_statement_query() const;
  [[nodiscard]] std::size_t closing() const { return match_[at_]; }

  // parse_expression.cpp: operators
  Expr make(ExprKind kind, std::string name, std::vector<Expr> args);
  void measure(Expr& made);
  Expr either();
  Expr exclusive();
  Expr all_of();
  Expr negation();
  Expr comparison();
  Expr compared(Expr left);
  Expr test(Expr left);
  Expr predicate();
  Expr predicate_on(Expr left, bool negated, bool& found);
  Expr membership(Expr left, bool negated);
  Expr arithmetic(int lowest);
  Expr unary();
  Expr postfix();
  std::vector<Expr> expressions();

  // parse_primary.cpp: what operators stand between
  Expr primary();
  Expr literal();
  Expr parameter();
  Expr variable();
  Expr in_parentheses();
  Expr subquery(ExprKind kind);
  Expr keyword(bool& found);
  Expr keyword_value(bool& found);
  Expr case_of();
  Expr interval();
  Expr match();
  Expr cast();
  Expr typed_literal();
  Expr named();
  Expr call(std::string called);
  void arguments(Expr& made);
  void argument_words();
  void window(Expr& made);
  void window_specification(std::vector<Expr>& out);
  std::string type();
  // parse_marker.cpp: <cache>(...) and its like, of resolved text
  Expr marker();
  Expr lookup();
  Expr multiple_equal();

  // parse_query.cpp
  Query query();
  Query branch();
  Query whole_query();
  void with(std::vector<Common>& out, bool& recursive);
  Select select();
  void select_rest(Select& out);
  std::vector<std::vector<Expr>> rows();
  void into(Select& out);
  void locks(Select& out);
  std::vector<Key> keys();
  void tail(Query& out);
  void limit(Expr& limit, Expr& offset);
  std::vector<Item> items();
  // parse_from.cpp
  std::vector<From> from_list();
  From joined();
  From factor();
  From table();
  From derived();
  From json_table();
  void table_rest(From& out);
  bool join_kind(From& out);
  void join_condition(From& out);

  // parse_statement.cpp
  void insert(Statement& out);
  void update(Statement& out);
  void remove(Statement& out);
  void changed_rows(Statement& out);
  std::vector<Assignment> assignments();

  struct Deeper;

  const Mode& mode_;
  std::vector<Token> all_;
  std::vector<std::string> words_;   ///< in lower case; empty for other tokens
  std::vector<std::size_t> match_;   ///< of an opening parenthesis: the closing one
  std::vector<bool> query_;          ///< of an opening parenthesis: a query is in it
  std::vector<std::int64_t> place_;  ///< numbers of parameters
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  std::string problem_;
};

/// Counts how deep the descent is.
struct Parser::Deeper {
  explicit Deeper(Parser& parser) : parser_(parser) {
    constexpr int deepest = 200;
    if (++parser_.depth_ > deepest) parser_.fail("it is nested too deep");
  }
  ~Deeper() { --parser_.depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Parser& parser_;
};

}  // namespace whet::sql::mysql
