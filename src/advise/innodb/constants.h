// What the model of MySQL's and MariaDB's optimizer takes from the server: prices, switches and
// what its version can do.
//
// There are two prices of everything. The server's own (`Prices`) decide which plan it takes; they
// are the documented constants of mysql.server_cost and mysql.engine_cost
// (sql/opt_costconstants.cc), for MariaDB before 11.0 those of sql/handler.h (a block 1, a row
// 1/TIME_FOR_COMPARE). What the plan then takes (`Work`) is measured: microseconds on a server
// whose data is in memory, plus what it must read from disk. The two differ, above all for rows
// that are fetched through a secondary index: the server charges 0.35 for what takes 1.6 us, while
// a row of a scan takes 0.09 us and costs 0.1.
#pragma once

#include "model/server.h"

namespace whet::advise::innodb {

/// The server's cost constants.
struct Prices {
  double row = 0.1;           ///< row_evaluate_cost
  double key_compare = 0.05;  ///< key_compare_cost
  double memory_block = 0.25, disk_block = 1;
  double temporary_create = 1, temporary_row = 0.1;
  double disk_temporary_create = 20, disk_temporary_row = 0.5;
};

/// Microseconds, measured on MySQL 9.7 with all data in the buffer pool (bench/mysql/calibrate).
struct Work {
  double scan_row = 0.085;            ///< of a table scan, with a condition
  double index_row = 0.085;           ///< of an index scan or range
  double descent = 0.6;               ///< to one place of an index, in a join
  double unique_lookup = 1.0;         ///< one row by the whole primary key
  double fetch = 1.6;                 ///< from a secondary index's entry to the row
  double range_start = 5;             ///< a range: dives of the optimizer, and the handler's start
  double build = 0.12, probe = 0.08;  ///< a row in a hash join
  double spill = 0.25;                ///< a row that goes to disk in one and back
  double compare = 0.016;             ///< in a sort; log2(n) for each row
  double keep = 0.04;                 ///< a row that passes by a sort with LIMIT
  double group = 0.12;                ///< a row that finds its group in a temporary table
  double group_made = 0.25;           ///< a new group there
  double group_ordered = 0.02;        ///< a row when groups arrive in order
  double entry = 2.5;                 ///< of a secondary index, made by a write
  double written = 4;                 ///< a row changed, without the secondary indexes
  double random_read = 80, sequential_read = 8;  ///< a block that is not in the buffer pool
};

struct Constants {
  Prices price;
  Work work;
  bool mariadb = false;
  std::int64_t version = 0;
  double page_bytes = 16384;
  double pool_bytes = 134217728;      ///< innodb_buffer_pool_size
  bool pool_has_room = false;         ///< what was read is still there
  double data_bytes = 0;              ///< of all tables and indexes; what shares the pool
  double join_buffer = 262144;        ///< join_buffer_size
  double temporary_bytes = 16777216;  ///< tmp_table_size
  double fill_factor = 1;             ///< innodb_fill_factor of a sorted build
  bool hash_join = true;              ///< MySQL 8.0.18+; MariaDB has hashed join buffers, off
  bool skip_scan = true;              ///< MySQL 8.0.13+
  bool descending_keys = true;        ///< MySQL 8.0+, MariaDB 10.8+
  bool functional_keys = true;        ///< MySQL 8.0.13+
  bool multi_valued_keys = true;      ///< MySQL 8.0.17+
  bool push_down = true;              ///< index_condition_pushdown
  bool merge_union = true;            ///< index_merge_union

  /// Part of a table's blocks that are in memory: all while the pool has room, else as if all
  /// tables shared it alike.
  [[nodiscard]] double resident() const;
};

/// "MySQL 9.7", "MariaDB 10.11".
[[nodiscard]] std::string server_words(const model::Server& server);

[[nodiscard]] Constants constants_of(const model::Server& server, double data_bytes);

}  // namespace whet::advise::innodb
