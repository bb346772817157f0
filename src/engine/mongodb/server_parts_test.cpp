#include "engine/mongodb/server_parts.h"

#include <gtest/gtest.h>

#include "engine/mongodb/usage_parts.h"
#include "model/schema.h"

namespace whet::engine::mongodb {
namespace {

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok()) << json;
  return std::move(value).value();
}

TEST(ServerParts, BuildAndFlavour) {
  model::Server server;
  add_build(server,
            parsed(R"({"version": "7.0.15", "allocator": "tcmalloc", "modules": ["enterprise"],
    "javascriptEngine": "mozjs", "psmdbVersion": "7.0.15-9"})"),
            "db1:27017");
  EXPECT_EQ(server.flavour, "percona");
  EXPECT_EQ(server.build.at(0), "tcmalloc");
  EXPECT_EQ(server.build.at(1), "modules enterprise");
  model::Server atlas;
  add_build(atlas, parsed("{}"), "c0-shard-00-00.abcde.mongodb.net:27017");
  EXPECT_EQ(atlas.flavour, "atlas");
}

TEST(ServerParts, WarningsAreMessages) {
  const auto warnings = warnings_of(parsed(R"({"log": [
    "{\"s\":\"W\",\"msg\":\"Access control is not enabled\",\"tags\":[\"startupWarnings\"]}\n",
    "{\"s\":\"W\",\"msg\":\"vm.max_map_count is too low\",\"attr\":{\"currentValue\":65530}}\n"]})"));
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0], "Access control is not enabled");
  EXPECT_EQ(warnings[1], R"(vm.max_map_count is too low ({"currentValue":65530}))");
}

TEST(ServerParts, UsersWithoutCredentials) {
  const auto roles = roles_of(parsed(R"({"users": [
    {"user": "root", "db": "admin", "roles": [{"role": "root", "db": "admin"}], "mechanisms": ["SCRAM-SHA-256"],
     "credentials": {"SCRAM-SHA-256": {"storedKey": "secret-key"}}},
    {"user": "app", "db": "shop", "roles": [{"role": "readWrite", "db": "shop"}],
     "mechanisms": ["SCRAM-SHA-256", "SCRAM-SHA-1"]}]})"));
  ASSERT_EQ(roles.size(), 2U);
  EXPECT_EQ(roles[0].name, "app@shop");
  EXPECT_EQ(roles[0].password_kind, "scram-sha-1");
  EXPECT_FALSE(roles[0].superuser);
  EXPECT_TRUE(roles[1].superuser);
  EXPECT_EQ(roles[1].password_kind, "scram-sha-256");
}

TEST(ServerParts, DatabasesAndTheirDisk) {
  auto databases = databases_of(parsed(R"({"databases": [{"name": "shop", "sizeOnDisk": 5}]})"));
  model::Resources resources;
  add_database_stats(databases.at(0), resources,
                     parsed(R"({"collections": 16, "totalSize": 31428608.0,
    "fsUsedSize": 200.0, "fsTotalSize": 1000.0})"));
  EXPECT_EQ(databases[0].collections, 16);
  EXPECT_EQ(databases[0].size_bytes, 31428608);
  ASSERT_TRUE(resources.host.has_value());
  EXPECT_EQ(resources.host->disks.at(0).free_bytes, 800);
}

TEST(ServerParts, HostWithinItsLimit) {
  const auto host =
      host_of(parsed(R"({"system": {"memSizeMB": 24105, "memLimitMB": 2048, "numCores": 2},
    "extra": {"maxOpenFiles": 20000}})"));
  EXPECT_EQ(host.memory_bytes, 2048LL << 20U);
  EXPECT_EQ(host.cpus, 2);
  EXPECT_EQ(host.open_files_limit, 20000);
}

TEST(ServerParts, DefaultCacheSizeIsASetting) {
  model::Server server;
  server.settings.resize(2);
  server.settings[0].name = "net.port";
  server.settings[1].name = "ttlMonitorEnabled";
  add_cache_size(server, 268435456);
  ASSERT_NE(server.setting("storage.wiredTiger.engineConfig.cacheSizeGB"), nullptr);
  EXPECT_EQ(server.text("storage.wiredTiger.engineConfig.cacheSizeGB"), "0.25");
}

std::vector<model::Table> tables() {
  std::vector<model::Table> out(3);
  const char* const names[] = {"a", "b", "c"};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].schema = "shop";
    out[i].name = names[i];
  }
  return out;
}

TEST(UsageParts, BusiestFirst) {
  const auto top = top_of(parsed(R"({"totals": {"note": "all times in microseconds",
    "shop.b": {"total": {"time": 2000, "count": 9}, "insert": {"count": 4}, "update": {"count": 3}, "remove": {"count": 1}},
    "shop.system.buckets.c": {"total": {"time": 100, "count": 2}}}})"));
  EXPECT_EQ(top.at("shop.b").inserts, 4);
  EXPECT_EQ(top.at("shop.c").operations, 2);
  EXPECT_EQ(most_used(tables(), top, 2), (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(used_between(tables(), {}, top), (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(used_between(tables(), top, top).empty());
}

}  // namespace
}  // namespace whet::engine::mongodb
