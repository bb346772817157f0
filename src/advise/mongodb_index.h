// MongoDB's indexes as people write them: keys, default names, mongosh commands; and how a key part
// reads: ordered, hashed, text, geo, wildcard.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"

namespace whet::advise {

/// "createdAt", "\"ship.country\"": a field's name in a document of mongosh.
[[nodiscard]] std::string mongosh_field(std::string_view name);

/// The word of a key part that is no direction: "hashed", "2dsphere", "text", ...; empty: 1 or -1.
[[nodiscard]] std::string part_word(const model::Index& index, const model::IndexPart& part);

/// "{status: 1, createdAt: -1}".
[[nodiscard]] std::string mongosh_key(const model::Index& index);

/// The name that the server would give it: "status_1_createdAt_-1".
[[nodiscard]] std::string default_index_name(const model::Index& index);
/// That name, or with what sets it apart when an index of the collection, or one of `taken`, has
/// it: "status_1_partial", "status_1_2".
[[nodiscard]] std::string free_index_name(const model::Table& table, const model::Index& index,
                                          const std::set<std::string>& taken = {});

/// "db.orders", "db.getCollection(\"my orders\")"; with another database than the shell's:
/// "db.getSiblingDB(\"shop\").orders".
[[nodiscard]] std::string mongosh_collection(const model::Table& table);

/// What createIndex takes as its second argument, "{sparse: true}"; empty: nothing. The name is
/// among it only when it is not the default one.
[[nodiscard]] std::string mongosh_options(const model::Index& index);

/// "db.orders.createIndex({status: 1}, {sparse: true})".
[[nodiscard]] std::string mongosh_create(const model::Table& table, const model::Index& index);
[[nodiscard]] std::string mongosh_drop(const model::Table& table, const model::Index& index);

/// An option of the index as it was given: "sparse", "collation"; empty: not set.
[[nodiscard]] std::string_view index_option(const model::Index& index, std::string_view name);
[[nodiscard]] bool index_flag(const model::Index& index, std::string_view name);

[[nodiscard]] bool is_wildcard(const model::Index& index);
/// All parts are 1 or -1 and none is a wildcard: an ordinary B-tree.
[[nodiscard]] bool is_ordered(const model::Index& index);
[[nodiscard]] bool is_ttl(const model::Index& index);

/// Extended JSON in one form: fields sorted, numbers of all types alike, {a: {$eq: 1}} as {a: 1},
/// nested $and opened. The text itself when it is no JSON. For comparing filters and options.
[[nodiscard]] std::string canonical_document(std::string_view json);

/// A path's values make several entries of a document: an array, or below an array.
[[nodiscard]] bool is_multikey_path(const model::Table& table, std::string_view path);

}  // namespace whet::advise
