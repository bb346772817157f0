// Commands as people type them in mongosh. Pure.
#pragma once

#include <string>
#include <string_view>

#include "mql/value.h"

namespace whet::engine::mongodb {

/// A value in mongosh's syntax, on one line: {status: 1, at: ISODate("...")}.
[[nodiscard]] std::string shell_value(const mql::Value& value);

/// db.getSiblingDB("shop")
[[nodiscard]] std::string shell_database(std::string_view database);
/// db.getSiblingDB("shop").orders
[[nodiscard]] std::string shell_collection(std::string_view database, std::string_view collection);

/// A command that changes something, by mongosh's own method where it has one.
[[nodiscard]] std::string shell_command(std::string_view database, const mql::Value& command);

}  // namespace whet::engine::mongodb
