#include "optimize/hints.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "optimize/hints_mongodb.h"
#include "sql/mysql/tokens.h"

namespace whet::optimize {
namespace {

using model::EngineKind;
using model::PlanNode;
using sql::mysql::TokenKind;

constexpr std::int64_t first_with_index_hints = 80020;
constexpr std::int64_t first_with_hints = 80003;

std::string quoted(std::string_view name) {
  return "`" + text::replace_all(std::string(name), "`", "``") + "`";
}

std::string name_of_table(const PlanNode& node) {
  return node.alias.empty() ? node.relation : node.alias;
}

/// What of a plan the hints are about.
struct Survey {
  std::vector<const PlanNode*> tables;  ///< in join order, each name once
  bool hash_join = false, semijoin = false, materialized = false, dependent = false;
  bool ordered_by_index = false;  ///< a whole index is read for its order
};

void look(const PlanNode& node, Survey& out, std::set<std::string>& seen) {
  const std::string type = text::lower(node.type);
  out.hash_join = out.hash_join || node.join_buffer || text::contains(type, "hash join") ||
                  text::contains(type, "block nested");
  out.semijoin = out.semijoin || text::contains(type, "semijoin");
  out.materialized = out.materialized || text::contains(type, "materialize");
  out.dependent = out.dependent || node.dependent;
  out.ordered_by_index = out.ordered_by_index || node.access == "index";
  if (!node.relation.empty() && seen.insert(name_of_table(node)).second)
    out.tables.push_back(&node);
  for (const PlanNode& child : node.children) look(child, out, seen);
}

class Chooser {
 public:
  Chooser(std::string_view text, const Survey& survey, const model::Server& server)
      : text_(text::lower(text)), survey_(survey), server_(server) {}

  std::vector<Hint> all() && {
    if (server_.engine == EngineKind::mariadb) {
      mariadb();
    } else {
      mysql();
    }
    return std::move(found_);
  }

 private:
  void add(HintForm form, std::string text, std::string aim) {
    found_.push_back({form, std::move(text), std::move(aim)});
  }
  void switches(const std::string& value, const std::string& aim) {
    add(HintForm::prefix, "optimizer_switch='" + value + "'", aim);
  }
  void mysql();
  void indexes(const PlanNode& node);
  void joins();
  void mariadb();

  std::string text_;
  const Survey& survey_;
  const model::Server& server_;
  std::vector<Hint> found_;
};

/// Another index than the chosen one, or none where the whole table might be as fast.
void Chooser::indexes(const PlanNode& node) {
  if (server_.version_number < first_with_index_hints) return;
  const std::string table = quoted(name_of_table(node));
  int others = 0;
  for (const std::string& possible : node.possible_indexes) {
    if (possible == node.index || ++others > 2) continue;
    add(HintForm::comment, "INDEX(" + table + " " + quoted(possible) + ")",
        "reads " + name_of_table(node) + " through " + possible);
  }
  const bool chosen = !node.index.empty() && node.index != "PRIMARY" && node.access != "eq_ref" &&
                      node.access != "const";
  if (chosen) {
    add(HintForm::comment, "NO_INDEX(" + table + " " + quoted(node.index) + ")",
        "reads " + name_of_table(node) + " without " + node.index);
  }
  if (node.access == "index_merge") {
    add(HintForm::comment, "NO_INDEX_MERGE(" + table + ")",
        "uses one index of " + name_of_table(node) + " at a time");
  } else if (others > 0 && (node.access == "ref" || node.access == "range")) {
    add(HintForm::comment, "INDEX_MERGE(" + table + ")",
        "uses several indexes of " + name_of_table(node) + " together");
  }
}

void Chooser::joins() {
  if (survey_.tables.size() < 2) return;
  for (std::size_t i = 1; i < std::min<std::size_t>(survey_.tables.size(), 3); ++i) {
    const std::string table = name_of_table(*survey_.tables[i]);
    add(HintForm::comment, "JOIN_PREFIX(" + quoted(table) + ")", "begins with " + table);
  }
  if (survey_.hash_join)
    add(HintForm::comment, "NO_BNL()", "joins through indexes, without a hash table");
}

void Chooser::mysql() {
  if (survey_.ordered_by_index && text::contains(text_, "limit")) {
    add(HintForm::comment, "SET_VAR(optimizer_switch='prefer_ordering_index=off')",
        "sorts what it finds in place of reading all in order");
  }
  joins();
  for (const PlanNode* node : survey_.tables) indexes(*node);
  if (survey_.semijoin || survey_.materialized)
    add(HintForm::comment, "NO_SEMIJOIN()", "does not turn subqueries into joins");
  if (survey_.dependent)
    add(HintForm::comment, "SUBQUERY(MATERIALIZATION)", "runs the subquery once");
}

void Chooser::mariadb() {
  if (survey_.tables.size() > 1)
    add(HintForm::word, "STRAIGHT_JOIN", "joins the tables in the order in which they stand");
  if (survey_.hash_join)
    add(HintForm::prefix, "join_cache_level=0", "joins through indexes, without a join buffer");
  if (survey_.semijoin || survey_.materialized)
    switches("semijoin=off", "does not turn subqueries into joins");
  for (const PlanNode* node : survey_.tables) {
    if (node->access == "index_merge")
      return switches("index_merge=off", "uses one index of a table at a time");
  }
  add(HintForm::prefix, "optimizer_use_condition_selectivity=1",
      "plans without the selectivity of conditions that have no index");
}

/// Where the first SELECT outside of parentheses ends, npos when there is none.
std::size_t behind_select(std::string_view text, const sql::mysql::Mode& mode) {
  std::size_t at = 0;
  int depth = 0;
  for (const auto& token : sql::mysql::tokens(text, mode)) {
    at += token.text.size();
    if (token.text == "(") ++depth;
    if (token.text == ")") --depth;
    if (depth == 0 && token.kind == TokenKind::word && text::lower(token.text) == "select")
      return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<Hint> hint_candidates(std::string_view text, const model::Plan& plan,
                                  const model::Server& server, std::size_t at_most) {
  const bool mysql =
      server.engine == EngineKind::mysql && server.version_number >= first_with_hints;
  if ((!mysql && server.engine != EngineKind::mariadb) || text::contains(text, "/*+")) return {};
  Survey survey;
  std::set<std::string> seen;
  look(plan.root, survey, seen);
  auto hints = Chooser(text, survey, server).all();
  if (hints.size() > at_most) hints.resize(at_most);
  return hints;
}

std::string with_hint(std::string_view text, const Hint& hint, const model::Server& server) {
  if (hint.form == HintForm::option) return with_option(text, "hint", hint.text);
  if (hint.form == HintForm::prefix)
    return "SET STATEMENT " + hint.text + " FOR " + std::string(text);
  const std::size_t at = behind_select(text, sql::mysql::mode_of(server));
  if (at == std::string_view::npos) return "";
  const std::string added =
      hint.form == HintForm::word ? " " + hint.text : " /*+ " + hint.text + " */";
  return std::string(text.substr(0, at)) + added + std::string(text.substr(at));
}

}  // namespace whet::optimize
