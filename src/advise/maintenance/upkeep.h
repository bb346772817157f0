// What the maintenance checks share: when autovacuum would act on a table, who holds back the
// removal of dead rows, and the changes that clean up.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/build.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

/// A storage parameter of the table, else the server's setting of the same name, else `otherwise`
/// (PostgreSQL's default).
[[nodiscard]] double effective(const Facts& facts, const model::Table& table, std::string_view name,
                               double otherwise);

/// Autovacuum leaves the table alone (a storage parameter, or the whole server).
[[nodiscard]] bool autovacuum_off(const Facts& facts, const model::Table& table);
/// The table's own parameter switches it off. `prefix`: "" or "toast.".
[[nodiscard]] bool switched_off(const model::Table& table, std::string_view prefix);

/// Rows at which autovacuum vacuums the table for its dead rows, with 18's upper limit.
[[nodiscard]] double vacuum_threshold(const Facts& facts, const model::Table& table);
/// ... for rows inserted; nothing when that is switched off (-1) or the server is older than 13.
[[nodiscard]] std::optional<double> insert_threshold(const Facts& facts, const model::Table& table);
/// ... and analyses it for rows changed.
[[nodiscard]] double analyze_threshold(const Facts& facts, const model::Table& table);

/// Seconds since the last vacuum or autovacuum; nothing when there was none since the counters
/// began.
[[nodiscard]] std::optional<double> last_vacuum(const model::Table& table);
[[nodiscard]] std::optional<double> last_analyze(const model::Table& table);
[[nodiscard]] bool being_vacuumed(const Facts& facts, const model::Table& table);

/// Who keeps VACUUM from removing rows that are dead.
struct Holder {
  std::string kind;  ///< session, prepared transaction, replication slot, replica
  std::string name;
  model::Subject subject;
  std::int64_t xids = 0;  ///< transactions held back
  std::optional<double> seconds;
  std::string remedy;  ///< the statement that ends it
  std::string source;
};
/// All, the oldest first.
[[nodiscard]] std::vector<Holder> horizon_holders(const Facts& facts);

[[nodiscard]] model::Change vacuum_table(const model::Table& table, std::string_view reason);
[[nodiscard]] model::Change analyze_table(const model::Table& table, std::string_view reason);
/// `value` empty: back to the server's own.
[[nodiscard]] model::Change table_option(const model::Table& table, std::string_view option,
                                         std::string_view value, std::string_view reason);

}  // namespace whet::advise
