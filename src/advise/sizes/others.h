// Sizes of indexes that are no B-trees.
#pragma once

#include "advise/sizes/keys.h"
#include "advise/sizes/layout.h"
#include "model/schema.h"

namespace whet::advise {

/// Buckets for the rows at a fill of 75 %, in the steps in which the server allots them, and
/// overflow pages for keys that fill more than a page (hashpage.c).
[[nodiscard]] double hash_pages(const std::vector<KeyClass>& keys, double entries, int fillfactor);

/// Bucket pages that the server makes for so many rows at first (_hash_init): for HypoPG's formula
/// too. `rows_per_bucket` is its fill factor in rows.
[[nodiscard]] double hash_buckets(double entries, double rows_per_bucket);

/// A summary for each range of pages (brin_tuple.c), the map of ranges and the metapage.
[[nodiscard]] double brin_pages(const model::Table& table, const model::Index& index);

/// Entries with their compressed lists of rows. Elements are known for arrays and tsvector when
/// ANALYZE has kept the most common ones. Otherwise an assumption: a jsonb value holds one element
/// for each 16 bytes, a text one trigram for each byte, an array one element for each 8 bytes, and
/// there are as many different ones as a hundredth of all (at least 200), and in jsonb one more for
/// each row, such as an id. Half of it or double is in reach.
[[nodiscard]] double gin_pages(const model::Table& table, const model::Index& index,
                               double entries);

/// Elements of one row: entries that it makes in the GIN index.
[[nodiscard]] double gin_elements(const model::Table& table, const model::Index& index);

/// GiST and SP-GiST: entries of the key's width (boxes for ranges and points) on pages that random
/// splits leave 70 % full. Rough.
[[nodiscard]] double gist_pages(const std::vector<Field>& fields, double entries);

}  // namespace whet::advise
