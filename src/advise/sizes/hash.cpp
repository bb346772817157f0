#include <algorithm>
#include <cmath>
#include <cstdint>

#include "advise/sizes/others.h"

namespace whet::advise {

namespace {

// A hash code for each row, MAXALIGNed, with its header and line pointer.
constexpr double item_bytes = 8 + 8 + line_pointer;
constexpr double page_rows = 407;  // of 8192 - 24 - 16 bytes

std::uint32_t log2_up(std::uint32_t number) {
  std::uint32_t power = 0;
  while ((1ULL << power) < number) ++power;
  return power;
}

/// Splitpoint phases (hashutil.c): from 2^9 buckets on, a doubling comes in four steps.
std::uint32_t phase_for(std::uint32_t buckets) {
  const std::uint32_t group = log2_up(buckets);
  if (group < 10) return group;
  return 10 + ((group - 10) << 2U) + (((buckets - 1) >> (group - 3)) & 3U);
}

double buckets_of(std::uint32_t phase) {
  if (phase < 10) return static_cast<double>(1ULL << phase);
  const std::uint64_t half = 1ULL << (9 + ((phase - 10) >> 2U));
  return static_cast<double>(half + (half >> 2U) * (((phase - 10) & 3U) + 1));
}

/// Pages behind the first one of a bucket with so many rows, which vary as chance has it.
double overflow(double mean, double deviation) {
  if (deviation <= 0) return std::max(0.0, std::ceil(mean / page_rows) - 1);
  double pages = 0;
  double full = page_rows;
  while (full < mean + 6 * deviation) {
    pages += 0.5 * std::erfc((full - mean) / (deviation * std::sqrt(2.0)));
    full += page_rows;
  }
  return pages;
}

/// Expected overflow pages of a bucket that gets this share of the keys.
double overflow_of_bucket(const std::vector<KeyClass>& keys, double entries, double share) {
  constexpr double fills_buckets = 20;  // rows of one key from which it is looked at alone
  double mean = 0, variance = 0;
  for (const KeyClass& one : keys) {
    if ((one.nulls & 1U) != 0) continue;  // a hash index holds no NULLs
    const double rows = entries * one.share;
    const double each = rows / std::max(one.present(entries), 1.0);
    if (each > fills_buckets && one.present(entries) * share < 1) continue;
    mean += rows * share;
    variance += rows * share * each;
  }
  double pages = overflow(mean, std::sqrt(variance));
  for (const KeyClass& one : keys) {
    const double count = one.present(entries);
    const double each = entries * one.share / std::max(count, 1.0);
    if ((one.nulls & 1U) != 0 || each <= fills_buckets || count * share >= 1) continue;
    pages += count * share * overflow(each + mean, std::sqrt(variance));
  }
  return pages;
}

}  // namespace

double hash_buckets(double entries, double rows_per_bucket) {
  constexpr double most = 0x40000000;
  const double wanted = entries / rows_per_bucket;
  if (wanted <= 2) return 2;
  if (wanted >= most) return most;
  return buckets_of(phase_for(static_cast<std::uint32_t>(wanted)));
}

double hash_pages(const std::vector<KeyClass>& keys, double entries, int fillfactor) {
  constexpr double bits_of_page = 8 * 4096;  // overflow pages that one bitmap page tracks
  const double per_bucket =
      std::max(10.0, std::floor(std::floor(8192.0 * fillfactor / 100) / item_bytes));
  const double buckets = hash_buckets(entries, per_bucket);
  // Between two powers of two, some buckets are not split yet and hold twice what the others do.
  const double slots = std::exp2(std::ceil(std::log2(buckets)));
  const double whole = slots - buckets;
  const double pages = whole * overflow_of_bucket(keys, entries, 2 / slots) +
                       (buckets - whole) * overflow_of_bucket(keys, entries, 1 / slots);
  return 1 + buckets + std::floor(pages) + std::max(1.0, std::ceil(pages / bits_of_page));
}

}  // namespace whet::advise
