// The scripted MongoDB server's aggregation.
#pragma once

#include <vector>

#include "support/mongo_plan.h"

namespace whet::testing::mongo {

mql::Value aggregate_command(Store& store, const Request& request);
/// A find on a view.
mql::Value aggregate_view(Store& store, const Request& request, const Collection& view);
/// The leading stages that the query layer takes; how many is in `taken`.
[[nodiscard]] Query pushed_down(const mql::Value& pipeline, std::size_t& taken);
/// Runs stages from `first` on.
[[nodiscard]] std::vector<mql::Value> run_pipeline(Store& store, const Request& request,
                                                   std::vector<mql::Value> documents,
                                                   const mql::Value& pipeline, std::size_t first);
/// The documents of $currentOp.
[[nodiscard]] std::vector<mql::Value> current_operations(const Store& store, const Request& request,
                                                         bool idle);
/// The document of $collStats.
[[nodiscard]] mql::Value statistics_of(Store& store, Collection& collection,
                                       const mql::Value& asked, std::size_t member);

}  // namespace whet::testing::mongo
