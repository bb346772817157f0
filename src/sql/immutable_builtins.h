// PostgreSQL's own immutable functions and casts, as far as they make sense in an index. Only for
// this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::sql {

/// Types that are alike for operators and functions: "integer", "number", "text", "array", ...;
/// the type itself when it is like no other.
[[nodiscard]] std::string_view type_family(std::string_view type);
[[nodiscard]] bool is_number(std::string_view type);

/// What the function gives for arguments of these types, when it is immutable for them.
[[nodiscard]] std::optional<std::string> builtin_result(std::string_view name,
                                                        const std::vector<std::string>& arguments);
/// The same of an operator; `left` is empty for a prefix operator.
[[nodiscard]] std::optional<std::string> operator_result(std::string_view op, std::string_view left,
                                                         std::string_view right);
[[nodiscard]] bool is_immutable_cast(std::string_view from, std::string_view to);

}  // namespace whet::sql
