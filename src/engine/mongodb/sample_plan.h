// How a collection is sampled so that the server hardly notices. Pure functions.
#pragma once

#include <cstdint>

#include "model/schema.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

struct SamplePlan {
  std::int64_t documents = 0;  ///< to read; 0: leave it alone
  bool random = false;         ///< by $sample; else the first ones in their natural order
};

/// $sample jumps to random documents only when it wants less than a twentieth of them; else the
/// server reads the whole collection, which is fine for a small one only.
[[nodiscard]] SamplePlan plan_sample(const model::Table& table, int documents_at_most);

[[nodiscard]] mql::Value sample_command(const model::Table& table, const SamplePlan& plan);

}  // namespace whet::engine::mongodb
