// Schema changes that the server would do by copying the table while writes wait, and the tools
// that do them beside the running application. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/mysql/ddl_facts.h"

namespace whet::engine::mysql {

/// A table up to that size is copied in about a second.
inline constexpr std::int64_t small_table_bytes = 16 << 20;

/// An ALTER TABLE statement, taken apart.
struct AlterTable {
  std::string schema, table;  ///< the schema may be empty
  std::string clauses;        ///< all behind the table's name
};
/// Nothing for another statement.
[[nodiscard]] std::optional<AlterTable> parse_alter_table(std::string_view statement);

/// The heaviest operation among the clauses, as far as their words tell; nothing when they are not
/// known.
[[nodiscard]] std::optional<Operation> heaviest_operation(std::string_view clauses);

/// The command that makes the change with a tool, to be reviewed: as it stands it only checks.
/// gh-ost for MySQL, pt-online-schema-change for MariaDB, of which gh-ost reads no binary log. HOST
/// and USER are left to the reader; the password is asked for.
[[nodiscard]] std::string online_change_command(const AlterTable& change, model::EngineKind fork);

}  // namespace whet::engine::mysql
