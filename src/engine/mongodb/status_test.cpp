#include "engine/mongodb/status.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

std::vector<model::StatusValue> values(std::string_view json) {
  const auto reply = mql::parse_json(json);
  EXPECT_TRUE(reply.ok());
  return status_values(*reply);
}

const model::StatusValue* find(const std::vector<model::StatusValue>& values,
                               std::string_view name) {
  for (const auto& value : values) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

TEST(Status, NamesAreDottedAndKeepTheirSpelling) {
  const auto status = values(
      R"({"wiredTiger": {"cache": {"bytes currently in the cache": {"$numberLong": "12"}}},
          "uptime": 33.5, "version": "7.0.15"})");
  ASSERT_NE(find(status, "wiredTiger.cache.bytes currently in the cache"), nullptr);
  EXPECT_EQ(find(status, "wiredTiger.cache.bytes currently in the cache")->total, 12);
  EXPECT_EQ(find(status, "uptime")->total, 33.5);
  EXPECT_EQ(find(status, "version")->text, "7.0.15");
  EXPECT_TRUE(std::is_sorted(status.begin(), status.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Status, BooleansAreFiguresAndTimesAreLeftOut) {
  const auto status = values(
      R"({"flowControl": {"isLagged": true, "enabled": false}, "localTime": {"$date": "2026-11-26T00:00:00Z"},
          "repl": {"hosts": ["a:1", "b:2"]}, "ok": 1, "operationTime": {"$timestamp": {"t": 1, "i": 1}}})");
  EXPECT_EQ(find(status, "flowControl.isLagged")->total, 1);
  EXPECT_EQ(find(status, "flowControl.isLagged")->text, "");
  EXPECT_EQ(find(status, "flowControl.enabled")->total, 0);
  EXPECT_EQ(status.size(), 2U);
}

TEST(Status, CommandsThatWereNeverUsedAreLeftOut) {
  const auto status = values(
      R"({"metrics": {"commands": {"find": {"total": 3, "failed": 0}}, "document": {"returned": 0}}})");
  EXPECT_NE(find(status, "metrics.commands.find.total"), nullptr);
  EXPECT_EQ(find(status, "metrics.commands.find.failed"), nullptr);
  EXPECT_NE(find(status, "metrics.document.returned"), nullptr);
}

TEST(Status, WindowIsTheGrowth) {
  auto first = values(R"({"a": 5, "b": 7, "gone": 1})");
  join_samples(first, values(R"({"a": 9, "b": 2, "new": 4})"));
  EXPECT_EQ(find(first, "a")->window, 4);
  EXPECT_EQ(find(first, "a")->total, 9);
  EXPECT_EQ(find(first, "b")->window, 0);  // fell: reset
  EXPECT_EQ(find(first, "gone")->total, 1);
  EXPECT_EQ(find(first, "new")->window, 0);
}

}  // namespace
}  // namespace whet::engine::mongodb
