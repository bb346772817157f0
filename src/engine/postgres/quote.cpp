#include "engine/postgres/quote.h"

#include <algorithm>
#include <array>

namespace whet::engine::postgres {

namespace {

// pg_get_keywords() of 15 and 18, all categories but unreserved. Sorted.
constexpr auto keywords = std::to_array<std::string_view>({"all",
                                                           "analyse",
                                                           "analyze",
                                                           "and",
                                                           "any",
                                                           "array",
                                                           "as",
                                                           "asc",
                                                           "asymmetric",
                                                           "authorization",
                                                           "between",
                                                           "bigint",
                                                           "binary",
                                                           "bit",
                                                           "boolean",
                                                           "both",
                                                           "case",
                                                           "cast",
                                                           "char",
                                                           "character",
                                                           "check",
                                                           "coalesce",
                                                           "collate",
                                                           "collation",
                                                           "column",
                                                           "concurrently",
                                                           "constraint",
                                                           "create",
                                                           "cross",
                                                           "current_catalog",
                                                           "current_date",
                                                           "current_role",
                                                           "current_schema",
                                                           "current_time",
                                                           "current_timestamp",
                                                           "current_user",
                                                           "dec",
                                                           "decimal",
                                                           "default",
                                                           "deferrable",
                                                           "desc",
                                                           "distinct",
                                                           "do",
                                                           "else",
                                                           "end",
                                                           "except",
                                                           "exists",
                                                           "extract",
                                                           "false",
                                                           "fetch",
                                                           "float",
                                                           "for",
                                                           "foreign",
                                                           "freeze",
                                                           "from",
                                                           "full",
                                                           "grant",
                                                           "greatest",
                                                           "group",
                                                           "grouping",
                                                           "having",
                                                           "ilike",
                                                           "in",
                                                           "initially",
                                                           "inner",
                                                           "inout",
                                                           "int",
                                                           "integer",
                                                           "intersect",
                                                           "interval",
                                                           "into",
                                                           "is",
                                                           "isnull",
                                                           "join",
                                                           "json",
                                                           "json_array",
                                                           "json_arrayagg",
                                                           "json_exists",
                                                           "json_object",
                                                           "json_objectagg",
                                                           "json_query",
                                                           "json_scalar",
                                                           "json_serialize",
                                                           "json_table",
                                                           "json_value",
                                                           "lateral",
                                                           "leading",
                                                           "least",
                                                           "left",
                                                           "like",
                                                           "limit",
                                                           "localtime",
                                                           "localtimestamp",
                                                           "merge_action",
                                                           "national",
                                                           "natural",
                                                           "nchar",
                                                           "none",
                                                           "normalize",
                                                           "not",
                                                           "notnull",
                                                           "null",
                                                           "nullif",
                                                           "numeric",
                                                           "offset",
                                                           "on",
                                                           "only",
                                                           "or",
                                                           "order",
                                                           "out",
                                                           "outer",
                                                           "overlaps",
                                                           "overlay",
                                                           "placing",
                                                           "position",
                                                           "precision",
                                                           "primary",
                                                           "real",
                                                           "references",
                                                           "returning",
                                                           "right",
                                                           "row",
                                                           "select",
                                                           "session_user",
                                                           "setof",
                                                           "similar",
                                                           "smallint",
                                                           "some",
                                                           "substring",
                                                           "symmetric",
                                                           "system_user",
                                                           "table",
                                                           "tablesample",
                                                           "then",
                                                           "time",
                                                           "timestamp",
                                                           "to",
                                                           "trailing",
                                                           "treat",
                                                           "trim",
                                                           "true",
                                                           "union",
                                                           "unique",
                                                           "user",
                                                           "using",
                                                           "values",
                                                           "varchar",
                                                           "variadic",
                                                           "verbose",
                                                           "when",
                                                           "where",
                                                           "window",
                                                           "with",
                                                           "xmlattributes",
                                                           "xmlconcat",
                                                           "xmlelement",
                                                           "xmlexists",
                                                           "xmlforest",
                                                           "xmlnamespaces",
                                                           "xmlparse",
                                                           "xmlpi",
                                                           "xmlroot",
                                                           "xmlserialize",
                                                           "xmltable"});
static_assert(std::is_sorted(keywords.begin(), keywords.end()));

bool is_plain(std::string_view name) {
  if (name.empty() || !((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_')) return false;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return plain && !std::binary_search(keywords.begin(), keywords.end(), name);
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

std::string quote_identifier(std::string_view name) {
  return is_plain(name) ? std::string(name) : wrap(name, '"');
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

}  // namespace whet::engine::postgres
