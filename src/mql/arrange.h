// One form for a command's document whatever its source: the order of its options, what drivers
// add, defaults that are written out.
#pragma once

#include <string>
#include <string_view>

#include "mql/command.h"

namespace whet::mql {

/// The server's own spelling of a command's name ("findandmodify" is findAndModify); empty: none
/// that Whet knows.
[[nodiscard]] std::string verb_of(std::string_view name);

/// The command with its verb first and its known options in one order, without what drivers add,
/// and with what a server asks for (an aggregate's cursor, a delete's limit) or takes for granted
/// (a find's empty filter). Idempotent.
[[nodiscard]] Value arranged(Value body);

/// Whole numbers of any type as the smallest type that holds them; other values as they are.
[[nodiscard]] Value smallest(Value value);

/// The names in a verb's document that hold its filter: "filter", "query"; empty: none.
[[nodiscard]] std::string_view filter_name(std::string_view verb);

}  // namespace whet::mql
