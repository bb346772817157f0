// Values for the parameters of a read, from what the planner knows of the columns that they are
// compared with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/connection.h"
#include "model/snapshot.h"
#include "sql/parameters.h"

namespace whet::engine::postgres {

class ParameterValues {
 public:
  /// Both must outlive it.
  ParameterValues(Connection& connection, const model::Snapshot& snapshot);

  /// SQL expressions for the parameters of one statement, the `turn`-th set (from 0): common
  /// values and rare ones in turns. Nothing when one of them cannot be found.
  [[nodiscard]] std::optional<std::vector<std::string>> draw(
      const std::vector<sql::ParameterUse>& uses, int turn);

 private:
  /// As pg_stats has them: common values by falling frequency, and bounds of equal shares.
  struct Known {
    std::vector<std::string> common, bounds;
  };
  [[nodiscard]] const Known& known(const sql::ParameterUse& use);
  [[nodiscard]] std::optional<std::string> value(const sql::ParameterUse& use, int turn,
                                                 bool upper);
  [[nodiscard]] std::optional<std::string> through_expression(const sql::ParameterUse& use,
                                                              const std::string& value);

  Connection& connection_;
  const model::Snapshot& snapshot_;
  std::map<std::string, Known> known_;
};

}  // namespace whet::engine::postgres
