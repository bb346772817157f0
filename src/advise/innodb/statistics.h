// What is known of a table's values: how many rows a condition leaves, how many different values
// a key has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advise/facts.h"
#include "model/shape.h"

namespace whet::advise::innodb {

/// A part of the rows, and whether anything was known about the values that it comes from.
struct Share {
  double part = 1;
  bool guessed = false;
};

/// Rows and values of one table. Keeps references.
class Statistics {
 public:
  Statistics(const Facts& facts, const model::Table& table) : facts_(facts), table_(table) {}

  [[nodiscard]] double rows() const;
  /// Different values of the column: by a histogram, an index, the column's statistics, its type,
  /// the table that it refers to; otherwise a guess.
  [[nodiscard]] double distinct(const std::string& column, bool* guessed = nullptr) const;
  /// Of the columns together: by an index whose key begins with just these, else as if they were
  /// independent (so many of the possible pairs are hit by so many rows).
  [[nodiscard]] double distinct(const std::vector<std::string>& columns) const;

  /// Rows that have one given value, when it is not known which.
  [[nodiscard]] Share one_value(const std::string& column) const;
  [[nodiscard]] Share is_null(const std::string& column) const;
  /// Rows that pass a condition by itself.
  [[nodiscard]] Share passes(const model::Predicate& predicate) const;
  /// Rows that pass all conditions on one column that must hold: bounds of a range are put
  /// together.
  [[nodiscard]] Share passes_all(const std::vector<const model::Predicate*>& conditions) const;
  /// What the server believes that it leaves: each bound of a range by itself, and its documented
  /// guesses where it has no histogram.
  [[nodiscard]] double believed(const model::Predicate& predicate) const;
  /// Values of the column up to `value`, as a part of all rows; nothing without a histogram.
  [[nodiscard]] std::optional<double> up_to(const std::string& column, const std::string& value,
                                            bool inclusive) const;

 private:
  [[nodiscard]] std::optional<double> index_distinct(const std::vector<std::string>& columns) const;
  [[nodiscard]] std::optional<double> equals(const std::string& column,
                                             const std::string& value) const;
  [[nodiscard]] Share range(const model::Predicate& predicate) const;
  [[nodiscard]] Share pattern(const model::Predicate& predicate) const;

  const Facts& facts_;
  const model::Table& table_;
};

/// How many values the condition names: 3 of "IN (1, 2, 3)"; a guess when the text does not say.
[[nodiscard]] double value_count(const model::Predicate& predicate);

}  // namespace whet::advise::innodb
