// Identifiers and literals as PostgreSQL reads them. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace whet::sql {

/// True for a word that PostgreSQL reserves ("order", "user"), in lower case.
[[nodiscard]] bool is_reserved(std::string_view word);

/// True when SQL must write the name in double quotes: capitals, blanks, a leading digit, a
/// reserved word.
[[nodiscard]] bool needs_quotes(std::string_view name);

/// In double quotes unless it is a plain lower-case name that is no keyword.
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// "schema.name", each part quoted as needed; only the name when the schema is empty.
[[nodiscard]] std::string quote_qualified(std::string_view schema, std::string_view name);

/// In single quotes; with backslashes in the E'' form, which every setting of
/// standard_conforming_strings reads the same.
[[nodiscard]] std::string quote_literal(std::string_view text);

}  // namespace whet::sql
