#include "engine/postgres/shadow/pages.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace whet::engine::postgres::shadow {

namespace {

static_assert(std::endian::native == std::endian::little, "pages are in the server's byte order");

template <class T>
T get(const std::string& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// bufpage.h: lsn 8, checksum 2, flags 2, lower 2, upper 2, special 2, size and version 2, xid 4.
constexpr std::size_t header_bytes = 24, lower_at = 12, upper_at = 14, special_at = 16,
                      size_at = 18;
constexpr std::uint16_t layout_version = 4;

// nbtree.h, BTPageOpaqueData in the special space: prev 4, next 4, level 4, flags 2, cycle 2.
constexpr std::size_t opaque_bytes = 16, opaque_at = block_bytes - opaque_bytes;
constexpr std::size_t level_in_opaque = 8, flags_in_opaque = 12;
constexpr std::uint16_t leaf_flag = 1, root_flag = 2;
// BTMetaPageData: magic 4, version 4, root 4, level 4, fast root 4, fast level 4.
constexpr std::size_t magic_at = header_bytes, root_at = 32, level_at = 36, fast_root_at = 40,
                      fast_level_at = 44;
constexpr std::uint32_t btree_magic = 0x053162, gin_meta_flag = 8, brin_magic = 0xA8109CFA;
constexpr int highest = 12;

std::string empty_btree_page(std::uint32_t level, std::uint16_t flags) {
  std::string page(block_bytes, '\0');
  put<std::uint16_t>(page, lower_at, header_bytes);
  put<std::uint16_t>(page, upper_at, opaque_at);
  put<std::uint16_t>(page, special_at, opaque_at);
  put<std::uint16_t>(page, size_at, block_bytes | layout_version);
  put<std::uint32_t>(page, opaque_at + level_in_opaque, level);
  put<std::uint16_t>(page, opaque_at + flags_in_opaque, flags);
  return page;
}

/// An inner page whose only entry is smaller than every key and points to the child below.
std::string inner_page(std::uint32_t level, std::uint32_t child, bool root) {
  std::string page = empty_btree_page(level, root ? root_flag : 0);
  // itup.h and nbtree.h: block 2 + 2, offset 2 (number of attributes: 0), info 2 (size; the bit
  // says that the offset is not one).
  constexpr std::size_t tuple_bytes = 8, tuple_at = opaque_at - tuple_bytes;
  constexpr std::uint16_t offset_is_attributes = 0x2000;
  put<std::uint16_t>(page, tuple_at, static_cast<std::uint16_t>(child >> 16U));
  put<std::uint16_t>(page, tuple_at + 2, static_cast<std::uint16_t>(child & 0xFFFFU));
  put<std::uint16_t>(page, tuple_at + 4, 0);
  put<std::uint16_t>(page, tuple_at + 6, tuple_bytes | offset_is_attributes);
  // itemid.h: 15 bits of offset, 2 of flags (1: normal), 15 of length.
  constexpr std::uint32_t item = tuple_at | 1U << 15U | tuple_bytes << 17U;
  put<std::uint32_t>(page, header_bytes, item);
  put<std::uint16_t>(page, lower_at, header_bytes + sizeof(item));
  put<std::uint16_t>(page, upper_at, tuple_at);
  return page;
}

}  // namespace

std::optional<std::string> raised_btree(std::string pages, int height) {
  if (height <= 0 || height > highest || pages.size() < block_bytes) return std::nullopt;
  if (get<std::uint32_t>(pages, magic_at) != btree_magic) return std::nullopt;
  auto bottom = get<std::uint32_t>(pages, root_at);
  if (bottom == 0) {  // not one entry yet
    if (pages.size() != block_bytes) return std::nullopt;
    bottom = 1;
    pages += empty_btree_page(0, leaf_flag);
  }
  const std::size_t leaf_at = bottom * block_bytes;
  const auto level = get<std::uint32_t>(pages, level_at);
  if (level > static_cast<std::uint32_t>(height) || leaf_at + block_bytes > pages.size())
    return std::nullopt;
  if (level == static_cast<std::uint32_t>(height)) return pages;
  const std::size_t flags_at = leaf_at + opaque_at + flags_in_opaque;
  put<std::uint16_t>(pages, flags_at,
                     get<std::uint16_t>(pages, flags_at) & static_cast<std::uint16_t>(~root_flag));
  std::uint32_t child = bottom;
  for (auto above = level + 1; above <= static_cast<std::uint32_t>(height); ++above) {
    const auto own = static_cast<std::uint32_t>(pages.size() / block_bytes);
    pages += inner_page(above, child, above == static_cast<std::uint32_t>(height));
    child = own;
  }
  for (const std::size_t at : {root_at, fast_root_at}) put<std::uint32_t>(pages, at, child);
  for (const std::size_t at : {level_at, fast_level_at})
    put<std::uint32_t>(pages, at, static_cast<std::uint32_t>(height));
  return pages;
}

std::optional<std::string> counted_gin(std::string pages, const model::GinCounts& counts) {
  // ginblock.h, GinMetaPageData behind the header; GinPageOpaqueData ends with 2 bytes of flags.
  if (pages.size() < block_bytes) return std::nullopt;
  if (get<std::uint16_t>(pages, block_bytes - 2) != gin_meta_flag) return std::nullopt;
  put<std::uint32_t>(pages, header_bytes + 12, static_cast<std::uint32_t>(counts.pending_pages));
  put<std::uint32_t>(pages, header_bytes + 24, static_cast<std::uint32_t>(counts.total_pages));
  put<std::uint32_t>(pages, header_bytes + 28, static_cast<std::uint32_t>(counts.entry_pages));
  put<std::uint32_t>(pages, header_bytes + 32, static_cast<std::uint32_t>(counts.data_pages));
  put<std::int64_t>(pages, header_bytes + 40, counts.entries);
  return pages;
}

std::optional<std::string> mapped_brin(std::string pages, std::int64_t map_pages) {
  // brin_page.h, BrinMetaPageData: magic 4, version 4, pages for a range 4, last page of the map 4.
  if (pages.size() < block_bytes) return std::nullopt;
  if (get<std::uint32_t>(pages, header_bytes) != brin_magic) return std::nullopt;
  put<std::uint32_t>(pages, header_bytes + 12, static_cast<std::uint32_t>(map_pages));
  return pages;
}

std::int64_t brin_map_pages(double table_pages, double pages_per_range) {
  constexpr double ranges_of_a_page = 1360;  // REVMAP_PAGE_MAXITEMS with 8 kB pages
  const double ranges = std::ceil(table_pages / std::max(1.0, pages_per_range));
  return static_cast<std::int64_t>(std::max(1.0, std::ceil(ranges / ranges_of_a_page)));
}

int btree_height(double pages, double key_width) {
  // Inner pages are built 70 % full; an entry is its key, aligned, with 8 bytes of head and 4 of
  // place in the page.
  constexpr double usable = block_bytes - header_bytes - opaque_bytes, filled = 0.7;
  const double entry = std::ceil((std::max(1.0, key_width) + 8) / 8) * 8 + 4;
  const double fan_out = std::max(2.0, std::floor(usable * filled / entry));
  double leaves = std::max(1.0, pages - 1);  // the first page is no part of the tree
  // The inner pages count among `pages`.
  leaves = std::max(1.0, std::ceil(leaves * (1 - 1 / fan_out)));
  int height = 0;
  for (double level = leaves; level > 1 && height < highest; ++height)
    level = std::ceil(level / fan_out);
  return height;
}

}  // namespace whet::engine::postgres::shadow
