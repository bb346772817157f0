#include "engine/mongodb/settings.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

using Settings = std::vector<model::Setting>;

mql::Value parsed(std::string_view json) {
  auto value = mql::parse_json(json);
  EXPECT_TRUE(value.ok());
  return std::move(value).value();
}

const model::Setting& find(const Settings& settings, std::string_view name) {
  static const model::Setting none;
  for (const auto& setting : settings) {
    if (setting.name == name) return setting;
  }
  return none;
}

const char* const start = R"({"argv": ["mongod"], "parsed": {
  "net": {"bindIp": "127.0.0.1,10.0.0.5", "port": 27117, "tls": {"mode": "requireTLS",
          "certificateKeyFilePassword": "s3cret"}},
  "security": {"authorization": "enabled"}, "setParameter": {"cursorTimeoutMillis": "60000"},
  "storage": {"dbPath": "/data", "wiredTiger": {"engineConfig": {"cacheSizeGB": 0.25}}}}})";

TEST(Settings, OptionsAreDottedAsInAFile) {
  const auto settings = settings_of_start(parsed(start), 70015);
  EXPECT_EQ(find(settings, "net.bindIp").value, "127.0.0.1,10.0.0.5");
  EXPECT_EQ(find(settings, "net.bindIp").source, "configuration");
  EXPECT_EQ(find(settings, "security.authorization").value, "enabled");
  EXPECT_EQ(find(settings, "setParameter.cursorTimeoutMillis").value, "60000");
  const auto& cache = find(settings, "storage.wiredTiger.engineConfig.cacheSizeGB");
  ASSERT_TRUE(cache.number.has_value());
  EXPECT_EQ(*cache.number, 256.0 * 1024 * 1024);
  EXPECT_EQ(cache.unit, "GB");
}

TEST(Settings, PasswordsAreMasked) {
  const auto settings = settings_of_start(parsed(start), 70015);
  EXPECT_EQ(find(settings, "net.tls.certificateKeyFilePassword").value, "<masked>");
}

TEST(Settings, WhatWasLeftOutHasItsDefault) {
  const auto settings = settings_of_start(parsed(R"({"parsed": {"net": {"port": 1}}})"), 70015);
  EXPECT_EQ(find(settings, "security.authorization").value, "disabled");
  EXPECT_EQ(find(settings, "security.authorization").source, "default");
  EXPECT_EQ(find(settings, "net.port").value, "1");
  EXPECT_EQ(find(settings, "net.bindIp").value, "localhost");
}

TEST(Settings, AllAddressesAndTheOldNamesOfTls) {
  const auto settings = settings_of_start(
      parsed(R"({"parsed": {"net": {"bindIpAll": true, "ssl": {"mode": "preferSSL"}}}})"), 40404);
  EXPECT_EQ(find(settings, "net.bindIp").value, "0.0.0.0,::");
  EXPECT_EQ(find(settings, "net.tls.mode").value, "preferTLS");
}

TEST(Settings, ParametersWithDetails) {
  const auto settings = settings_of_parameters(
      parsed(
          R"({"cursorTimeoutMillis": {"value": 60000, "settableAtRuntime": true, "settableAtStartup": true},
        "ttlMonitorEnabled": {"value": false, "settableAtRuntime": true, "settableAtStartup": true},
        "notablescan": {"value": false, "settableAtRuntime": true, "settableAtStartup": true},
        "featureCompatibilityVersion": {"value": {"version": "7.0"}, "settableAtRuntime": false,
          "settableAtStartup": false},
        "ok": 1})"),
      parsed(start), 70015);
  const auto& cursors = find(settings, "cursorTimeoutMillis");
  EXPECT_EQ(cursors.source, "setParameter");
  EXPECT_EQ(cursors.context, "runtime");
  EXPECT_EQ(cursors.default_value, "600000");
  EXPECT_EQ(cursors.number.value_or(0), 60);
  EXPECT_EQ(find(settings, "ttlMonitorEnabled").source, "set at runtime");
  EXPECT_EQ(find(settings, "notablescan").source, "default");
  EXPECT_EQ(find(settings, "featureCompatibilityVersion.version").value, "7.0");
  EXPECT_EQ(find(settings, "ok").name, "");
}

TEST(Settings, ParametersWithoutDetailsAndOfTheCluster) {
  const auto settings = settings_of_parameters(
      parsed(R"({"logLevel": 1, "authenticationMechanisms": ["SCRAM-SHA-1", "SCRAM-SHA-256"]})"),
      mql::Value(), 40404);
  EXPECT_EQ(find(settings, "logLevel").value, "1");
  EXPECT_EQ(find(settings, "logLevel").context, "");
  EXPECT_EQ(find(settings, "authenticationMechanisms").value, "SCRAM-SHA-1,SCRAM-SHA-256");
  const auto cluster = settings_of_cluster(
      parsed(R"({"clusterParameters": [{"_id": "defaultMaxTimeMS", "readOperations": 5000}]})"));
  EXPECT_EQ(find(cluster, "defaultMaxTimeMS.readOperations").value, "5000");
}

}  // namespace
}  // namespace whet::engine::mongodb
