// What mongosh's methods send to the server. Internal to mql.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mql/text_parser.h"
#include "mql/value.h"

namespace whet::mql {

/// Where a method was called.
struct Target {
  std::string database;
  std::string collection;  ///< empty: on the database
};

/// The command of db.<collection>.<method>(<arguments>) or db.<method>(<arguments>), not yet
/// arranged. An Error without a position.
[[nodiscard]] Result<Value> sent_by(Target& target, std::string_view method,
                                    const Arguments& arguments);

/// Changes the command as a cursor's method does: .sort({...}), .limit(5), .toArray().
[[nodiscard]] Status changed_by(Value& command, std::string_view method,
                                const Arguments& arguments);

/// Whether its arguments are JavaScript that changes nothing in the command: forEach, map.
[[nodiscard]] bool takes_functions(std::string_view method);

/// Appends the options of a helper, under the names that the command has for them.
void add_options(Value& command, const Value& options);

/// {insert, update or delete: ...} of bulkWrite().
[[nodiscard]] Result<Value> sent_by_bulk_write(const std::string& collection,
                                               const Arguments& arguments);

/// One element of `updates` or `deletes`.
[[nodiscard]] Value update_element(const Value& filter, const Value& change, const Value& options,
                                   bool many);
[[nodiscard]] Value delete_element(const Value& filter, const Value& options, bool many);

}  // namespace whet::mql
