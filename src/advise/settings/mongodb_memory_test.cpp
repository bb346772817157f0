#include "advise/settings/mongodb_memory.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "advise/check.h"
#include "base/units.h"

namespace whet::advise::settings {
namespace {

model::Snapshot server_with(double memory, double cache, double connections) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.server.version_number = 70015;
  snapshot.server.uptime_seconds = 30 * 86400.0;
  snapshot.server.status = {{.name = "connections.current", .total = connections},
                            {.name = "wiredTiger.cache.maximum bytes configured", .total = cache}};
  snapshot.resources.host = model::Host{};
  snapshot.resources.host->memory_bytes = static_cast<std::int64_t>(memory);
  snapshot.resources.host->cpus = 4;
  return snapshot;
}

std::vector<model::Finding> too_large(const model::Snapshot& snapshot) {
  const Facts facts(snapshot, {});
  return run_checks(facts, {.only = {"performance.wiredtiger_cache_large"}});
}

TEST(MongodbMemory, WhatIsAdvisedFitsAndIsNeverMoreThanTheServerTakesByItself) {
  for (const double gigabytes : {2.0, 3.0, 4.0, 8.0, 15.5, 16.0, 64.0, 256.0, 1024.0}) {
    for (const double connections : {5.0, 200.0, 1500.0}) {
      const auto snapshot = server_with(gigabytes * gigabyte, gigabytes * gigabyte, connections);
      const auto plan = mongodb_memory(Facts(snapshot, {}));
      ASSERT_TRUE(plan);
      EXPECT_LE(plan->advised_cache, plan->usual_cache) << gigabytes;
      EXPECT_GE(plan->advised_cache, 256 * megabyte);
      const double rest = plan->total() - plan->cache;
      if (rest + 256 * megabyte <= plan->memory) {
        EXPECT_LE(plan->advised_cache + rest, plan->memory) << gigabytes << ' ' << connections;
      }
    }
  }
}

TEST(MongodbMemory, ItsOwnAdviceAndTheServersDefaultSatisfyIt) {
  for (const double gigabytes : {4.0, 16.0, 64.0, 512.0}) {
    const double memory = gigabytes * gigabyte;
    const auto large = too_large(server_with(memory, 0.8 * memory, 300));
    ASSERT_EQ(large.size(), 1U) << gigabytes;
    const auto snapshot = server_with(memory, 0.8 * memory, 300);
    const auto plan = mongodb_memory(Facts(snapshot, {}));
    ASSERT_TRUE(plan);
    EXPECT_TRUE(too_large(server_with(memory, plan->advised_cache, 300)).empty()) << gigabytes;
    EXPECT_TRUE(too_large(server_with(memory, plan->usual_cache, 300)).empty()) << gigabytes;
  }
}

TEST(MongodbMemory, WithoutTheMachineOrACacheNothingIsSaid) {
  auto snapshot = server_with(8 * gigabyte, 16 * gigabyte, 10);
  snapshot.resources.host.reset();
  EXPECT_FALSE(mongodb_memory(Facts(snapshot, {})));
  EXPECT_FALSE(mongodb_memory(Facts(server_with(8 * gigabyte, 0, 10), {})));
}

}  // namespace
}  // namespace whet::advise::settings
