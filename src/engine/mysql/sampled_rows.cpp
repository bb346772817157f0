#include "engine/mysql/sampled_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/names.h"

namespace whet::engine::mysql {
namespace {

/// Where no key leads through the table: the rows that come first, of which some are kept.
constexpr int first_rows = 500;
/// Rows that one statement reads, each from a place of its own.
constexpr std::size_t batch = 100;

bool one_of(const std::string& type, const auto& names) {
  return std::find(names.begin(), names.end(), type) != names.end();
}

std::string type_of(const model::Column& column) {
  std::string type = text::lower(column.base_type.empty() ? column.type : column.base_type);
  return type.substr(0, type.find_first_of(" ("));
}

/// The first column of the primary key when it is a whole number.
const model::Column* numeric_key(const model::Table& table) {
  for (const model::Index& index : table.indexes) {
    if (!index.primary || index.parts.empty()) continue;
    const model::Column* column = table.column(index.parts.front().column);
    constexpr std::array<std::string_view, 6> whole = {"tinyint", "smallint", "mediumint",
                                                       "int",     "integer",  "bigint"};
    if (column != nullptr && one_of(type_of(*column), whole)) return column;
  }
  return nullptr;
}

SampledRow row_of(const Rows& rows, int number) {
  SampledRow row;
  for (int column = 0; column < rows.columns(); ++column) {
    row.push_back(rows.null(number, column)
                      ? std::nullopt
                      : std::optional<std::string>(rows.text(number, column)));
  }
  return row;
}

}  // namespace

bool is_number(const model::Column& column) {
  constexpr std::array<std::string_view, 11> numbers = {
      "tinyint", "smallint", "mediumint", "int",    "integer", "bigint",
      "decimal", "numeric",  "float",     "double", "year"};
  return one_of(type_of(column), numbers);
}

bool is_binary(const model::Column& column) {
  constexpr std::array<std::string_view, 7> bytes = {"binary",     "varbinary", "tinyblob", "blob",
                                                     "mediumblob", "longblob",  "bit"};
  return one_of(type_of(column), bytes);
}

// Digests keep no comments: without a mark, MariaDB would count these among the application's.
Result<Rows> SampledRows::ask(const std::string& sql) {
  return connection_.query(marked(sql, connection_.fork()));
}

std::vector<std::string> SampledRows::points(const model::Table& table, int wanted) {
  const std::string name = qualified(table.schema, table.name);
  const auto known = points_.find(name);
  if (known != points_.end()) return known->second;
  std::vector<std::string> found;
  if (const model::Column* key = numeric_key(table)) {
    const std::string column = identifier(key->name);
    const auto rows = ask("SELECT MIN(" + column + "), MAX(" + column + ") FROM " + name);
    const auto low = rows ? text::to_double(rows->text(0, 0)) : std::nullopt;
    const auto high = rows ? text::to_double(rows->text(0, 1)) : std::nullopt;
    for (int i = 0; low && high && i < wanted; ++i) {
      // In the middle of equal shares; neighbours in time far apart in the order, so that the first
      // few stand for the whole table.
      const double share = std::fmod((i + 0.5) * 0.6180339887498949, 1.0);
      found.push_back(std::to_string(std::llround(*low + (*high - *low) * share)));
    }
  }
  return points_[name] = std::move(found);
}

const std::vector<SampledRow>& SampledRows::of(const model::Table& table,
                                               const std::vector<std::string>& expressions,
                                               int wanted) {
  const std::string name = qualified(table.schema, table.name);
  const std::string select = "SELECT " + text::join(expressions, ", ") + " FROM " + name;
  const auto known = rows_.find(select);
  if (known != rows_.end()) return known->second;
  std::vector<SampledRow> found;
  const auto starts = points(table, wanted);
  const model::Column* key = numeric_key(table);
  for (std::size_t first = 0; first < starts.size(); first += batch) {
    const std::string column = identifier(key->name);
    std::vector<std::string> selects;
    for (std::size_t i = first; i < std::min(first + batch, starts.size()); ++i)
      selects.push_back("(" + select + " WHERE " + column + " >= " + starts[i] + " ORDER BY " +
                        column + " LIMIT 1)");
    const auto rows = ask(text::join(selects, " UNION ALL "));
    if (!rows) break;
    for (int i = 0; i < rows->size(); ++i) found.push_back(row_of(*rows, i));
  }
  if (starts.empty()) {
    const auto rows = ask(select + " LIMIT " + std::to_string(first_rows));
    const int size = rows ? rows->size() : 0;
    const int kept = std::min(size, wanted);
    for (int i = 0; i < kept; ++i)
      found.push_back(row_of(*rows, static_cast<int>(static_cast<std::int64_t>(i) * size / kept)));
  }
  return rows_[select] = std::move(found);
}

}  // namespace whet::engine::mysql
