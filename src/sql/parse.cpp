#include "sql/parse.h"

#include <algorithm>

#include <pg_query.h>

#include "base/text.h"

namespace whet::sql {

namespace {

struct Freed {
  explicit Freed(const std::string& text) : result(pg_query_parse(text.c_str())) {}
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
  ~Freed() { pg_query_free_parse_result(result); }
  PgQueryParseResult result;
};

}  // namespace

std::string clean(std::string_view text) {
  std::string out = text::valid_utf8(text);
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

Result<json::Document> parse(std::string_view text) {
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
