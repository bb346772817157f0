// What sampled documents say about a collection: its paths, their types, widths and numbers of
// values. Pure functions.
//
// The number of different values is estimated from the sample by Duj1 of Haas and Stokes,
// "Estimating the number of classes in a finite population" (IBM Research Report RJ 10025, 1996),
// as PostgreSQL's ANALYZE does: n*d / (n - f1 + f1*n/N), with n values seen of N, d of them
// different, and f1 seen once.
#pragma once

#include <cstdint>
#include <vector>

#include "model/schema.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

struct SampleRequest {
  double rows = 0;        ///< documents of the whole collection; not less than the sample has
  bool complete = false;  ///< the sample is the whole collection
  /// Keep histograms and the commonest values: they hold what is in the documents.
  bool with_values = false;
  std::size_t paths_at_most = 300;
};

struct SampledCollection {
  model::DocumentSample sample;
  std::vector<model::Column> columns;  ///< by how many documents have them, falling; then by name
};

/// The documents in the order of _id or of storage, which `rises` and correlations are about.
[[nodiscard]] SampledCollection statistics_of(const std::vector<mql::Value>& documents,
                                              const SampleRequest& request);

/// Different values among `all`, estimated: `seen` were looked at, `different` of them differ,
/// `once` came up only once.
[[nodiscard]] double estimate_distinct(double seen, double different, double once, double all);

}  // namespace whet::engine::mongodb
