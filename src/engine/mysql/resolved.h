// The statement as its server resolved it: without literals, and what its names stand for. Pure
// functions.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "model/plan.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

/// The text with literals as ?, also those in the names that the server gives to columns without
/// one: "'x' AS `x`", "concat('x', `a`) AS `CONCAT('x', a)`". `statement` is what was explained.
[[nodiscard]] std::string mask_resolved(std::string_view resolved, std::string_view statement,
                                        const sql::mysql::Mode& mode);

/// An expression of a plan with literals as ?, those in made-up names too.
[[nodiscard]] std::string mask_expression(std::string_view expression,
                                          const sql::mysql::Mode& mode);

/// Schema and table by the alias, or the name, that a plan calls them: from
/// "`shop`.`orders` `o`".
using Aliases = std::map<std::string, std::pair<std::string, std::string>>;
[[nodiscard]] Aliases aliases_in(std::string_view resolved, const sql::mysql::Mode& mode);

/// Gives the plan's relations their schema, and those that go by an alias their name, where
/// `known` says that there is such a table.
using KnownTable = std::function<bool(const std::string& schema, const std::string& table)>;
void name_relations(model::PlanNode& root, const Aliases& aliases, const KnownTable& known);

/// True when the values that it was made for made the plan nothing: it tells nothing of others.
[[nodiscard]] bool is_empty_plan(const model::PlanNode& root);

}  // namespace whet::engine::mysql
