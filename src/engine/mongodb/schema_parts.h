// Collections, views and indexes from the replies that list them. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/schema.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// The same for the same name in every snapshot, positive, and within 53 bits.
[[nodiscard]] std::int64_t id_of(std::string_view schema, std::string_view name,
                                 std::string_view index = {});

/// Of an entry of listCollections.
[[nodiscard]] model::Table table_of(std::string_view database, const mql::Value& entry);
/// Of an entry with type "view".
[[nodiscard]] model::View view_of(std::string_view database, const mql::Value& entry);

/// Of an entry of listIndexes.
[[nodiscard]] model::Index index_of(const model::Table& table, const mql::Value& entry);

/// "db.getSiblingDB("shop").getCollection("orders").createIndex({status: 1}, {name: "s"})": what
/// makes this index again.
[[nodiscard]] std::string definition_of(std::string_view database, std::string_view collection,
                                        const mql::Value& entry);

/// Sizes, rows and counters of one document of $collStats; those of several shards add up. What is
/// not in it stays as it is.
void add_sizes(model::Table& table, const mql::Value& stats);
/// The counters alone, added up too.
void add_counters(model::TableCounters& counters, const mql::Value& stats);

/// One document of $indexStats: who used an index, and how often. `now` is seconds since 1970;
/// `member` names who was asked; a mongos leaves it to the document, which has the host that
/// answered.
[[nodiscard]] model::MemberUse use_of(const mql::Value& document, double now,
                                      std::string_view member = {});

}  // namespace whet::engine::mongodb
