#include "plans/parse.h"

#include <string>

#include "base/text.h"
#include "plans/clean.h"
#include "plans/mongodb/parse.h"
#include "plans/mysql/parse.h"
#include "plans/parse_json.h"
#include "plans/parse_text.h"

namespace whet::plans {
namespace {

bool mentions_json(std::string_view text) {
  for (const std::string_view key : {"\"Plan\"", "\"Node Type\"", "\\\"Node Type\\\""}) {
    if (text::contains(text, key)) return true;
  }
  return false;
}

Error unsupported(std::string_view format) {
  return Error{ErrorKind::invalid, "This plan is in " + std::string(format) + ".",
               "Whet reads text and JSON: use EXPLAIN (FORMAT JSON) or leave FORMAT out.", ""};
}

}  // namespace

Result<model::Plan> parse(std::string_view text) {
  if (text::trim(text).empty()) {
    return Error{ErrorKind::invalid, "There is no plan: the input is empty.",
                 "Give the output of EXPLAIN, as text or FORMAT JSON.", ""};
  }
  if (mongodb::looks_like_plan(text)) return mongodb::parse(text);
  if (mysql::looks_like_plan(text)) return mysql::parse(text);
  if (mentions_json(text)) {
    const std::string document = clean_json(text);
    if (!document.empty()) return parse_json(document);
  }
  if (text::contains(text, "<Node-Type>")) return unsupported("XML");
  if (text::contains(text, "Node Type: \"")) return unsupported("YAML");
  return parse_text(clean_lines(text));
}

}  // namespace whet::plans
