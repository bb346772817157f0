// Parts of a schema out of the server's words. Pure functions, but for_each_schema().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/collector.h"
#include "model/schema.h"

namespace whet::engine::mysql {

/// Streams a statement on information_schema over all user schemas: at once where the server has a
/// data dictionary, one schema at a time where it has not. `select` has no WHERE.
void for_each_schema(Collector& collector, const std::string& what, const std::string& select,
                     const std::string& schema_column, const Connection::Take& take,
                     const std::string& remedy = {});

/// "row_format=DYNAMIC stats_persistent=0 ENCRYPTION='Y' partitioned" as a map with lower case
/// names. A word without a value has "1".
[[nodiscard]] std::map<std::string, std::string> options_of(std::string_view create_options);

/// What a column's type takes in a row: fixed bytes, or -1. `octets` is CHARACTER_OCTET_LENGTH.
[[nodiscard]] std::int64_t length_of(std::string_view base_type, std::string_view type,
                                     std::int64_t octets, bool one_byte_characters);

/// The labels of "enum('new','it''s')" and set(...), in order.
[[nodiscard]] std::vector<std::string> labels_of(std::string_view type);

/// Expressions as information_schema prints them: MySQL escapes the quotes within.
[[nodiscard]] std::string clean_expression(std::string_view expression);

/// A row of information_schema.COLUMNS: COLUMN_NAME, ORDINAL_POSITION, whether it has a
/// default, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_OCTET_LENGTH,
/// CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_TYPE, EXTRA,
/// GENERATION_EXPRESSION, from `row` on.
[[nodiscard]] model::Column column_of(Row& row, model::EngineKind fork);

/// A row of information_schema.STATISTICS: NON_UNIQUE, COLUMN_NAME, COLLATION, CARDINALITY,
/// SUB_PART, INDEX_TYPE, visible ("YES"), EXPRESSION, from `row` on, added to an index. Parts come
/// in order.
void add_index_part(Row& row, model::Index& index);

/// A row of information_schema.PARTITIONS: PARTITION_NAME, SUBPARTITION_NAME, PARTITION_METHOD,
/// PARTITION_EXPRESSION, PARTITION_DESCRIPTION, TABLE_ROWS, bytes, from `row` on.
[[nodiscard]] model::Partition partition_of(Row& row);

/// A CREATE INDEX statement, or the key's definition of a primary key.
[[nodiscard]] std::string definition_of(const model::Table& table, const model::Index& index);

/// InnoDB's names of tables: "shop/order@002dlines#p#p2026#sp#s1". `partition` has what follows
/// the first #p#. An empty name: it is no user's table.
struct InnodbName {
  std::string schema, table, partition;
};
[[nodiscard]] InnodbName innodb_name(std::string_view name);
/// The same for a name in mysql.innodb_table_stats: no schema, not encoded.
[[nodiscard]] InnodbName stats_name(std::string_view schema, std::string_view table);

/// "cascade", "set null", ... of a foreign key from InnoDB's bits (INNODB_FOREIGN.TYPE).
struct ForeignKeyRules {
  std::string on_delete, on_update;
};
[[nodiscard]] ForeignKeyRules rules_of(std::int64_t type);

/// The tables and views that a view's query reads ("from `shop`.`orders` `o` join ..."), by
/// schema and name, in order, each once. For servers that do not say.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> relations_in(std::string_view query);

}  // namespace whet::engine::mysql
