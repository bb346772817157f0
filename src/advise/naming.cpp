#include "advise/naming.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::advise {

namespace {

// PostgreSQL manual, appendix C: words reserved in PostgreSQL itself, those that may be function or
// type names included (a table or column of that name needs quotes).
constexpr std::array<std::string_view, 100> reserved{"all",
                                                     "analyse",
                                                     "analyze",
                                                     "and",
                                                     "any",
                                                     "array",
                                                     "as",
                                                     "asc",
                                                     "asymmetric",
                                                     "authorization",
                                                     "binary",
                                                     "both",
                                                     "case",
                                                     "cast",
                                                     "check",
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
                                                     "default",
                                                     "deferrable",
                                                     "desc",
                                                     "distinct",
                                                     "do",
                                                     "else",
                                                     "end",
                                                     "except",
                                                     "false",
                                                     "fetch",
                                                     "for",
                                                     "foreign",
                                                     "freeze",
                                                     "from",
                                                     "full",
                                                     "grant",
                                                     "group",
                                                     "having",
                                                     "ilike",
                                                     "in",
                                                     "initially",
                                                     "inner",
                                                     "intersect",
                                                     "into",
                                                     "is",
                                                     "isnull",
                                                     "join",
                                                     "lateral",
                                                     "leading",
                                                     "left",
                                                     "like",
                                                     "limit",
                                                     "localtime",
                                                     "localtimestamp",
                                                     "natural",
                                                     "not",
                                                     "notnull",
                                                     "null",
                                                     "offset",
                                                     "on",
                                                     "only",
                                                     "or",
                                                     "order",
                                                     "outer",
                                                     "overlaps",
                                                     "placing",
                                                     "primary",
                                                     "references",
                                                     "returning",
                                                     "right",
                                                     "select",
                                                     "session_user",
                                                     "similar",
                                                     "some",
                                                     "symmetric",
                                                     "system_user",
                                                     "table",
                                                     "tablesample",
                                                     "then",
                                                     "to",
                                                     "trailing",
                                                     "true",
                                                     "union",
                                                     "unique",
                                                     "user",
                                                     "using",
                                                     "variadic",
                                                     "verbose",
                                                     "when",
                                                     "where",
                                                     "with"};
static_assert(std::is_sorted(reserved.begin(), reserved.end()));

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

bool reserved_word(std::string_view name) {
  return std::binary_search(reserved.begin(), reserved.end(), name);
}

bool needs_quotes(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (name.empty() || !letter(name.front())) return true;
  const auto plain = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '$'; };
  return !std::all_of(name.begin(), name.end(), plain) || reserved_word(name);
}

std::string sql_name(std::string_view name) {
  return needs_quotes(name) ? in_quotes(name, '"') : std::string(name);
}

std::string sql_name(std::string_view schema, std::string_view name) {
  return schema.empty() ? sql_name(name) : sql_name(schema) + "." + sql_name(name);
}

std::string sql_name(const model::Table& table) { return sql_name(table.schema, table.name); }

std::string literal(std::string_view text) { return in_quotes(text, '\''); }

}  // namespace whet::advise
