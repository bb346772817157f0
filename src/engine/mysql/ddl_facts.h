// What MySQL and MariaDB can do to a table while it is used: for each operation the best algorithm
// and the weakest lock, by fork and version. InnoDB tables only. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/server.h"

namespace whet::engine::mysql {

enum class Operation : std::uint8_t {
  create_index,  ///< also UNIQUE, and on columns that are generated
  create_expression_index,
  create_first_fulltext_index,  ///< makes the hidden column FTS_DOC_ID
  create_fulltext_index,
  create_spatial_index,
  drop_index,
  rename_index,
  set_index_visibility,
  add_primary_key,
  drop_primary_key,
  replace_primary_key,  ///< drop and add in one statement
  add_foreign_key,      ///< with foreign_key_checks, which Whet never turns off
  drop_foreign_key,
  add_column,  ///< at the end, neither generated nor AUTO_INCREMENT
  drop_column,
  rename_column,
  move_column,
  set_column_default,
  change_column_type,
  extend_varchar,  ///< with as many length bytes as before
  drop_not_null,
  set_not_null,
  extend_enum,  ///< new members at the end, with as many bytes as before
  add_stored_column,
  add_virtual_column,
  drop_stored_column,
  drop_virtual_column,
  rebuild_table,  ///< FORCE, ENGINE=InnoDB, OPTIMIZE TABLE
  rebuild_table_with_fulltext,
  set_row_format,  ///< and KEY_BLOCK_SIZE
  set_statistics_options,
  set_default_charset,  ///< for new columns only
  convert_charset,
  rename_table,
  partition_table,
  remove_partitioning,
  add_range_partition,  ///< of RANGE or LIST
  drop_range_partition,
  reorganize_partition,
  rebuild_partition,
};

/// From the lightest to the heaviest. MySQL has no NOCOPY: INPLACE says both there, and
/// DdlFacts::rebuilds tells them apart.
enum class Algorithm : std::uint8_t { instant, nocopy, inplace, copy };

/// What others may do to the table meanwhile.
enum class DdlLock : std::uint8_t {
  none,       ///< read and write
  shared,     ///< read
  exclusive,  ///< neither
};

/// Disk that it takes until it ends.
enum class DdlSpace : std::uint8_t {
  none,
  index,  ///< the new index, and as much again in the temporary folder while it is sorted
  table,  ///< a second copy of the table with its indexes
};

struct DdlFacts {
  Operation operation = Operation::create_index;
  model::EngineKind fork = model::EngineKind::mysql;
  std::int64_t from = 0;  ///< the first version that it holds for
  Algorithm algorithm = Algorithm::copy;
  DdlLock lock = DdlLock::shared;
  bool rebuilds = false;  ///< writes the whole table again
  DdlSpace space = DdlSpace::none;
  bool clause = true;        ///< the statement may say ALGORITHM and LOCK
  std::string_view source;   ///< page of the manual
  std::string_view caution;  ///< what else holds, a sentence; may be empty

  /// Nothing of the table is written again: over at once.
  [[nodiscard]] bool metadata_only() const { return !rebuilds && space == DdlSpace::none; }
};

/// Nothing when that fork and version cannot do it at all (INVISIBLE in 5.7, expressions as key
/// parts in MariaDB).
[[nodiscard]] std::optional<DdlFacts> ddl_facts(Operation operation, model::EngineKind fork,
                                                std::int64_t version);

/// ", ALGORITHM=INPLACE, LOCK=NONE": makes the server refuse rather than do it in a heavier way.
/// Empty where the statement takes no such clause.
[[nodiscard]] std::string ddl_clause(const DdlFacts& facts);

/// For Change::locks: "Metadata lock on shop.orders for a moment; reads and writes go on".
[[nodiscard]] std::string ddl_locks(const DdlFacts& facts, const std::string& table);

/// What replicas have of it, a sentence; empty when it is over at once.
[[nodiscard]] std::string ddl_replicas(const DdlFacts& facts);

[[nodiscard]] std::string_view algorithm_name(Algorithm algorithm);  ///< "INPLACE"
[[nodiscard]] std::string_view lock_name(DdlLock lock);              ///< "NONE"

}  // namespace whet::engine::mysql
