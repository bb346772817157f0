// Values for the placeholders of a normalised command, from documents of its collection. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mql/command.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The command with values in the place of all placeholders: equality and membership with what
/// documents have at that path, bounds of ranges in their order, limits and skips small. `turn`
/// chooses the documents. Nothing when a placeholder's path cannot be told (in an expression, after
/// a stage that makes new documents), or when no document has it.
[[nodiscard]] std::optional<mql::Value> with_values(const mql::Command& command,
                                                    const std::vector<mql::Value>& documents,
                                                    int turn);

[[nodiscard]] bool has_placeholders(const mql::Value& value);

/// What a document has at a dotted path, the elements of arrays one by one.
[[nodiscard]] std::vector<mql::Value> values_at(const mql::Value& document, std::string_view path);

}  // namespace whet::engine::mongodb
