// A few rows of a table, spread over all of it, read with bounded questions that the primary key
// answers: values of columns that belong together, as often as they occur.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/schema.h"

namespace whet::engine::mysql {

/// One row: the values of what was asked for, in that order; nothing for NULL.
using SampledRow = std::vector<std::optional<std::string>>;

class SampledRows {
 public:
  /// It must outlive it.
  explicit SampledRows(Connection& connection) : connection_(connection) {}

  /// `expressions` are SQL on the table's columns. At most `wanted` rows, fewer when the table has
  /// no more or may not be read. Asked again, it answers from memory.
  [[nodiscard]] const std::vector<SampledRow>& of(const model::Table& table,
                                                  const std::vector<std::string>& expressions,
                                                  int wanted);

 private:
  /// Figures spread over the first column of the primary key; empty when it has none that can be.
  /// Marked as Whet's own.
  [[nodiscard]] Result<Rows> ask(const std::string& sql);
  [[nodiscard]] std::vector<std::string> points(const model::Table& table, int wanted);

  Connection& connection_;
  std::map<std::string, std::vector<std::string>> points_;
  std::map<std::string, std::vector<SampledRow>> rows_;
};

/// Whether a column's type is a number, and then whether it is written without quotes. Pure.
[[nodiscard]] bool is_number(const model::Column& column);
/// Whether its values are bytes, not text. Pure.
[[nodiscard]] bool is_binary(const model::Column& column);

}  // namespace whet::engine::mysql
