// What statement texts and plan conditions say about columns. Plain text matching that errs on the
// side of finding nothing; the languages' own parsers are for advisors that need whole queries.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "advise/facts.h"
#include "model/plan.h"

namespace whet::advise {

/// The columns that `UPDATE table SET ...` assigns, in lower case; empty when the statement is no
/// plain update of the table.
[[nodiscard]] std::vector<std::string> assigned_columns(const model::Statement& statement,
                                                        const model::Table& table);

/// Calls of updates by assigned column (lower case) over the workload.
struct UpdatedColumns {
  std::map<std::string, std::int64_t> calls;
  std::int64_t total_calls = 0;
  double seconds_per_hour = 0;
  double share = 0;
};

/// The workload's plain updates and deletes by the table that they name; built once for a check.
class Writers {
 public:
  explicit Writers(const Facts& facts);
  [[nodiscard]] UpdatedColumns updates_of(const model::Table& table) const;
  [[nodiscard]] const std::vector<const model::Statement*>& deletes_from(
      const model::Table& table) const;

 private:
  using ByName = std::unordered_map<std::string, std::vector<const model::Statement*>>;
  const Facts* facts_;
  ByName updates_, deletes_;  ///< by the table's bare name in lower case
};

/// The column of the index that the updates assign in at least a tenth of their calls; empty: none.
[[nodiscard]] std::string updated_part(const model::Index& index, const UpdatedColumns& updated);

/// The function call or cast around a column in a plan's condition, as the server prints it:
/// "lower((email)::text)". Empty when the column stands alone somewhere or is not there. A cast
/// from varchar to text changes nothing for an index and does not count.
[[nodiscard]] std::string wrapped_column(std::string_view condition, std::string_view column,
                                         std::string_view base_type);

/// How a condition ("((a = $1) AND (b > $2))") compares a column.
enum class Comparison : std::uint8_t { none, equality, range };
[[nodiscard]] Comparison comparison_of(std::string_view condition, std::string_view column);

}  // namespace whet::advise
