// The parts of normalize(): each takes the literals out of one kind of document. Internal to mql.
#pragma once

#include <string_view>

#include "mql/value.h"

namespace whet::mql {

/// A filter: conditions in the order of their paths, each operator once, $and only where a path has
/// the same operator twice; {a: {$eq: x}} as {a: x}, {$not: {$eq: x}} as {$ne: x}, {$not: {$in}} as
/// $nin. Literals are placeholders but for: null, $exists, $type, whether a regex is anchored.
[[nodiscard]] Value normal_filter(const Value& filter);

/// The operators on one path ({$gt: 5, $lt: 9}), or of $elemMatch.
[[nodiscard]] Value normal_operators(const Value& operators);

/// An aggregation expression: field paths, variables and operators stay.
[[nodiscard]] Value normal_expression(const Value& expression);

/// The projection of a find or of $project.
[[nodiscard]] Value normal_projection(const Value& projection);

/// A sort: the order of its keys stays, directions are ints.
[[nodiscard]] Value normal_sort(const Value& sort);

[[nodiscard]] Value normal_pipeline(const Value& pipeline);

/// An update document or pipeline; a replacement is one placeholder.
[[nodiscard]] Value normal_update(const Value& update);

/// Anything else: names stay, all values are placeholders, lists one.
[[nodiscard]] Value normal_literals(const Value& value);

/// A document with its fields in the order of their names.
[[nodiscard]] Value sorted(Value document);

/// Whether a document's names are operators: {$gt: 5}; not {$ref, $id}.
[[nodiscard]] bool is_operators(const Value& value);

/// $queryStats' placeholders: "?number", "?array<?string>".
[[nodiscard]] bool is_shape_literal(const Value& value);

/// A regex in a pattern of one place: "^?" or "?", with its options; of strings too.
[[nodiscard]] Value normal_regex(const Value& regex, std::string_view options);

/// How many characters of every match a regex fixes at its start: "^abc" 3, "abc" 0. As the server
/// finds them when it makes bounds (index_bounds_builder.cpp, simpleRegex).
[[nodiscard]] std::size_t regex_prefix(std::string_view pattern, std::string_view options);

}  // namespace whet::mql
