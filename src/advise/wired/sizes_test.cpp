#include "advise/wired/sizes.h"

#include <gtest/gtest.h>

#include "advise/wired/proposals.h"
#include "advise/wired/testing.h"
#include "advise/wired/upkeep.h"

namespace whet::advise::wired {
namespace {

using testing::index_of;
using testing::orders;

double bytes(const model::Table& table, const std::string& key) {
  const model::Index index = index_of(key);
  return index_size(Statistics(table), key_of(table, index)).bytes;
}

// Built on a mongod 7.0.15: 120,000 orders with such fields; bytes of the files.
TEST(WiredSizes, AsBuiltOnes) {
  model::Table table = orders();
  table.live_rows = 120000;
  EXPECT_NEAR(bytes(table, R"({"customer":1})"), 684032, 0.2 * 684032);
  EXPECT_NEAR(bytes(table, R"({"status":1})"), 602112, 0.2 * 602112);
  EXPECT_NEAR(bytes(table, R"({"total":1})"), 1495040, 0.2 * 1495040);
}

TEST(WiredSizes, MoreInTheKeyMoreInTheFile) {
  const model::Table table = orders();
  EXPECT_GT(bytes(table, R"({"status":1,"at":1})"), bytes(table, R"({"status":1})"));
  EXPECT_GT(bytes(table, R"({"tags":1})"), 2 * bytes(table, R"({"status":1})"))
      << "three elements each";
}

TEST(WiredSizes, APartialOneHoldsItsPart) {
  const model::Table table = orders();
  model::Index index = index_of(R"({"at":1})");
  const double all = index_size(Statistics(table), key_of(table, index)).bytes;
  index.predicate = R"({"status":"open"})";
  const IndexSize part = index_size(Statistics(table), key_of(table, index));
  EXPECT_NEAR(part.entries, 2000, 1);
  EXPECT_LT(part.bytes, all / 10);
}

TEST(WiredUpkeep, PathsThatAnUpdateChanges) {
  const auto command = mql::parse_command(
      R"(db.c.updateMany({a: 1}, {$set: {"b.c": 1, "items.$[].qty": 2}, $inc: {n: 1}}))", "shop");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(changed_paths(*command), (std::set<std::string>{"b.c", "items.qty", "n"}));
}

TEST(WiredUpkeep, ChargesOnlyWhatChanges) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.server.uptime_seconds = 3600;
  snapshot.workload.age_seconds = 3600;
  snapshot.schema.tables = {orders()};
  snapshot.schema.tables[0].total.updates = 1000;
  model::Statement update;
  update.database = "shop";
  update.kind = model::StatementKind::update;
  update.text = "db.orders.updateOne({_id: ?}, {$set: {total: ?}})";
  update.total.calls = update.total.rows_affected = 1000;
  snapshot.workload.statements = {update};
  const Policy policy;
  const Facts facts(snapshot, policy);
  const Writes writes(facts);
  const Statistics statistics(snapshot.schema.tables[0]);
  const auto cost = [&](const std::string& key) {
    const model::Index index = index_of(key);
    return upkeep(constants_of(facts), statistics, writes, index,
                  index_size(statistics, key_of(snapshot.schema.tables[0], index)))
        .cost;
  };
  EXPECT_EQ(cost(R"({"status":1})"), 0);
  EXPECT_GT(cost(R"({"status":1,"total":1})"), 1000);
}

std::vector<std::string> proposed(const std::string& text) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.schema.tables = {orders()};
  const Policy policy;
  const Facts facts(snapshot, policy);
  const auto command = mql::parse_command(text, "shop");
  if (!command) return {};
  const auto query = query_of(*command);
  std::vector<std::string> out;
  for (const Proposal& one : proposals_for(facts, *query, {})) {
    const std::string options = mongosh_options(one.index);
    out.push_back(mongosh_key(one.index) + (options.empty() ? "" : " " + options));
  }
  return out;
}

bool has(const std::vector<std::string>& list, const std::string& key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

TEST(WiredProposals, EqualitySortRangeAndTheOtherWayRound) {
  const auto list = proposed("db.orders.find({total: {$gt: ?}, customer: ?}).sort({at: -1})");
  EXPECT_EQ(list.front(), "{customer: 1, at: -1, total: 1}");
  EXPECT_TRUE(has(list, "{customer: 1, total: 1, at: -1}"));
  EXPECT_TRUE(has(list, "{customer: 1}"));
  EXPECT_TRUE(has(list, "{customer: 1, at: -1}"));
}

TEST(WiredProposals, AtMostOneArray) {
  for (const std::string& key : proposed(R"(db.orders.find({tags: ?, "items.sku": ?}))"))
    EXPECT_FALSE(key.find("tags") != std::string::npos && key.find("items") != std::string::npos)
        << key;
  const auto same = proposed(R"(db.orders.find({items: {$elemMatch: {sku: "a", qty: 2}}}))");
  EXPECT_TRUE(has(same, R"({"items.sku": 1, "items.qty": 1})"));
}

TEST(WiredProposals, PartialForWhatIsRareAndConstant) {
  const auto rare = proposed(R"(db.orders.find({status: "open"}).sort({at: 1}))");
  EXPECT_TRUE(has(rare, R"({at: 1} {partialFilterExpression: {status: "open"}})"));
  for (const std::string& key : proposed(R"(db.orders.find({status: "done"}).sort({at: 1}))"))
    EXPECT_EQ(key.find("partial"), std::string::npos) << key;
  for (const std::string& key : proposed("db.orders.find({status: ?}).sort({at: 1})"))
    EXPECT_EQ(key.find("partial"), std::string::npos) << key;
}

TEST(WiredProposals, CoveredWhenLittleIsReturned) {
  const auto list = proposed("db.orders.find({customer: ?}, {_id: 0, status: 1})");
  EXPECT_TRUE(has(list, "{customer: 1, status: 1}"));
}

TEST(WiredProposals, TheQuerysCollation) {
  const auto list =
      proposed(R"(db.orders.find({country: ?}).collation({locale: "en", strength: 2}))");
  ASSERT_FALSE(list.empty());
  EXPECT_NE(list.front().find(R"(collation: {locale: "en", strength: 2})"), std::string::npos);
}

}  // namespace
}  // namespace whet::advise::wired
