// The index algebra of MongoDB: may index B be dropped because index A does all that B does?
//
// A B-tree serves a prefix of its key, forwards or all backwards, and a single field either way. An
// index holds only what its options say: sparse and partial ones leave documents out, a collation
// changes what equal strings are; so both must agree in them. An array makes several entries for a
// document.
// Sources: MongoDB manual, "Compound Indexes" (prefixes, sort order), "Sparse Indexes", "Partial
// Indexes", "Hidden Indexes", "Shard Keys".
#pragma once

#include <string>

#include "advise/index/algebra.h"
#include "model/schema.h"

namespace whet::advise {

/// Whether `b` can be dropped in favour of `a`; the reason says why, or why not. REQUIRES: both are
/// indexes of `table`.
[[nodiscard]] Coverage mongodb_covers(const model::Table& table, const model::Index& a,
                                      const model::Index& b);

/// Why an index stays whatever others there are: "it enforces uniqueness"; empty: nothing but
/// queries may need it.
[[nodiscard]] std::string mongodb_must_stay(const model::Index& index);

}  // namespace whet::advise
