// Expressions of key parts and of conditions, made comparable. Only for this folder.
#pragma once

#include <string>
#include <string_view>

namespace whet::advise::innodb {

/// Without quotes, blanks and parentheses, in lower case: "lower(`email`)" and "(LOWER(email))" are
/// the same.
[[nodiscard]] std::string normal_expression(std::string_view text);

/// The column of a multi-valued key part, "CAST(`tags` AS UNSIGNED ARRAY)"; empty for others.
[[nodiscard]] std::string array_column(std::string_view expression);

}  // namespace whet::advise::innodb
