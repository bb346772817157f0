#include "plans/mysql/parse.h"

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "plans/mysql/blocks.h"
#include "plans/mysql/json2.h"
#include "plans/mysql/tree.h"

namespace whet::plans::mysql {
namespace {

bool mentions_json(std::string_view text) {
  return text::contains(text, "\"query_block\"") || text::contains(text, "\"query_plan\"");
}

/// Clients print line breaks as "\n" when they do not print the raw text.
std::string unescaped(std::string_view text) {
  if (!text::contains(text, "\\n")) return std::string(text);
  const bool json = text::contains(text, "{\\n") || text::contains(text, "\\n  \\\"");
  const bool tree = text::contains(text, "\\n    -> ") || text::contains(text, "\\n-> ");
  if (!json && !tree) return std::string(text);
  std::string out = text::replace_all(std::string(text), "\\n", "\n");
  return json ? text::replace_all(std::move(out), "\\\"", "\"") : out;
}

/// From the first bracket that opens an object on.
std::string_view document_in(std::string_view text) {
  const auto from = text.find('{');
  const auto to = text.rfind('}');
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return "";
  return text.substr(from, to - from + 1);
}

}  // namespace

bool looks_like_plan(std::string_view text) {
  if (mentions_json(text) || text::contains(text, "\\\"query_block\\\"")) return true;
  // PostgreSQL's arrows have two blanks behind them.
  return !text::contains(text, "->  ") && looks_like_tree(unescaped(text));
}

Result<model::Plan> parse(std::string_view given) {
  const std::string text = unescaped(given);
  if (!mentions_json(text)) return parse_tree(text);
  const auto document = json::Document::parse(document_in(text));
  if (!document.ok()) {
    return Error{
        ErrorKind::invalid,
        "This looks like a plan of MySQL in JSON, but it is damaged or cut off: " +
            document.error().message,
        "Give the whole output of EXPLAIN FORMAT=JSON (the client's --raw keeps it whole).", ""};
  }
  const json::View root = document->root();
  if (root["query_plan"].present()) return parse_version_2(root);
  if (root["query_block"].is_object()) return parse_blocks(root);
  return Error{ErrorKind::invalid, "This is JSON, but there is no plan of MySQL in it.",
               "Give the output of EXPLAIN FORMAT=JSON: an object with a member \"query_block\" or "
               "\"query_plan\".",
               ""};
}

}  // namespace whet::plans::mysql
