#include <pg_query.h>

#include "base/text.h"
#include "sql/kind.h"
#include "sql/parse.h"
#include "sql/tokens.h"

namespace whet::sql {

namespace {

void add(std::vector<std::string>& out, std::string_view piece) {
  const std::string_view trimmed = text::trim(piece);
  if (!trimmed.empty()) out.emplace_back(trimmed);
}

std::vector<std::string> at_semicolons(const std::string& text) {
  std::vector<std::string> out;
  std::string current;
  for (const Token& token : tokens(text)) {
    if (token.kind == TokenKind::symbol && token.text == ";") {
      add(out, current);
      current.clear();
    } else {
      current += token.text;
    }
  }
  add(out, current);
  return out;
}

}  // namespace

std::vector<std::string> split(std::string_view text) {
  const std::string cleaned = clean(text);
  const PgQuerySplitResult result = pg_query_split_with_parser(cleaned.c_str());
  std::vector<std::string> out;
  const bool understood = result.error == nullptr;
  for (int i = 0; understood && i < result.n_stmts; ++i) {
    const PgQuerySplitStmt& statement = *result.stmts[i];
    add(out, std::string_view(cleaned).substr(static_cast<std::size_t>(statement.stmt_location),
                                              static_cast<std::size_t>(statement.stmt_len)));
  }
  pg_query_free_split_result(result);
  return understood ? out : at_semicolons(cleaned);
}

}  // namespace whet::sql
