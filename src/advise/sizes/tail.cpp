#include "advise/sizes/tail.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace whet::advise {

namespace {

constexpr double unlimited = 1e15;
constexpr std::size_t full_list = 100;  // default_statistics_target, and what a snapshot keeps

/// frequency = scale * rank^-exponent
struct PowerLaw {
  double scale = 0, exponent = 0;
};

/// Least squares over the logarithms. The first few ranks are left out: they weigh little in the
/// tail and often stand apart.
std::optional<PowerLaw> power_law(const std::vector<double>& frequencies) {
  constexpr std::size_t first = 5;
  constexpr double largest_residual = 0.15, least_exponent = 0.25, most_exponent = 2.5;
  if (frequencies.size() < full_list || frequencies.back() <= 0) return std::nullopt;
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, sum_yy = 0;
  for (std::size_t i = first; i < frequencies.size(); ++i) {
    const double x = std::log(static_cast<double>(i + 1));
    const double y = std::log(frequencies[i]);
    n += 1, sum_x += x, sum_y += y, sum_xx += x * x, sum_xy += x * y, sum_yy += y * y;
  }
  const double slope = (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x);
  const double level = (sum_y - slope * sum_x) / n;
  const double squares = sum_yy - level * sum_y - slope * sum_xy;
  if (std::sqrt(std::max(squares, 0.0) / n) > largest_residual) return std::nullopt;
  if (-slope < least_exponent || -slope > most_exponent) return std::nullopt;
  return PowerLaw{.scale = std::exp(level), .exponent = -slope};
}

/// Of the keys, those that the pages hold which ANALYZE read.
double reached(const Sample& sample, const KeyClass& one) {
  if (!sample.in_runs || sample.blocks >= 1) return one.keys;
  const double rows = sample.table_rows * one.share / one.keys;
  const double pages = 1 + std::max(0.0, rows - 1) / sample.page_rows;  // that a run touches
  return one.keys * (1 - std::pow(1 - sample.blocks, pages));
}

/// What ANALYZE's estimator says when the rest of the rows falls on values by chance: n d / (n - f1
/// + f1 q), of n rows with d values, f1 of them seen once (analyze.c).
double estimator(const Sample& sample, const std::vector<KeyClass>& rest) {
  const double n = sample.rows * sample.fraction;
  double seen = sample.common, once = 0;
  for (const KeyClass& one : rest) {
    const double keys = reached(sample, one);
    const double each = sample.table_rows * one.share * sample.fraction / keys;
    seen -= keys * std::expm1(-each);
    once += keys * each * std::exp(-each);
  }
  return n * seen / (n - once + once * sample.fraction);
}

/// Values that are possible (more than occur) when the estimator has said `distinct`.
double possible_values(const Sample& sample) {
  const auto says = [&](double values) {
    return estimator(sample, {{.keys = values, .share = sample.share}});
  };
  if (sample.distinct >= sample.rows * 0.9999 || says(unlimited) <= sample.distinct)
    return unlimited;
  double even = std::max(1.0, sample.distinct - sample.common);
  even *= even / reached(sample, {.keys = even, .share = sample.share});
  double low = even * 0.5, high = unlimited;
  for (int i = 0; i < 80; ++i) {
    const double middle = std::sqrt(low * high);
    (says(middle) < sample.distinct ? low : high) = middle;
  }
  return std::sqrt(low * even);
}

/// The integral of rank^-exponent.
double mass_between(const PowerLaw& law, double from, double to) {
  if (std::abs(law.exponent - 1) < 1e-6) return law.scale * std::log(to / from);
  const double power = 1 - law.exponent;
  return law.scale * (std::pow(to, power) - std::pow(from, power)) / power;
}

/// Ranks in doubling steps until the share is used up.
std::vector<KeyClass> falling(const PowerLaw& law, double first_rank, double share) {
  constexpr int most_steps = 60;
  std::vector<KeyClass> classes;
  double used = 0;
  double from = first_rank;
  for (int step = 0; step < most_steps && used < share; ++step) {
    double to = from * 1.5;
    double mass = mass_between(law, from, to);
    if (used + mass > share) {
      to = from + (to - from) * (share - used) / mass;
      mass = share - used;
    }
    classes.push_back({.keys = to - from, .share = mass});
    used += mass;
    from = to;
  }
  // What the law never reaches is in values that occur once.
  if (share - used > 1e-9) classes.push_back({.keys = unlimited, .share = share - used});
  return classes;
}

/// The tail that goes on where the list ends, so steep that the estimator would have said
/// `distinct`: the list's own slope is blurred by sampling.
std::vector<KeyClass> power_tail(const PowerLaw& listed, const Sample& sample) {
  const double end = sample.common + 0.5;
  const double level = listed.scale * std::pow(end, -listed.exponent);
  const auto tail = [&](double exponent) {
    return falling({.scale = level * std::pow(end, exponent), .exponent = exponent}, end,
                   sample.share);
  };
  double low = 0.05, high = 3;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (estimator(sample, tail(middle)) < sample.distinct ? low : high) = middle;
  }
  return tail(low);
}

}  // namespace

void scale_to(std::vector<KeyClass>& classes, double entries, double wanted) {
  const auto scaled = [&](double factor) {
    double sum = 0;
    for (KeyClass one : classes) {
      one.keys = std::max(1.0, one.keys * factor);
      one.exact = false;
      sum += one.present(entries);
    }
    return sum;
  };
  double low = 1e-12, high = 1e6;
  for (int i = 0; i < 80; ++i) {
    const double middle = std::sqrt(low * high);
    (scaled(middle) < wanted ? low : high) = middle;
  }
  for (KeyClass& one : classes) {
    one.keys = std::max(1.0, one.keys * low);
    one.exact = false;
  }
}

std::vector<KeyClass> rest_classes(const std::vector<double>& common, const Sample& sample) {
  if (sample.share <= 0) return {};
  if (sample.distinct < sample.rows * 0.9) {
    if (const auto law = power_law(common)) return power_tail(*law, sample);
  }
  return {{.keys = possible_values(sample), .share = sample.share}};
}

}  // namespace whet::advise
