// Rows of performance_schema's digests made into statements. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "engine/mysql/connection.h"
#include "engine/mysql/probes.h"
#include "model/workload.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

/// The name of a statement: the digest, and the schema that it ran in, since the same digest in
/// another schema is another statement.
[[nodiscard]] std::string statement_id(std::string_view schema, std::string_view digest);

/// The counters' columns in the order of read_counters, for a version of the server. Columns that
/// it does not have are 0.
[[nodiscard]] std::string counter_columns(model::EngineKind fork, std::int64_t version);
[[nodiscard]] model::StatementCounters read_counters(Row& row);

/// The columns of read_statement.
[[nodiscard]] std::string statement_columns(model::EngineKind fork, std::int64_t version);

struct DigestRow {
  model::Statement statement;
  std::string sample;  ///< with literals; empty when the server has none, or it was cut off
};
/// A row of events_statements_summary_by_digest.
[[nodiscard]] DigestRow read_statement(Row& row, const sql::mysql::Mode& mode);

}  // namespace whet::engine::mysql
