// Statistics of measurements: quantiles, bootstrap intervals, a seeded random source. Pure
// functions.
#pragma once

#include <cstdint>
#include <vector>

namespace whet::stats {

/// SplitMix64: small, seeded, the same on every machine. Not for security.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, bound). REQUIRES: bound > 0.
  [[nodiscard]] std::size_t below(std::size_t bound);
  /// Uniform in [0, 1).
  [[nodiscard]] double uniform();

 private:
  std::uint64_t state_;
};

[[nodiscard]] double mean(const std::vector<double>& values);  ///< 0 when empty
/// The q-quantile, q in [0, 1], with linear interpolation (Hyndman & Fan, type 7); 0 when empty.
/// O(n log n).
[[nodiscard]] double quantile(std::vector<double> values, double q);
[[nodiscard]] double median(const std::vector<double>& values);

struct Interval {
  double low = 0;
  double high = 0;
};

/// The percentile bootstrap interval (Efron 1979) of median(after) / median(before): both samples
/// are drawn anew `rounds` times. `confidence` in (0, 1). {0, 0} when a sample is empty or
/// median(before) is 0.
[[nodiscard]] Interval ratio_interval(const std::vector<double>& before,
                                      const std::vector<double>& after, double confidence,
                                      int rounds, std::uint64_t seed);

}  // namespace whet::stats
