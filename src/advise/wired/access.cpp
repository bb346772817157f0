#include "advise/wired/access.h"

#include <algorithm>
#include <cmath>

namespace whet::advise::wired {

namespace {

double limit_of(const Read& read) {
  if (!read.limit) return std::numeric_limits<double>::infinity();
  return *read.limit < 0 ? usual_limit : *read.limit;
}

/// Steps of the stages below a sort.
double input_steps(const Access& access, double documents) {
  switch (access.way) {
    case Way::collection:
      return documents + 1;
    case Way::id:
      return 1;
    case Way::distinct:
    case Way::index:
      return access.keys + 1 + (access.merged ? access.seeks : 0);
    case Way::either: {
      double sum = 0;
      for (const Access& arm : access.arms) sum += input_steps(arm, documents);
      return sum;
    }
  }
  return documents;
}

}  // namespace

Progression::Progression(const Access& access, const Read& read)
    : input_(input_steps(access, access.documents)),
      all_(access.results),
      wanted_(std::min(access.results, limit_of(read))),
      sorts_(access.sorts),
      limited_(limit_of(read) < access.results) {}

double Progression::results_at(double works) const {
  if (sorts_) return std::clamp(works - input_, 0.0, wanted_);
  if (input_ <= 0) return wanted_;
  return std::min(wanted_, all_ * std::min(1.0, works / input_));
}

Trial Progression::until(double wanted) const {
  const double few = std::min(wanted, wanted_);
  const bool by_end = wanted_ <= wanted;
  if (sorts_) return {input_ + few + (by_end ? 1 : 0), by_end};
  if (by_end && !limited_) return {input_, true};
  const double steps = all_ > 0 ? input_ * few / all_ : input_;
  return {std::max(steps, few), by_end};
}

double Progression::part() const {
  if (sorts_ || !limited_ || all_ <= 0) return 1;
  return std::min(1.0, std::max(wanted_, 1.0) / all_);
}

namespace {

double read_cost(const Constants& c, const Statistics& statistics, const Access& access,
                 double part, double wanted) {
  const double missing = 1 - c.resident();
  const double bytes = statistics.document_bytes();
  constexpr double page = 32768;
  switch (access.way) {
    case Way::collection:
      return part * access.documents *
             (c.collection + bytes * c.byte + missing * bytes / page * c.random_read);
    case Way::id:
      return c.seek + c.fetch + missing * c.random_read;
    case Way::either: {
      double sum = 0;
      for (const Access& arm : access.arms) sum += read_cost(c, statistics, arm, part, wanted);
      return sum;
    }
    case Way::index:
    case Way::distinct:
      break;
  }
  const double key_bytes = access.key != nullptr ? access.key->bytes : 0;
  const double keys = part * access.keys;
  double fetched = access.covered ? 0 : part * access.documents;
  if (access.sorts_keys) fetched = std::min(fetched, wanted);
  return keys * (c.key + missing * key_bytes / page * c.random_read) +
         std::min(access.seeks, std::max(keys, 1.0)) * c.seek +
         fetched * (c.fetch + bytes * c.byte + missing * c.random_read);
}

}  // namespace

double cost_of(const Constants& c, const Statistics& statistics, const Access& access,
               const Read& read) {
  const Progression progression(access, read);
  double cost = read_cost(c, statistics, access, progression.part(), progression.wanted());
  const double sorted = access.results;
  if (access.sorts) {
    const double limit = std::min(limit_of(read), sorted);
    const double kept =
        std::min(sorted, limit * std::max(1.0, std::log(sorted / std::max(limit, 1.0))));
    cost += sorted * c.keep + kept * (c.sort + c.compare * std::log2(std::max(limit, 2.0)));
  }
  const bool returns = read.verb == Verb::find;
  if (returns) {
    const double bytes = read.whole ? statistics.document_bytes() : 64;
    cost += progression.wanted() * (c.result + bytes * c.result_byte);
  }
  return cost;
}

}  // namespace whet::advise::wired
