#include "engine/mysql/ddl_facts.h"

#include <array>

namespace whet::engine::mysql {
namespace {

using enum Operation;
using model::EngineKind;

constexpr auto my = EngineKind::mysql;
constexpr auto maria = EngineKind::mariadb;

constexpr auto instant = Algorithm::instant;
constexpr auto nocopy = Algorithm::nocopy;
constexpr auto inplace = Algorithm::inplace;
constexpr auto copy = Algorithm::copy;

constexpr auto open = DdlLock::none;
constexpr auto reads_only = DdlLock::shared;
constexpr auto closed = DdlLock::exclusive;

constexpr auto no_space = DdlSpace::none;
constexpr auto of_index = DdlSpace::index;
constexpr auto of_table = DdlSpace::table;

// MySQL 5.7, 8.0, 8.4 and 9.x reference manuals, "InnoDB and Online DDL" > "Online DDL Operations":
// its tables for indexes, primary keys, columns, generated columns, foreign keys, tables and
// partitions. MariaDB: knowledge base, "InnoDB Online DDL Operations with the INPLACE / NOCOPY /
// INSTANT Alter Algorithm". tests/live/mysql_ddl_test.cpp asks real servers.
constexpr std::string_view my_index = "MySQL manual, Online DDL: index operations";
constexpr std::string_view my_key = "MySQL manual, Online DDL: primary key operations";
constexpr std::string_view my_column = "MySQL manual, Online DDL: column operations";
constexpr std::string_view my_generated = "MySQL manual, Online DDL: generated column operations";
constexpr std::string_view my_foreign = "MySQL manual, Online DDL: foreign key operations";
constexpr std::string_view my_table = "MySQL manual, Online DDL: table operations";
constexpr std::string_view my_partition = "MySQL manual, Online DDL: partitioning operations";
constexpr std::string_view maria_inplace = "MariaDB, InnoDB Online DDL Operations with INPLACE";
constexpr std::string_view maria_nocopy = "MariaDB, InnoDB Online DDL Operations with NOCOPY";
constexpr std::string_view maria_instant = "MariaDB, InnoDB Online DDL Operations with INSTANT";
constexpr std::string_view maria_partition = "MariaDB, ALTER TABLE: partition options";

constexpr std::string_view row_versions =
    "A table takes 64 instant changes of its columns (255 from 9.1), then it must be rebuilt.";
constexpr std::string_view writes_logged =
    "Writes meanwhile are kept in a log of innodb_online_alter_log_max_size; when it is full, the "
    "change fails.";

// For each operation and fork the versions rise: the last that is not above the server's holds.
constexpr std::array facts = {
    // Indexes.
    DdlFacts{create_index, my, 50600, inplace, open, false, of_index, true, my_index,
             writes_logged},
    DdlFacts{create_index, maria, 100000, inplace, open, false, of_index, true, maria_inplace,
             writes_logged},
    DdlFacts{create_index, maria, 100307, nocopy, open, false, of_index, true, maria_nocopy,
             writes_logged},
    DdlFacts{create_expression_index, my, 80013, inplace, reads_only, false, of_index, true,
             my_index, "It adds a hidden generated column with the index."},
    DdlFacts{create_first_fulltext_index, my, 50600, inplace, reads_only, true, of_table, true,
             my_index, "The first full-text index of a table rebuilds it."},
    DdlFacts{create_first_fulltext_index, maria, 100000, inplace, reads_only, true, of_table, true,
             maria_inplace, "The first full-text index of a table rebuilds it."},
    DdlFacts{create_fulltext_index, my, 50600, inplace, reads_only, false, of_index, true, my_index,
             ""},
    DdlFacts{create_fulltext_index, maria, 100000, inplace, reads_only, false, of_index, true,
             maria_inplace, ""},
    DdlFacts{create_fulltext_index, maria, 100307, nocopy, reads_only, false, of_index, true,
             maria_nocopy, ""},
    DdlFacts{create_spatial_index, my, 50700, inplace, reads_only, false, of_index, true, my_index,
             ""},
    DdlFacts{create_spatial_index, maria, 100202, inplace, reads_only, false, of_index, true,
             maria_inplace, ""},
    DdlFacts{create_spatial_index, maria, 100307, nocopy, reads_only, false, of_index, true,
             maria_nocopy, ""},
    DdlFacts{drop_index, my, 50600, inplace, open, false, no_space, true, my_index, ""},
    DdlFacts{drop_index, maria, 100000, inplace, open, false, no_space, true, maria_inplace, ""},
    DdlFacts{drop_index, maria, 100307, nocopy, open, false, no_space, true, maria_nocopy, ""},
    DdlFacts{rename_index, my, 50700, inplace, open, false, no_space, true, my_index, ""},
    DdlFacts{rename_index, maria, 100502, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{set_index_visibility, my, 80000, inplace, open, false, no_space, true,
             "MySQL manual, Invisible Indexes", ""},
    DdlFacts{set_index_visibility, maria, 100600, instant, open, false, no_space, true,
             "MariaDB, Ignored Indexes", ""},
    // Primary keys.
    DdlFacts{add_primary_key, my, 50600, inplace, open, true, of_table, true, my_key,
             writes_logged},
    DdlFacts{add_primary_key, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{drop_primary_key, my, 50600, copy, reads_only, true, of_table, true, my_key, ""},
    DdlFacts{drop_primary_key, maria, 100000, copy, reads_only, true, of_table, true, maria_inplace,
             ""},
    DdlFacts{replace_primary_key, my, 50600, inplace, open, true, of_table, true, my_key,
             writes_logged},
    DdlFacts{replace_primary_key, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    // Foreign keys.
    DdlFacts{add_foreign_key, my, 50600, copy, reads_only, true, of_table, true, my_foreign,
             "Only without foreign_key_checks is it done in place, and then rows are not checked."},
    DdlFacts{add_foreign_key, maria, 100000, copy, reads_only, true, of_table, true, maria_inplace,
             "Only without foreign_key_checks is it done in place, and then rows are not checked."},
    DdlFacts{drop_foreign_key, my, 50600, inplace, open, false, no_space, true, my_foreign, ""},
    DdlFacts{drop_foreign_key, maria, 100000, inplace, open, false, no_space, true, maria_inplace,
             ""},
    DdlFacts{drop_foreign_key, maria, 100307, instant, open, false, no_space, true, maria_instant,
             ""},
    // Columns.
    DdlFacts{add_column, my, 50600, inplace, open, true, of_table, true, my_column, writes_logged},
    DdlFacts{add_column, my, 80012, instant, open, false, no_space, true, my_column, row_versions},
    DdlFacts{add_column, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{add_column, maria, 100307, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{drop_column, my, 50600, inplace, open, true, of_table, true, my_column, writes_logged},
    DdlFacts{drop_column, my, 80029, instant, open, false, no_space, true, my_column, row_versions},
    DdlFacts{drop_column, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{drop_column, maria, 100400, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{rename_column, my, 50600, inplace, open, false, no_space, true, my_column, ""},
    DdlFacts{rename_column, my, 80028, instant, open, false, no_space, true, my_column, ""},
    DdlFacts{rename_column, maria, 100000, inplace, open, false, no_space, true, maria_inplace, ""},
    DdlFacts{rename_column, maria, 100307, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{move_column, my, 50600, inplace, open, true, of_table, true, my_column, writes_logged},
    DdlFacts{move_column, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{move_column, maria, 100400, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{set_column_default, my, 50600, inplace, open, false, no_space, true, my_column, ""},
    DdlFacts{set_column_default, my, 80012, instant, open, false, no_space, true, my_column, ""},
    DdlFacts{set_column_default, maria, 100000, inplace, open, false, no_space, true, maria_inplace,
             ""},
    DdlFacts{set_column_default, maria, 100307, instant, open, false, no_space, true, maria_instant,
             ""},
    DdlFacts{change_column_type, my, 50600, copy, reads_only, true, of_table, true, my_column, ""},
    DdlFacts{change_column_type, maria, 100000, copy, reads_only, true, of_table, true,
             maria_inplace, ""},
    DdlFacts{change_column_type, maria, 110200, copy, open, true, of_table, true,
             "MariaDB 11.2 release notes, ALTER TABLE ... ALGORITHM=COPY with LOCK=NONE", ""},
    DdlFacts{extend_varchar, my, 50700, inplace, open, false, no_space, true, my_column, ""},
    DdlFacts{extend_varchar, maria, 100202, inplace, open, false, no_space, true, maria_inplace,
             ""},
    DdlFacts{extend_varchar, maria, 100307, instant, open, false, no_space, true, maria_instant,
             ""},
    DdlFacts{drop_not_null, my, 50600, inplace, open, true, of_table, true, my_column,
             writes_logged},
    DdlFacts{drop_not_null, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{set_not_null, my, 50600, inplace, open, true, of_table, true, my_column,
             "It fails when a row has NULL there, or without a strict sql_mode."},
    DdlFacts{set_not_null, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             "It fails when a row has NULL there, or without a strict sql_mode."},
    DdlFacts{extend_enum, my, 50600, inplace, open, false, no_space, true, my_column, ""},
    DdlFacts{extend_enum, my, 80012, instant, open, false, no_space, true, my_column, ""},
    DdlFacts{extend_enum, maria, 100000, inplace, open, false, no_space, true, maria_inplace, ""},
    DdlFacts{extend_enum, maria, 100307, instant, open, false, no_space, true, maria_instant, ""},
    DdlFacts{add_stored_column, my, 50700, copy, reads_only, true, of_table, true, my_generated,
             ""},
    DdlFacts{add_stored_column, maria, 100201, copy, reads_only, true, of_table, true,
             maria_inplace, ""},
    DdlFacts{add_virtual_column, my, 50700, inplace, open, false, no_space, true, my_generated, ""},
    DdlFacts{add_virtual_column, my, 80012, instant, open, false, no_space, true, my_generated, ""},
    DdlFacts{add_virtual_column, maria, 100201, inplace, open, false, no_space, true, maria_inplace,
             ""},
    DdlFacts{add_virtual_column, maria, 100307, instant, open, false, no_space, true, maria_instant,
             ""},
    DdlFacts{drop_stored_column, my, 50700, inplace, open, true, of_table, true, my_generated,
             writes_logged},
    DdlFacts{drop_stored_column, my, 80029, instant, open, false, no_space, true, my_generated,
             row_versions},
    DdlFacts{drop_stored_column, maria, 100201, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{drop_stored_column, maria, 100400, instant, open, false, no_space, true, maria_instant,
             ""},
    DdlFacts{drop_virtual_column, my, 50700, inplace, open, false, no_space, true, my_generated,
             ""},
    DdlFacts{drop_virtual_column, my, 80012, instant, open, false, no_space, true, my_generated,
             ""},
    DdlFacts{drop_virtual_column, maria, 100201, inplace, open, false, no_space, true,
             maria_inplace, ""},
    DdlFacts{drop_virtual_column, maria, 100307, instant, open, false, no_space, true,
             maria_instant, ""},
    // Tables.
    DdlFacts{rebuild_table, my, 50700, inplace, open, true, of_table, true, my_table,
             writes_logged},
    DdlFacts{rebuild_table, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{rebuild_table_with_fulltext, my, 50700, copy, reads_only, true, of_table, true,
             my_table, ""},
    DdlFacts{rebuild_table_with_fulltext, maria, 100000, inplace, reads_only, true, of_table, true,
             maria_inplace, ""},
    DdlFacts{set_row_format, my, 50600, inplace, open, true, of_table, true, my_table,
             writes_logged},
    DdlFacts{set_row_format, maria, 100000, inplace, open, true, of_table, true, maria_inplace,
             writes_logged},
    DdlFacts{set_statistics_options, my, 50600, inplace, open, false, no_space, true, my_table, ""},
    DdlFacts{set_statistics_options, maria, 100000, inplace, open, false, no_space, true,
             maria_inplace, ""},
    DdlFacts{set_statistics_options, maria, 100307, instant, open, false, no_space, true,
             maria_instant, ""},
    DdlFacts{set_default_charset, my, 50600, inplace, open, true, of_table, true, my_table,
             "Columns keep the character set that they have."},
    DdlFacts{set_default_charset, maria, 100000, inplace, open, false, no_space, true,
             maria_inplace, "Columns keep the character set that they have."},
    DdlFacts{set_default_charset, maria, 100307, instant, open, false, no_space, true,
             maria_instant, "Columns keep the character set that they have."},
    DdlFacts{convert_charset, my, 50600, copy, reads_only, true, of_table, true, my_table, ""},
    DdlFacts{convert_charset, maria, 100000, copy, reads_only, true, of_table, true, maria_inplace,
             ""},
    DdlFacts{convert_charset, maria, 110200, copy, open, true, of_table, true,
             "MariaDB 11.2 release notes, ALTER TABLE ... ALGORITHM=COPY with LOCK=NONE", ""},
    DdlFacts{rename_table, my, 50600, inplace, closed, false, no_space, true, my_table, ""},
    DdlFacts{rename_table, my, 80012, instant, closed, false, no_space, true, my_table, ""},
    DdlFacts{rename_table, maria, 100000, inplace, closed, false, no_space, true, maria_inplace,
             ""},
    DdlFacts{rename_table, maria, 100307, instant, closed, false, no_space, true, maria_instant,
             ""},
    // Partitions.
    DdlFacts{partition_table, my, 50600, copy, reads_only, true, of_table, true, my_partition, ""},
    DdlFacts{partition_table, maria, 100000, copy, reads_only, true, of_table, true,
             maria_partition, ""},
    DdlFacts{remove_partitioning, my, 50600, copy, reads_only, true, of_table, true, my_partition,
             ""},
    DdlFacts{remove_partitioning, maria, 100000, copy, reads_only, true, of_table, true,
             maria_partition, ""},
    DdlFacts{add_range_partition, my, 50700, inplace, open, false, no_space, false, my_partition,
             "5.7 takes no ALGORITHM here."},
    DdlFacts{add_range_partition, my, 80000, inplace, open, false, no_space, true, my_partition,
             ""},
    DdlFacts{add_range_partition, maria, 100000, inplace, open, false, no_space, false,
             maria_partition, ""},
    DdlFacts{drop_range_partition, my, 50700, inplace, open, false, no_space, false, my_partition,
             "Its rows are gone."},
    DdlFacts{drop_range_partition, my, 80000, inplace, open, false, no_space, true, my_partition,
             "Its rows are gone."},
    DdlFacts{drop_range_partition, maria, 100000, inplace, open, false, no_space, false,
             maria_partition, "Its rows are gone."},
    DdlFacts{reorganize_partition, my, 50700, copy, reads_only, true, of_table, false, my_partition,
             ""},
    DdlFacts{reorganize_partition, my, 80000, inplace, reads_only, true, of_table, true,
             my_partition, ""},
    DdlFacts{reorganize_partition, maria, 100000, copy, reads_only, true, of_table, false,
             maria_partition, ""},
    DdlFacts{rebuild_partition, my, 50700, copy, reads_only, true, of_table, false, my_partition,
             ""},
    DdlFacts{rebuild_partition, my, 80000, inplace, reads_only, true, of_table, true, my_partition,
             ""},
    DdlFacts{rebuild_partition, maria, 100000, copy, reads_only, true, of_table, false,
             maria_partition, ""},
};

}  // namespace

std::optional<DdlFacts> ddl_facts(Operation operation, EngineKind fork, std::int64_t version) {
  std::optional<DdlFacts> found;
  for (const DdlFacts& one : facts) {
    if (one.operation == operation && one.fork == fork && one.from <= version) found = one;
  }
  return found;
}

std::string_view algorithm_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::instant:
      return "INSTANT";
    case Algorithm::nocopy:
      return "NOCOPY";
    case Algorithm::inplace:
      return "INPLACE";
    case Algorithm::copy:
      return "COPY";
  }
  return "";
}

std::string_view lock_name(DdlLock lock) {
  switch (lock) {
    case DdlLock::none:
      return "NONE";
    case DdlLock::shared:
      return "SHARED";
    case DdlLock::exclusive:
      return "EXCLUSIVE";
  }
  return "";
}

std::string ddl_clause(const DdlFacts& facts) {
  if (!facts.clause) return "";
  std::string text = ", ALGORITHM=" + std::string(algorithm_name(facts.algorithm));
  // MySQL takes no LOCK beside INSTANT.
  if (facts.algorithm != Algorithm::instant) text += ", LOCK=" + std::string(lock_name(facts.lock));
  return text;
}

std::string ddl_locks(const DdlFacts& facts, const std::string& table) {
  if (facts.metadata_only())
    return "Metadata lock on " + table + " for a moment: it waits for open transactions there";
  std::string text = "Metadata lock on " + table + " for a moment at its start and end; meanwhile ";
  switch (facts.lock) {
    case DdlLock::none:
      return text + "reads and writes go on";
    case DdlLock::shared:
      return text + "reads go on, and writes wait";
    case DdlLock::exclusive:
      return text + "reads and writes wait";
  }
  return text;
}

std::string ddl_replicas(const DdlFacts& facts) {
  if (facts.metadata_only()) return "";
  return "Each replica does the same once it has ended here, and applies nothing else meanwhile: "
         "it falls behind by about as long as this takes.";
}

}  // namespace whet::engine::mysql
