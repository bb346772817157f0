#include "plans/mysql/parse.h"

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "plans/mysql/blocks.h"
#include "plans/mysql/json2.h"
#include "plans/mysql/tree.h"
#include "plans/mysql/warnings.h"

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

/// From the first bracket that opens an object to the one that closes it.
std::string_view document_in(std::string_view text) {
  const auto from = text.find('{');
  if (from == std::string_view::npos) return "";
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(from, at + 1 - from);
    }
  }
  return text.substr(from);
}

Result<model::Plan> parse_json(std::string_view text) {
  const auto document = json::Document::parse(text);
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

}  // namespace

bool looks_like_plan(std::string_view text) {
  if (mentions_json(text) || text::contains(text, "\\\"query_block\\\"")) return true;
  // PostgreSQL's arrows have two blanks behind them.
  return !text::contains(text, "->  ") && looks_like_tree(unescaped(text));
}

Result<model::Plan> parse(std::string_view given) {
  const std::string text = unescaped(given);
  if (!mentions_json(text)) {
    model::Plan plan = WHET_TRY(parse_tree(text));
    read_warnings(plan, text);
    return plan;
  }
  const std::string_view document = document_in(text);
  model::Plan plan = WHET_TRY(parse_json(document));
  const auto end = static_cast<std::size_t>(document.data() - text.data()) + document.size();
  read_warnings(plan, std::string_view(text).substr(end));
  return plan;
}

}  // namespace whet::plans::mysql
