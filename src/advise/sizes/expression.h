// What can be told of an index expression from its text: its width, and where its values come from.
#pragma once

#include <string_view>

#include "model/schema.h"

namespace whet::advise {

struct ExpressionFacts {
  const model::Column* column = nullptr;  ///< the only column in it; nullptr: none or several
  bool keeps_values =
      false;                 ///< as many different results as the column has values: lower(), md5()
  bool keeps_width = false;  ///< as wide as the column: lower(), trim()
  std::string_view type;     ///< of the result: "int4", "text", ...; "" when it cannot be told
};

[[nodiscard]] ExpressionFacts expression_facts(const model::Table& table,
                                               std::string_view expression);

}  // namespace whet::advise
