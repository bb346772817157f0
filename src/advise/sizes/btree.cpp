#include "advise/sizes/btree.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace whet::advise {

namespace {

// nbtree.h, bufpage.h: a page of 8192 bytes with its header, the special space, and the line
// pointer that is kept for the high key.
constexpr int page_bytes = 8192;
constexpr int usable = page_bytes - 24 - 16 - line_pointer;
constexpr int address_in_high_key = 8;  // MAXALIGN(sizeof(ItemPointerData))
constexpr int posting_most = page_bytes / 10 / 8 * 8 - line_pointer;  // _bt_load: maxpostingsize
constexpr int inner_fill = 70;                                        // BTREE_NONLEAF_FILLFACTOR

/// Numbers in [0, 1), always the same ones (splitmix64).
class Draws {
 public:
  double next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1.0p-53;
  }

 private:
  std::uint64_t state_ = 1;
};

/// The leaf that is being filled (_bt_buildadd).
class Leaves {
 public:
  explicit Leaves(int fillfactor) : kept_free_(page_bytes * (100 - fillfactor) / 100) {}

  /// `posting`: bytes of the item's list of row addresses, which a high key would not have.
  void add(int bytes, int posting) {
    const int free = usable - line_pointer - used_;
    const bool full =
        free < bytes + address_in_high_key || (free + last_posting_ < kept_free_ && on_page_ > 1);
    if (full) {
      // The last item becomes the high key, and goes on to the new page.
      ++closed_;
      closed_bytes_ += used_ - last_;
      used_ = last_;
      on_page_ = 1;
    }
    last_ = bytes + line_pointer;
    last_posting_ = posting;
    used_ += last_;
    ++on_page_;
    ++items_;
  }

  [[nodiscard]] double closed() const { return closed_; }
  [[nodiscard]] double items() const { return items_; }
  /// With the part of the last page that is filled.
  [[nodiscard]] double pages() const {
    const double typical = closed_ > 0 ? closed_bytes_ / closed_ : usable - kept_free_;
    return closed_ + used_ / typical;
  }

 private:
  int kept_free_;
  int used_ = 0, last_ = 0, last_posting_ = 0, on_page_ = 0;
  double closed_ = 0, closed_bytes_ = 0, items_ = 0;
};

class Builder {
 public:
  explicit Builder(const BtreeInput& input) : in_(input) {}

  /// Pages and items of a class in all.
  struct Total {
    double pages = 0, items = 0, groups = 0;
  };

  Total total(const KeyClass& keys) {
    constexpr double enough_pages = 8, many_pages = 40, enough_groups = 1000, most_groups = 4000;
    const double rows = in_.entries * keys.share;
    Leaves leaves(in_.fillfactor);
    double seen = 0, groups = 0;
    while (seen < rows && groups < most_groups &&
           (leaves.closed() < enough_pages || groups < enough_groups) &&
           leaves.closed() < many_pages) {
      seen += add_group(keys, rows - seen, leaves);
      ++groups;
    }
    if (seen <= 0) return {};
    const double times = rows / seen;
    return {.pages = leaves.pages() * times,
            .items = leaves.items() * times,
            .groups = keys.present(in_.entries)};
  }

 private:
  /// Rows of one group that has any.
  double group_rows(const KeyClass& keys) {
    const double mean = in_.entries * keys.share / keys.keys;
    const double draw = draws_.next();
    if (keys.exact) return std::max(1.0, std::floor(mean + draw));
    if (mean < 1e-4) return 1;
    if (mean > 30) {
      const double angle = 6.283185307179586 * draws_.next();
      const double normal = std::sqrt(-2 * std::log1p(-draw)) * std::cos(angle);
      return std::max(1.0, std::round(mean + std::sqrt(mean) * normal));
    }
    double probability = std::exp(-mean);
    double left = draw * -std::expm1(-mean);  // a group without rows is none
    double rows = 0;
    while (left >= 0 && rows < 200) {
      rows += 1;
      probability *= mean / rows;
      left -= probability;
    }
    return rows;
  }

  std::uint32_t nulls_of(const KeyClass& keys) {
    std::uint32_t nulls = keys.nulls;
    for (std::size_t i = in_.key_fields; i < in_.fields.size() && i < 32; ++i)
      if (draws_.next() < in_.null_fractions[i - in_.key_fields]) nulls |= 1U << i;
    return nulls;
  }

  double add_group(const KeyClass& keys, double rows_left, Leaves& leaves) {
    if (!in_.deduplicates) {  // row by row: which rows have the same key makes no difference
      leaves.add(entry_bytes(in_.fields, nulls_of(keys), draws_.next()), 0);
      return 1;
    }
    constexpr double rows_most = 25000;  // of one group: further rows are like these
    const double rows = std::min({group_rows(keys), std::ceil(rows_left), rows_most});
    const int base = entry_bytes(in_.fields, keys.nulls, draws_.next());
    const int most = std::max(1, (posting_most / 8 * 8 - base) / item_pointer);
    for (double left = rows; left > 0;) {
      const int taken = static_cast<int>(std::min<double>(left, most));
      const int bytes = taken > 1 ? max_aligned(base + taken * item_pointer) : base;
      leaves.add(bytes, bytes - base);
      left -= taken;
    }
    return rows;
  }

  const BtreeInput& in_;
  Draws draws_;
};

/// Bytes of what leads to a page: the parts of the key that tell it from its neighbour
/// (_bt_truncate), and the row's address where the keys are equal.
double pivot_bytes(const BtreeInput& input, const Builder::Total& total) {
  std::vector<Field> fields(input.fields.begin(),
                            input.fields.begin() + static_cast<std::ptrdiff_t>(input.key_fields));
  if (input.first_part_keys > 4 * total.pages && fields.size() > 1) fields.resize(1);
  double bytes = 0;
  for (const double draw : {0.1, 0.3, 0.5, 0.7, 0.9}) bytes += entry_bytes(fields, 0, draw) / 5.0;
  const double inside = total.items > 0 ? 1 - std::min(1.0, total.groups / total.items) : 0;
  return bytes + inside * address_in_high_key;
}

}  // namespace

BtreePages btree_pages(const BtreeInput& input) {
  if (input.entries < 1) return {};
  Builder builder(input);
  Builder::Total all;
  for (const KeyClass& keys : input.keys) {
    const Builder::Total one = builder.total(keys);
    all.pages += one.pages, all.items += one.items, all.groups += one.groups;
  }
  BtreePages pages;
  pages.leaves = std::max(1.0, std::ceil(all.pages));
  const double per_page =
      std::max(2.0, std::floor((usable - line_pointer - page_bytes * (100 - inner_fill) / 100.0) /
                               (pivot_bytes(input, all) + line_pointer)));
  for (double below = pages.leaves; below > 1; ++pages.height) {
    below = std::ceil(below / per_page);
    pages.inner += below;
  }
  return pages;
}

}  // namespace whet::advise
