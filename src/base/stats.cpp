#include "base/stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace whet::stats {

std::uint64_t Random::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

std::size_t Random::below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

double Random::uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - std::floor(at)) * (values[above] - values[below]);
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

namespace {

double resampled_median(const std::vector<double>& values, Random& random,
                        std::vector<double>& scratch) {
  for (double& slot : scratch) slot = values[random.below(values.size())];
  return median(scratch);
}

}  // namespace

Interval ratio_interval(const std::vector<double>& before, const std::vector<double>& after,
                        double confidence, int rounds, std::uint64_t seed) {
  if (before.empty() || after.empty() || median(before) == 0) return {};
  Random random(seed);
  std::vector<double> ratios;
  std::vector<double> a(before.size());
  std::vector<double> b(after.size());
  for (int i = 0; i < rounds; ++i) {
    const double denominator = resampled_median(before, random, a);
    if (denominator > 0) ratios.push_back(resampled_median(after, random, b) / denominator);
  }
  const double tail = (1 - confidence) / 2;
  return {quantile(ratios, tail), quantile(ratios, 1 - tail)};
}

}  // namespace whet::stats
