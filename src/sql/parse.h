// The parse tree of a text, as JSON, from PostgreSQL's own grammar (libpg_query, version 15).
// Only for this folder: others ask for kinds, shapes and fingerprints.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace whet::sql {

/// Text as the grammar's library can take it: valid UTF-8 without NUL.
[[nodiscard]] std::string clean(std::string_view text);

/// {"stmts": [{"stmt": {"SelectStmt": {...}}, "stmt_location": n, "stmt_len": n}, ...]}.
/// ErrorKind::invalid for text that is no SQL or nested deeper than can be read. Threads may call
/// it at the same time.
[[nodiscard]] Result<json::Document> parse(std::string_view text);

/// The statements of a parse tree: their bodies, such as {"SelectStmt": ...}.
[[nodiscard]] std::vector<json::View> statements(const json::Document& tree);

/// The one member of a node: its type and its content. {"", absent} when it is no node.
[[nodiscard]] std::pair<std::string_view, json::View> node(json::View view);

}  // namespace whet::sql
