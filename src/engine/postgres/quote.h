// Identifiers and literals as PostgreSQL reads them. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace whet::engine::postgres {

/// In double quotes unless it is a plain lower-case name that is no keyword.
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// "schema.name", each part quoted as needed; only the name when the schema is empty.
[[nodiscard]] std::string quote_qualified(std::string_view schema, std::string_view name);

/// In single quotes; with backslashes in the E'' form, which every setting of
/// standard_conforming_strings reads the same.
[[nodiscard]] std::string quote_literal(std::string_view text);

}  // namespace whet::engine::postgres
