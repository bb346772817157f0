#include "sql/mysql/kind.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "sql/mysql/tokens.h"
#include "sql/mysql/words.h"

namespace whet::sql::mysql {

namespace {

using model::StatementKind;

constexpr auto kinds = std::to_array<std::pair<std::string_view, StatementKind>>({
    {"select", StatementKind::select},
    {"table", StatementKind::select},
    {"values", StatementKind::select},
    {"insert", StatementKind::insert},
    {"replace", StatementKind::insert},
    {"update", StatementKind::update},
    {"delete", StatementKind::remove},
    {"begin", StatementKind::transaction},
    {"start", StatementKind::transaction},
    {"commit", StatementKind::transaction},
    {"rollback", StatementKind::transaction},
    {"savepoint", StatementKind::transaction},
    {"release", StatementKind::transaction},
    {"xa", StatementKind::transaction},
    {"create", StatementKind::ddl},
    {"alter", StatementKind::ddl},
    {"drop", StatementKind::ddl},
    {"rename", StatementKind::ddl},
    {"truncate", StatementKind::ddl},
    {"grant", StatementKind::ddl},
    {"revoke", StatementKind::ddl},
    {"set", StatementKind::utility},
    {"show", StatementKind::utility},
    {"use", StatementKind::utility},
    {"explain", StatementKind::utility},
    {"describe", StatementKind::utility},
    {"desc", StatementKind::utility},
    {"analyze", StatementKind::utility},
    {"optimize", StatementKind::utility},
    {"check", StatementKind::utility},
    {"checksum", StatementKind::utility},
    {"repair", StatementKind::utility},
    {"flush", StatementKind::utility},
    {"reset", StatementKind::utility},
    {"kill", StatementKind::utility},
    {"lock", StatementKind::utility},
    {"unlock", StatementKind::utility},
    {"call", StatementKind::utility},
    {"do", StatementKind::utility},
    {"load", StatementKind::utility},
    {"handler", StatementKind::utility},
    {"prepare", StatementKind::utility},
    {"execute", StatementKind::utility},
    {"deallocate", StatementKind::utility},
    {"install", StatementKind::utility},
    {"uninstall", StatementKind::utility},
    {"change", StatementKind::utility},
    {"stop", StatementKind::utility},
    {"purge", StatementKind::utility},
    {"cache", StatementKind::utility},
    {"import", StatementKind::utility},
    {"clone", StatementKind::utility},
    {"help", StatementKind::utility},
    {"binlog", StatementKind::utility},
    {"shutdown", StatementKind::utility},
    {"signal", StatementKind::utility},
    {"backup", StatementKind::utility},
    {"restart", StatementKind::utility},
});

// The server's own functions that change something, wait, or hang on what ran before.
constexpr std::array<std::string_view, 22> harmful{"benchmark",
                                                   "found_rows",
                                                   "get_lock",
                                                   "is_free_lock",
                                                   "is_used_lock",
                                                   "last_insert_id",
                                                   "lastval",
                                                   "load_file",
                                                   "master_pos_wait",
                                                   "nextval",
                                                   "rand",
                                                   "random_bytes",
                                                   "release_all_locks",
                                                   "release_lock",
                                                   "row_count",
                                                   "setval",
                                                   "sleep",
                                                   "source_pos_wait",
                                                   "sys_guid",
                                                   "uuid",
                                                   "uuid_short",
                                                   "wait_for_executed_gtid_set"};

class Survey {
 public:
  explicit Survey(const std::vector<Token>& all) : all_(all) {
    words_.reserve(all.size());
    for (const Token& token : all)
      words_.push_back(token.kind == TokenKind::word ? text::lower(token.text) : std::string());
  }

  [[nodiscard]] StatementKind kind(std::size_t from) const {
    while (from < all_.size() && all_[from].text == "(") ++from;
    if (from >= all_.size()) return StatementKind::other;
    // START TRANSACTION, and START REPLICA.
    if (words_[from] == "start")
      return word(from + 1) == "transaction" ? StatementKind::transaction : StatementKind::utility;
    if (words_[from] == "with") return behind_with(from);
    for (const auto& [name, kind] : kinds) {
      if (words_[from] == name) return kind;
    }
    return StatementKind::other;
  }

  void visit(std::size_t from, std::size_t to, Classification& out) {
    for (std::size_t i = from; i < to; ++i) {
      lock_or_target(i, out);
      if (all_[i].kind == TokenKind::variable && !all_[i].text.starts_with("@@"))
        refuse(out, "it uses a variable of the session", word(i - 1 < i ? i - 1 : i) != "into");
      if (all_[i].kind == TokenKind::symbol && all_[i].text == ":=")
        refuse(out, "it sets a variable", false);
      if (i + 1 < to && all_[i + 1].text == "(") called(i, out);
    }
  }

  void finish(Classification& out) const {
    out.functions.assign(functions_.begin(), functions_.end());
  }

 private:
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return i < words_.size() ? std::string_view(words_[i]) : std::string_view();
  }

  // The statement's own verb follows the queries in parentheses.
  [[nodiscard]] StatementKind behind_with(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < all_.size(); ++i) {
      if (all_[i].text == "(") ++depth;
      if (all_[i].text == ")") --depth;
      if (depth > 0) continue;
      if (words_[i] == "update") return StatementKind::update;
      if (words_[i] == "delete") return StatementKind::remove;
      if (words_[i] == "insert" || words_[i] == "replace") return StatementKind::insert;
      if (words_[i] == "select" || words_[i] == "table" || words_[i] == "values")
        return StatementKind::select;
    }
    return StatementKind::select;
  }

  static void refuse(Classification& out, std::string why, bool reads) {
    if (!reads) out.pure_read = false;
    if (out.obstacle.empty()) out.obstacle = std::move(why);
  }

  void lock_or_target(std::size_t i, Classification& out) {
    if (i > 0 && all_[i - 1].text == ".") return;  // a column of that name
    const std::string_view next = word(i + 1);
    if (words_[i] == "for" && (next == "update" || next == "share"))
      refuse(out, "it locks the rows that it reads", false);
    if (words_[i] == "lock" && next == "in") refuse(out, "it locks the rows that it reads", false);
    if (words_[i] == "into") refuse(out, "it writes its result elsewhere", false);
    if (words_[i] == "procedure" && next == "analyse") refuse(out, "it calls a procedure", false);
    if ((next == "value" || next == "values") && word(i + 2) == "for")  // MariaDB's sequences
      refuse(out, "it uses a sequence", word(i) == "previous");
  }

  void called(std::size_t i, Classification& out) {
    const bool quoted = all_[i].kind == TokenKind::quoted;
    if (!quoted && all_[i].kind != TokenKind::word) return;
    std::string name = text::lower(unquoted(all_[i]));
    const bool qualified = i > 1 && all_[i - 1].text == ".";
    if (!qualified && !quoted && is_keyword(name) && !is_harmless_function(name)) return;
    // A table alias with its columns, an index list, a common table's columns.
    const std::string_view before = i > 0 ? word(i - 1) : "";
    if (before == "as" || before == "with" || before == "recursive" || before == "into" ||
        before == "index" || before == "key")
      return;
    if (i > 0 && all_[i - 1].text == ")") return;  // (SELECT 1) v (a)
    if (i + 2 < all_.size() && !qualified && is_column_list(i + 1)) return;
    if (qualified) {
      const std::string schema = text::lower(unquoted(all_[i - 2]));
      name = schema + "." + name;
    }
    const bool known = !qualified && is_harmless_function(name);
    functions_.insert(name);
    if (known) return;
    const bool bad = std::binary_search(harmful.begin(), harmful.end(), name);
    refuse(out, bad ? "it calls " + name : "it calls " + name + ", which may write", true);
  }

  // "r (a, b) as (": a common table behind another.
  [[nodiscard]] bool is_column_list(std::size_t open) const {
    std::size_t i = open + 1;
    while (i < all_.size() && (all_[i].kind == TokenKind::word ||
                               all_[i].kind == TokenKind::quoted || all_[i].text == ","))
      ++i;
    return i + 2 < all_.size() && all_[i].text == ")" && words_[i + 1] == "as" &&
           all_[i + 2].text == "(";
  }

  const std::vector<Token>& all_;
  std::vector<std::string> words_;
  std::set<std::string> functions_;
};

}  // namespace

StatementKind kind_of(std::string_view text, const Mode& mode) {
  const auto all = code_tokens(text, mode);
  return Survey(all).kind(0);
}

Classification classify(std::string_view text, const Mode& mode) {
  Classification out;
  const auto all = code_tokens(text, mode);
  Survey survey(all);
  out.pure_read = true;
  std::size_t from = 0;
  bool first = true;
  for (std::size_t i = 0; i <= all.size(); ++i) {
    if (i < all.size() && all[i].text != ";") continue;
    if (i > from) {
      const StatementKind kind = survey.kind(from);
      if (first) out.kind = kind;
      first = false;
      if (kind != StatementKind::select) {
        out.pure_read = false;
        if (out.obstacle.empty()) out.obstacle = "it is no query";
      }
      survey.visit(from, i, out);
    }
    from = i + 1;
  }
  if (first) out.pure_read = false;
  if (first) out.obstacle = "it is no query";
  survey.finish(out);
  return out;
}

}  // namespace whet::sql::mysql
