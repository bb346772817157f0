#include "sql/quote.h"

#include <algorithm>
#include <array>

namespace whet::sql {

namespace {

// clang-format off
// pg_get_keywords() of 15 and 18. Reserved, those that may only name functions or types
// among them.
constexpr auto reserved = std::to_array<std::string_view>({
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "binary", "both", "case", "cast", "check", "collate", "collation", "column",
    "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch",
    "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in",
    "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading",
    "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null",
    "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary",
    "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric",
    "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique",
    "user", "using", "variadic", "verbose", "when", "where", "window", "with"});
static_assert(std::is_sorted(reserved.begin(), reserved.end()));

// Not reserved, but no name of a function or type; the server quotes them as well.
constexpr auto column_words = std::to_array<std::string_view>({
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal",
    "exists", "extract", "float", "greatest", "grouping", "inout", "int", "integer", "interval",
    "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg",
    "json_query", "json_scalar", "json_serialize", "json_table", "json_value", "least",
    "merge_action", "national", "nchar", "none", "normalize", "nullif", "numeric", "out",
    "overlay", "position", "precision", "real", "row", "setof", "smallint", "substring", "time",
    "timestamp", "treat", "trim", "values", "varchar", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable"});
static_assert(std::is_sorted(column_words.begin(), column_words.end()));
// clang-format on

bool starts_plain(std::string_view name) {
  return !name.empty() && ((name.front() >= 'a' && name.front() <= 'z') || name.front() == '_');
}

bool has_only_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string wrap(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  out += quote;
  return out;
}

}  // namespace

bool is_reserved(std::string_view word) {
  return std::binary_search(reserved.begin(), reserved.end(), word);
}

bool needs_quotes(std::string_view name) {
  std::string rest(name);
  std::erase(rest, '$');  // allowed after the first character
  return !starts_plain(name) || !has_only_plain(rest) || is_reserved(name);
}

std::string quote_identifier(std::string_view name) {
  // As the server's quote_identifier() does it, so that texts can be compared with what it prints.
  const bool safe = starts_plain(name) && has_only_plain(name) && !is_reserved(name) &&
                    !std::binary_search(column_words.begin(), column_words.end(), name);
  return safe ? std::string(name) : wrap(name, '"');
}

std::string quote_qualified(std::string_view schema, std::string_view name) {
  if (schema.empty()) return quote_identifier(name);
  return quote_identifier(schema) + "." + quote_identifier(name);
}

std::string quote_literal(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return wrap(text, '\'');
  std::string doubled;
  for (const char c : text) {
    doubled += c;
    if (c == '\\') doubled += c;
  }
  return "E" + wrap(doubled, '\'');
}

}  // namespace whet::sql
