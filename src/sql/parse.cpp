#include "sql/parse.h"

#include <algorithm>

#include <pg_query.h>

#include "base/text.h"
#include "sql/tokens.h"

namespace whet::sql {

namespace {

struct Freed {
  explicit Freed(const std::string& text) : result(pg_query_parse(text.c_str())) {}
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
  ~Freed() { pg_query_free_parse_result(result); }
  PgQueryParseResult result;
};

// How deep a tree the text may give: operators without a comma, AND or OR between them nest, as
// joins and set operations do. The library's printer of trees recurses without a limit.
std::size_t possible_depth(std::string_view text) {
  struct Level {
    std::size_t operators = 0;  ///< since the last comma, AND or OR
    std::size_t chained = 0;    ///< joins, set operations, NOT
  };
  std::vector<Level> levels(1);
  std::size_t around = 0;  ///< of the levels but the last
  std::size_t deepest = 0;
  for (const Token& token : tokens(text)) {
    Level& here = levels.back();
    const std::string word = token.kind == TokenKind::word ? text::lower(token.text) : "";
    if (token.text == "(" || token.text == "[" || word == "case") {
      around += here.operators + here.chained + 1;
      levels.emplace_back();
    } else if ((token.text == ")" || token.text == "]" || word == "end") && levels.size() > 1) {
      levels.pop_back();
      around -= levels.back().operators + levels.back().chained + 1;
      ++levels.back().operators;
    } else if (token.text == ";") {
      levels.assign(1, {});
      around = 0;
    } else if (token.text == ",") {
      here.operators = 0;
    } else if (!word.empty()) {
      if (word == "and" || word == "or" || word == "when" || word == "then" || word == "else")
        here.operators = 0;
      if (word == "join" || word == "union" || word == "intersect" || word == "except" ||
          word == "not")
        ++here.chained;
      if (word == "collate" || word == "zone") ++here.operators;
    } else if (token.kind == TokenKind::symbol) {
      ++here.operators;
    }
    deepest = std::max(deepest, around + levels.back().operators + levels.back().chained);
  }
  return deepest;
}

}  // namespace

std::string clean(std::string_view text) {
  std::string out = text::valid_utf8(text);
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

Result<json::Document> parse(std::string_view text) {
  // Far deeper than the reader of the tree goes, and harmless to an ordinary stack.
  constexpr std::size_t deepest = 5000;
  if (text.size() > deepest && possible_depth(text) > deepest)
    return Error{ErrorKind::invalid, "The statement is nested too deep to be parsed.",
                 "Split it into smaller statements.", "54001"};
  const Freed parsed(clean(text));
  if (parsed.result.error != nullptr) {
    return Error{
        ErrorKind::invalid,
        "The statement could not be parsed: " + std::string(parsed.result.error->message) + ".",
        "Whet's grammar is PostgreSQL 15's; newer syntax is not understood.", "42601"};
  }
  return json::Document::parse(parsed.result.parse_tree);
}

std::vector<json::View> statements(const json::Document& tree) {
  std::vector<json::View> out;
  for (const json::View raw : tree.root()["stmts"].elements()) {
    if (raw["stmt"].present()) out.push_back(raw["stmt"]);
  }
  return out;
}

std::pair<std::string_view, json::View> node(json::View view) {
  const auto members = view.members();
  if (members.size() != 1) return {"", json::View()};
  return members.front();
}

}  // namespace whet::sql
