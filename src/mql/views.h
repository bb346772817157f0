// Queries of views as queries of the collection below.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mql/command.h"

namespace whet::mql {

/// The command as the server runs it when its collection is a view whose definition is `view`
/// (db.orders.aggregate([...])): an aggregation of the view's own collection. Nothing: it is no
/// query, and views cannot be written.
[[nodiscard]] std::optional<Command> beneath_view(const Command& view, const Command& command);

/// The commands in a text, each as parse_command() reads it: separated by semicolons, or beginning
/// with db. or { on a line of their own. `use shop` is put before each that follows it.
[[nodiscard]] std::vector<std::string> split_commands(std::string_view text);

/// What a placeholder of a command stands for, by its number in the order of the text, from 1.
struct ParameterPlace {
  std::int64_t number = 0;
  bool limit = false, skip = false;
  std::string database, collection;
  std::string column;      ///< compared with this path; empty: with none
  std::string expression;  ///< "items.0.sku", when no plain path is compared
  std::string op;          ///< as in model::Predicate
};
[[nodiscard]] std::vector<ParameterPlace> parameters_of(const Command& command);

}  // namespace whet::mql
