// Pages of PostgreSQL's files, made and edited as bytes: what the planner reads in an index's first
// page, and what a B-tree needs to be as high as the target's. Little-endian machines; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/planner_facts.h"

namespace whet::engine::postgres::shadow {

inline constexpr std::size_t block_bytes = 8192;

/// The pages of a B-tree that has at most one leaf (as its file holds them), with `height` levels
/// above the leaf: each a single page with one entry, so that a descent really works. Nothing when
/// the bytes are no such B-tree; then, and for height 0, leave the file as it is.
[[nodiscard]] std::optional<std::string> raised_btree(std::string pages, int height);

/// The first pages of a GIN index with these counts in place of its own.
[[nodiscard]] std::optional<std::string> counted_gin(std::string pages,
                                                     const model::GinCounts& counts);

/// The first pages of a BRIN index whose map of ranges takes that many pages.
[[nodiscard]] std::optional<std::string> mapped_brin(std::string pages, std::int64_t map_pages);
/// The pages that the map of a BRIN index takes for a table.
[[nodiscard]] std::int64_t brin_map_pages(double table_pages, double pages_per_range);

/// Levels above the leaves of a B-tree with that many pages in all, whose inner entries have keys
/// of `key_width` bytes on average.
[[nodiscard]] int btree_height(double pages, double key_width);

}  // namespace whet::engine::postgres::shadow
