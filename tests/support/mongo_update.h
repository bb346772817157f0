// What update operators do to a document: the scripted MongoDB server's.
#pragma once

#include "mql/value.h"
#include "support/mongo_failure.h"

namespace whet::testing::mongo {

/// The document after it: a replacement, operators, or a pipeline of $set, $unset and $project.
[[nodiscard]] mql::Value updated(const mql::Value& document, const mql::Value& update,
                                 bool inserting = false);
/// What an upsert begins with: the equalities of the filter.
[[nodiscard]] mql::Value seed_of(const mql::Value& filter);
/// Sets what is at a dotted path, making documents on the way; through arrays by position.
void set_at(mql::Value& document, std::string_view path, mql::Value value);

}  // namespace whet::testing::mongo
