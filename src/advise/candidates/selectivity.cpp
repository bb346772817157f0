#include "advise/candidates/selectivity.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {

namespace {

// Types that stand for each other in a comparison.
std::string_view family(std::string_view type) {
  if (type == "int2" || type == "int4" || type == "int8") return "integer";
  if (type == "text" || type == "varchar") return "text";
  if (type == "float4" || type == "float8") return "float";
  if (type == "timestamp" || type == "timestamptz" || type == "date") return "time";
  return type;
}

}  // namespace

std::optional<Selectivity> equality_selectivity(const model::Table& table,
                                                const std::string& column, double rows) {
  const model::Column* found = table.column(column);
  if (found == nullptr || !found->stats || found->stats->distinct == 0 || rows <= 0)
    return std::nullopt;
  const model::ColumnStats& stats = *found->stats;
  const double distinct =
      std::clamp(stats.distinct > 0 ? stats.distinct : -stats.distinct * rows, 1.0, rows);
  Selectivity out;
  out.average = (1 - stats.null_fraction) / distinct;
  out.worst = out.average;
  if (!stats.common_frequencies.empty())
    out.worst = std::max(out.average, stats.common_frequencies.front());
  out.arithmetic = column + ": 1 of " + text::count(to_whole(distinct)) + " values";
  if (out.worst > 2 * out.average)
    out.arithmetic += ", the most common has " + text::percent(out.worst) + " of the rows";
  return out;
}

bool comparable(const model::Column& mine, const model::Column& other) {
  const auto a = family(mine.base_type);
  const auto b = family(other.base_type);
  if (a == b) return true;
  // The integer side is the one that is cast.
  return (a == "numeric" || a == "float") && b == "integer";
}

bool has_order(const model::Column& column) {
  static constexpr std::array without{"json", "xml",     "point",  "line",    "lseg", "box",
                                      "path", "polygon", "circle", "aclitem", "xid",  "cid"};
  return std::find(without.begin(), without.end(), column.base_type) == without.end();
}

}  // namespace whet::advise
