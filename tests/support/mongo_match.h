// What a filter matches, how documents sort and what a projection keeps: the scripted MongoDB
// server's query language.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "mql/value.h"
#include "support/mongo_failure.h"

namespace whet::testing::mongo {

/// Whether comparisons such as $gt relate the two: numbers of all types together.
[[nodiscard]] bool same_class(const mql::Value& a, const mql::Value& b);

/// Calls `take` with each value at the path, through arrays; with nullptr where a document has
/// none. Ends when it says true, and says so.
bool any_at(const mql::Value& document, std::string_view path,
            const std::function<bool(const mql::Value*)>& take);

/// Throws Failure for an operator that does not exist.
[[nodiscard]] bool matches(const mql::Value& document, const mql::Value& filter);
/// Whether the one condition ({$gt: 3}, or a value) holds at the path.
[[nodiscard]] bool condition_holds(const mql::Value& document, std::string_view path,
                                   const mql::Value& condition);
/// {$gt: 3}: all names begin with $.
[[nodiscard]] bool is_operators(const mql::Value& value);

/// The key by which the document sorts at a path: the least (or greatest) element of an array.
[[nodiscard]] mql::Value sort_key(const mql::Value& document, std::string_view path,
                                  bool descending);
void sort_documents(std::vector<mql::Value>& documents, const mql::Value& pattern);
[[nodiscard]] mql::Value projected(const mql::Value& document, const mql::Value& projection);

/// An aggregation expression; nothing is null. $map, $objectToArray and the like included.
[[nodiscard]] mql::Value evaluated(const mql::Value& expression, const mql::Value& document);

}  // namespace whet::testing::mongo
