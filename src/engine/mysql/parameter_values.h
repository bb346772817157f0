// Values for the parameters of a read, from rows of the tables that they are compared with, and
// where these may not be read, from histograms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/sampled_rows.h"
#include "model/snapshot.h"
#include "sql/parameters.h"

namespace whet::engine::mysql {

class ParameterValues {
 public:
  /// Both must outlive it.
  ParameterValues(Connection& connection, const model::Snapshot& snapshot);

  /// SQL expressions for the parameters of one statement, the `turn`-th set (from 0). Parameters
  /// for the same table come from the same row of it. Nothing when one of them cannot be found.
  [[nodiscard]] std::optional<std::vector<std::string>> draw(
      const std::vector<sql::ParameterUse>& uses, int turn);

 private:
  [[nodiscard]] const model::Table* table_of(const sql::ParameterUse& use) const;
  [[nodiscard]] std::vector<std::string> known(const sql::ParameterUse& use,
                                               const std::vector<sql::ParameterUse>& uses);
  [[nodiscard]] std::optional<std::string> value(const sql::ParameterUse& use,
                                                 const std::vector<sql::ParameterUse>& uses,
                                                 int turn, bool upper);

  Connection& connection_;
  const model::Snapshot& snapshot_;
  SampledRows rows_;
};

/// What a range of a histogram's or sample's values begins or ends with: the neighbour of `value`
/// above it (or below) in `all`. Numbers are compared as numbers. Pure.
[[nodiscard]] std::string neighbour(const std::vector<std::string>& all, const std::string& value,
                                    bool above);

/// The first characters of a value, as a pattern for LIKE. Pure.
[[nodiscard]] std::string as_pattern(const std::string& value);

}  // namespace whet::engine::mysql
