// The conversions on replies of a real mongod 4.4. The recordings are not part of the repository:
// WHET_MONGODB_EXAM names their folder, else a fixed place is tried.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "engine/mongodb/activity.h"
#include "engine/mongodb/replication_parts.h"
#include "engine/mongodb/sample_statistics.h"
#include "engine/mongodb/schema_parts.h"
#include "engine/mongodb/server_parts.h"
#include "engine/mongodb/settings.h"
#include "engine/mongodb/status.h"
#include "engine/mongodb/usage_parts.h"

namespace whet::engine::mongodb {
namespace {

namespace fs = std::filesystem;
using mql::Value;

/// One exchange: {member, db, command, ok, reply}.
using Take = std::function<void(const Value& exchange, const std::string& command)>;

class Recorded : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("WHET_MONGODB_EXAM");  // NOLINT(concurrency-mt-unsafe)
    folder_ = named != nullptr ? fs::path(named) : fs::path(WHET_MONGODB_EXAM_DIR);
    if (!fs::exists(folder_)) {
      GTEST_SKIP() << folder_ << " is not here; the other tests cover the conversions without it";
    }
  }

  void each(const char* file, const Take& take) const {
    const auto text = files::read((folder_ / file).string());
    ASSERT_TRUE(text.ok());
    for (const auto& line : text::split(*text, '\n')) {
      if (line.empty()) continue;
      const auto exchange = mql::parse_json(line);
      ASSERT_TRUE(exchange.ok()) << line.substr(0, 200);
      const Value* command = exchange->find("command");
      if (exchange->flag_at("ok") && command != nullptr && !command->fields.empty())
        take(*exchange, command->fields.front().name);
    }
  }

  static std::vector<Value> batch(const Value& exchange) {
    std::vector<Value> out;
    for (const char* path : {"reply.cursor.firstBatch", "reply.cursor.nextBatch", "reply.inprog"}) {
      if (const Value* list = exchange.at(path)) {
        for (const auto& field : list->fields) out.push_back(field.value);
      }
    }
    return out;
  }

 private:
  fs::path folder_;
};

TEST_F(Recorded, IndexesOfTheShop) {
  std::map<std::string, std::vector<model::Index>> all;
  each("catalog.jsonl", [&](const Value& exchange, const std::string& command) {
    if (command != "listIndexes" || exchange.string_at("db") != "shop") return;
    model::Table table;
    table.schema = "shop";
    table.name = exchange.string_at("command.listIndexes");
    auto& indexes = all[table.name];
    indexes.clear();
    for (const auto& entry : batch(exchange)) indexes.push_back(index_of(table, entry));
  });
  const auto find = [&](const std::string& table, const std::string& name) {
    for (const auto& index : all[table]) {
      if (index.name == name) return index;
    }
    ADD_FAILURE() << table << "." << name;
    return model::Index{};
  };
  EXPECT_EQ(all["customers"].size(), 12U);
  EXPECT_TRUE(find("customers", "phone_1").hidden);
  EXPECT_EQ(find("customers", "gold_createdAt").predicate, R"({"tier":"gold"})");
  EXPECT_EQ(find("customers", "loyalty.card_1").options.at("sparse"), "true");
  EXPECT_TRUE(find("customers", "country_city_ci").options.contains("collation"));
  EXPECT_EQ(find("customers", "_id_hashed").method, "hashed");
  EXPECT_TRUE(find("sessions", "lastSeen_1").options.contains("expireAfterSeconds"));
  EXPECT_EQ(find("attributes", "$**_1").method, "wildcard");
  EXPECT_TRUE(find("orders", "orderNo_1").unique);
  std::set<std::string> methods;
  for (const auto& [table, indexes] : all) {
    for (const auto& index : indexes) {
      methods.insert(index.method);
      EXPECT_FALSE(index.parts.empty()) << table << "." << index.name;
    }
  }
  EXPECT_EQ(methods,
            (std::set<std::string>{"2d", "2dsphere", "btree", "hashed", "text", "wildcard"}));
}

TEST_F(Recorded, CollectionsAndTheirSizes) {
  std::map<std::string, model::Table> tables;
  int views = 0;
  each("catalog.jsonl", [&](const Value& exchange, const std::string& command) {
    if (exchange.string_at("db") != "shop") return;
    if (command == "listCollections" && exchange.find("command")->fields.size() == 1) {
      views = 0;
      for (const auto& entry : batch(exchange)) {
        if (entry.string_at("type") == "view") {
          EXPECT_FALSE(view_of("shop", entry).definition.empty());
          ++views;
        } else {
          tables[entry.string_at("name")] = table_of("shop", entry);
        }
      }
    }
    const bool stats = command == "aggregate" &&
                       exchange.at("command.pipeline.0.$collStats.storageStats") != nullptr &&
                       exchange.at("command.pipeline.0.$collStats.storageStats.scale") == nullptr;
    if (!stats) return;
    for (const auto& document : batch(exchange)) {
      auto& table = tables[exchange.string_at("command.aggregate")];
      add_sizes(table, document);
      add_counters(table.total, document);
    }
  });
  EXPECT_EQ(views, 2);
  EXPECT_EQ(tables["logs"].options.at("capped"), "true");
  EXPECT_TRUE(tables["inventory"].options.contains("validator"));
  EXPECT_FALSE(tables["names_ci"].collation.empty());
  EXPECT_EQ(tables["customers"].live_rows, 5000);
  EXPECT_EQ(tables["customers"].data_bytes, 2032456);
  EXPECT_EQ(tables["customers"].heap_bytes, 659456);
  EXPECT_EQ(tables["customers"].total.reads, 179);
}

TEST_F(Recorded, SampledDocuments) {
  std::map<std::string, SampledCollection> sampled;
  each("catalog.jsonl", [&](const Value& exchange, const std::string& command) {
    if (command == "aggregate" && exchange.at("command.pipeline.0.$sample") != nullptr &&
        exchange.at("command.pipeline.1") == nullptr)
      sampled[exchange.string_at("command.aggregate")] =
          statistics_of(batch(exchange), {20000, false, false, 300});
  });
  ASSERT_GE(sampled.size(), 15U);
  const auto path = [&](const std::string& table, const std::string& name) {
    for (const auto& column : sampled[table].columns) {
      if (column.name == name) return column;
    }
    ADD_FAILURE() << table << "." << name;
    return model::Column{};
  };
  EXPECT_EQ(path("customers", "balance").base_type, "decimal");
  EXPECT_EQ(path("customers", "createdAt").base_type, "date");
  EXPECT_TRUE(path("customers", "addresses.zip").path->in_array);
  EXPECT_TRUE(path("orders", "items").path->array);
  EXPECT_EQ(path("orders", "orderNo").base_type, "long");
  EXPECT_GT(path("audit", "v").path->types.size(), 3U);
  EXPECT_GT(sampled["orders"].sample.average_fields, 10);
  EXPECT_TRUE(sampled["empty"].columns.empty());
}

TEST_F(Recorded, Server) {
  model::Server server;
  Value start;
  each("handshake.jsonl", [&](const Value& exchange, const std::string& command) {
    const Value& reply = *exchange.find("reply");
    if (command == "serverStatus" && server.status.empty()) server.status = status_values(reply);
    if (command == "getCmdLineOpts") {
      start = reply;
      server.settings = settings_of_start(reply, 40404);
      std::sort(server.settings.begin(), server.settings.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
    }
    if (command == "hostInfo") {
      EXPECT_EQ(host_of(reply).cpus, 2);
      EXPECT_EQ(host_of(reply).open_files_limit, 20000);
    }
    if (command == "getParameter" && exchange.string_at("command.getParameter") == "*") {
      const auto parameters = settings_of_parameters(reply, start, 40404);
      EXPECT_GT(parameters.size(), 100U);
    }
    if (command == "top") {
      EXPECT_FALSE(top_of(reply).empty());
    }
  });
  EXPECT_EQ(server.status_total("wiredTiger.cache.maximum bytes configured").value_or(0),
            268435456);
  EXPECT_EQ(server.status_total("opcounters.insert").value_or(0), 253559);
  EXPECT_EQ(server.text("net.bindIp"), "127.0.0.1");
  EXPECT_EQ(server.number("storage.wiredTiger.engineConfig.cacheSizeGB").value_or(0), 268435456);
}

TEST_F(Recorded, MembersInEveryState) {
  std::set<std::string> states;
  double most_behind = 0;
  int unhealthy = 0;
  each("replicaset.jsonl", [&](const Value& exchange, const std::string& command) {
    if (command != "replSetGetStatus") return;
    const auto members = members_of(*exchange.find("reply"), Value());
    EXPECT_FALSE(members.empty());
    for (const auto& member : members) {
      states.insert(member.state);
      unhealthy += member.healthy ? 0 : 1;
      most_behind = std::max(most_behind, member.lag_seconds.value_or(0));
    }
  });
  EXPECT_TRUE(states.contains("PRIMARY") && states.contains("SECONDARY"));
  EXPECT_GT(most_behind, 10);  // one was suspended for 21 s under writes
  EXPECT_GT(unhealthy, 0);
}

TEST_F(Recorded, OperationsUnderLocksAndBuilds) {
  std::size_t waits = 0, blocked = 0, builds = 0, sessions = 0;
  each("activity.jsonl", [&](const Value& exchange, const std::string&) {
    const auto operations = batch(exchange);
    if (operations.empty() || operations.front().find("currentOpTime") == nullptr) return;
    for (const auto& operation : operations) {
      if (!is_client(operation)) continue;
      ++sessions;
      EXPECT_FALSE(session_of(operation).state.empty());
    }
    for (const auto& wait : lock_waits_of(operations)) {
      ++waits;
      blocked += wait.blockers.empty() ? 0 : 1;
      EXPECT_FALSE(wait.mode.empty());
    }
    for (const auto& running : running_of(operations)) {
      ++builds;
      EXPECT_FALSE(running.relation.empty());
    }
  });
  EXPECT_GT(sessions, 20U);
  EXPECT_GT(waits, 0U);
  EXPECT_GT(blocked, 0U);  // the fsync lock's worker holds the lock
  EXPECT_GT(builds, 0U);
}

}  // namespace
}  // namespace whet::engine::mongodb
