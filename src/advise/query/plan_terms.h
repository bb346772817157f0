// Which conditions of a scan an index could serve as they are written, and which not. Internal to
// advise/query.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advise/query/plan_context.h"

namespace whet::advise {

enum class TermKind : std::uint8_t {
  plain,     ///< column op constant: an index on the column serves it
  function,  ///< f(column) op constant, column + 1 op constant
  cast,      ///< column::other type op constant
  wildcard,  ///< column LIKE '%x', column ILIKE 'x'
  either,    ///< conditions on different columns joined by OR
  subquery,  ///< needs the result of a subquery for each row
  other,     ///< anything else; nothing is claimed about it
};

struct Term {
  TermKind kind = TermKind::other;
  std::string column;   ///< the first that it names
  std::string wrapper;  ///< the function or the type
  std::string text;     ///< as people read it
  std::string wrapped;  ///< the side with the column, as people read it
};

/// The terms of a scan's filter.
[[nodiscard]] std::vector<Term> filter_terms(const PlanContext& plan, std::size_t scan);

/// The filter keeps at most a tenth of at least 10,000 rows: an index would pay. From estimates,
/// the rows read are the table's, or when it is unknown, at most total cost / 0.0125
/// (cpu_tuple_cost
/// + cpu_operator_cost at their defaults). Of MySQL's estimates a fifth is few.
[[nodiscard]] bool keeps_few(const PlanContext& plan, std::size_t scan);

/// None of the filter's terms could use an index as written, and the reason is known.
[[nodiscard]] bool only_unusable_terms(const PlanContext& plan, std::size_t scan);

/// A cast on a column that changes how values compare, so that an index on the column is useless.
/// varchar to text is none. Without facts only casts to numbers and times are known to be such.
[[nodiscard]] bool changes_comparison(const model::Column* column, std::string_view type);

/// The column that an expression names, somewhere under this node; nullptr when unknown.
[[nodiscard]] const model::Column* column_of(const PlanContext& plan, std::size_t node,
                                             std::string_view name);

}  // namespace whet::advise
