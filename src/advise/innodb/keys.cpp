// An index as the paths see it.
#include <algorithm>
#include <cmath>

#include "advise/innodb/expressions.h"
#include "advise/innodb/paths.h"
#include "base/text.h"

namespace whet::advise::innodb {

namespace {

constexpr double unknown_values = 200;  // of an expression

double distinct_of(const Statistics& statistics, const Key& key, std::size_t parts) {
  std::vector<std::string> columns;
  double expressions = 1;
  for (std::size_t i = 0; i < parts; ++i) {
    if (key.parts[i].column.empty())
      expressions *= unknown_values;
    else
      columns.push_back(key.parts[i].column);
  }
  return std::min(statistics.rows(), statistics.distinct(columns) * expressions);
}

}  // namespace

std::string normal_expression(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '`' && c != ' ' && c != '(' && c != ')') out += c;
  }
  return text::lower(out);
}

std::string array_column(std::string_view expression) {
  const std::string lower = text::lower(expression);
  constexpr std::string_view cast = "cast(";
  const std::size_t begin = lower.find(cast);
  const std::size_t end = lower.find(" as ");
  if (begin == std::string::npos || end == std::string::npos || !text::contains(lower, " array"))
    return "";
  const std::size_t from = begin + cast.size();
  return text::replace_all(std::string(expression.substr(from, end - from)), "`", "");
}

Key key_of(const Facts& facts, const Constants& constants, const model::Table& table,
           const model::Index& index) {
  Key key;
  key.index = &index;
  key.table = &table;
  key.parts = index.primary ? index.parts : full_key(table, index);
  key.own = index.parts.size();
  key.primary = index.primary;
  key.unique = index.unique || index.primary;
  const std::string method = text::lower(index.method);
  key.search = method == "fulltext" || method == "spatial" || method == "rtree";
  key.name = index.primary ? "PRIMARY" : index.name;
  const Statistics statistics(facts, table);
  const std::size_t unique_parts = key.unique ? key.own : key.parts.size() + 1;
  for (std::size_t i = 1; i <= key.parts.size(); ++i) {
    const bool whole = i >= unique_parts || (i == key.parts.size() && !key.primary);
    double values = whole ? statistics.rows() : distinct_of(statistics, key, i);
    if (!whole && i <= index.prefix_distinct.size() && index.prefix_distinct[i - 1] > 0)
      values = index.prefix_distinct[i - 1];
    if (!key.distinct.empty()) values = std::max(values, key.distinct.back());
    key.distinct.push_back(std::clamp(values, 1.0, statistics.rows()));
    const std::string& column = key.parts[i - 1].column;
    key.single.push_back(column.empty() ? unknown_values : statistics.distinct(column));
  }
  const IndexSize size = index_size(constants, table, index);
  key.entry_bytes = size.entry_bytes;
  key.leaf_pages = index.leaf_pages > 0 ? static_cast<double>(index.leaf_pages) : size.leaf_pages;
  return key;
}

}  // namespace whet::advise::innodb
