// Rows and Row: what came back, as values.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

Rows::Rows(std::vector<std::string> names, std::vector<std::vector<Value>> rows)
    : names_(std::move(names)), rows_(std::move(rows)) {}

int Rows::column(std::string_view name) const {
  const std::string wanted = text::lower(name);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (text::lower(names_[i]) == wanted) return static_cast<int>(i);
  }
  return -1;
}

bool Rows::null(int row, int column) const {
  if (row < 0 || column < 0 || row >= size() || column >= columns()) return true;
  return !rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)].has_value();
}

std::string_view Rows::text(int row, int column) const {
  if (null(row, column)) return {};
  return *rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
}

std::string_view Rows::text(int row, std::string_view name) const {
  return text(row, column(name));
}

std::string_view Row::view() { return rows_.text(row_, column_++); }

bool Row::flag() {
  const std::string value = text::lower(view());
  return value == "yes" || value == "on" || value == "y" || value == "true" || value == "1";
}

std::optional<std::int64_t> Row::maybe_integer() {
  const std::string_view value = view();
  if (auto whole = text::to_int(value)) return whole;
  // Counters are unsigned, sums are decimals ("12.0000").
  const auto number = text::to_double(value);
  if (!number) return std::nullopt;
  constexpr double limit = 9.2e18;
  if (*number >= limit) return std::numeric_limits<std::int64_t>::max();
  if (*number <= -limit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(*number);
}

std::optional<double> Row::maybe_number() { return text::to_double(view()); }

}  // namespace whet::engine::mysql
