// Whether an index, existing or thought of, serves a need.
#include <algorithm>

#include "advise/candidates/need.h"
#include "sql/dialect/dialect.h"

namespace whet::advise {

using model::IndexPart;

bool same_part(const IndexPart& a, const IndexPart& b) {
  if (!a.column.empty() || !b.column.empty()) return a.column == b.column;
  return !a.expression.empty() &&
         sql::comparable_expression(a.expression) == sql::comparable_expression(b.expression);
}

bool serves(const model::Index& index, const Need& need) {
  const std::size_t fixed = need.equality.size();
  if (!index.usable() || (!index.predicate.empty() && index.predicate != need.predicate &&
                          index.predicate != "(" + need.predicate + ")"))
    return false;
  const auto in_equality = [&](const IndexPart& part) {
    return std::any_of(need.equality.begin(), need.equality.end(),
                       [&](const IndexPart& one) { return same_part(one, part); });
  };
  if (index.method == "hash")
    return need.tail.empty() && fixed == 1 && !index.parts.empty() && in_equality(index.parts[0]);
  if (index.method != "btree" || index.parts.size() < fixed + need.tail.size()) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (!in_equality(index.parts[i])) return false;
  }
  bool forward = true;
  bool backward = true;
  for (std::size_t i = 0; i < need.tail.size(); ++i) {
    const IndexPart& has = index.parts[fixed + i];
    const IndexPart& wants = need.tail[i];
    if (!same_part(has, wants)) return false;
    if (!wants.opclass_is_default && has.opclass != wants.opclass) return false;
    const bool same = has.descending == wants.descending;
    const bool nulls = has.nulls_first == wants.nulls_first;
    forward = forward && same && nulls;
    backward = backward && !same && !nulls;
  }
  return forward || backward;
}

}  // namespace whet::advise
