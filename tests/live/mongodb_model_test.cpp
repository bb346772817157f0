// The model of MongoDB's planner (advise/wired) against a server: which plan it takes of those that
// there are, what hinted ones read, and how large indexes become.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "advise/mongodb_index.h"
#include "advise/wired/plans.h"
#include "advise/wired/sizes.h"
#include "engine/mongodb/sample_statistics.h"
#include "mql/command.h"
#include "support/mongo_target.h"

namespace whet {
namespace {

namespace wired = advise::wired;
using mql::Value;

/// The scripted server builds indexes slowly.
int documents_for(const testing::MongoTarget& target) { return target.real() ? 20000 : 4000; }

std::string order_of(int i, int documents, std::mt19937& random) {
  const auto below = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  const int skewed = static_cast<int>(500 * std::pow(below(10000) / 10000.0, 2.2));
  const int state = below(100);
  const char* status = state < 85 ? "done" : state < 95 ? "sent" : state < 99 ? "open" : "failed";
  std::string out = R"({"_id":)" + std::to_string(i) + R"(,"customer":)" + std::to_string(skewed) +
                    R"(,"status":")" + status + R"(","at":)" +
                    std::to_string(60000 / documents * i + below(3)) + R"(,"total":)" +
                    std::to_string(below(100000) / 100) + R"(,"country":"c)" +
                    std::to_string(below(20)) + R"(","tags":[)";
  const int tags = below(4);
  for (int t = 0; t < tags; ++t)
    out += (t > 0 ? "," : "") + std::string("\"t") + std::to_string(below(30)) + "\"";
  out += R"(],"items":[)";
  const int items = 1 + below(4);
  for (int k = 0; k < items; ++k)
    out += (k > 0 ? "," : "") + std::string(R"({"sku":"s)") + std::to_string(below(300)) +
           R"(","qty":)" + std::to_string(1 + below(9)) + "}";
  out += "]";
  if (below(10) < 3) out += R"(,"note":"n)" + std::to_string(below(5000)) + "\"";
  return out + "}";
}

const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> all{R"({"customer":1})",
                                            R"({"customer":1,"at":-1})",
                                            R"({"status":1})",
                                            R"({"status":1,"at":-1})",
                                            R"({"status":1,"total":1})",
                                            R"({"at":1})",
                                            R"({"at":1,"status":1})",
                                            R"({"total":1})",
                                            R"({"country":1,"status":1,"at":1})",
                                            R"({"country":1,"total":-1})",
                                            R"({"customer":1,"status":1,"total":1})",
                                            R"({"tags":1})",
                                            R"({"tags":1,"at":1})",
                                            R"({"items.sku":1})",
                                            R"({"items.sku":1,"items.qty":1})",
                                            R"({"note":1})",
                                            R"({"country":1})",
                                            R"({"country":1,"customer":1})",
                                            R"({"total":1,"at":1})",
                                            R"({"status":1,"country":1,"total":1})"};
  return all;
}

const std::vector<std::string>& queries() {
  static const std::vector<std::string> all{
      R"(db.orders.find({customer: 300}))",
      R"(db.orders.find({customer: 40, at: {$gte: 30000}}).sort({at: -1}).limit(10))",
      R"(db.orders.find({status: "open"}).sort({at: -1}).limit(20))",
      R"(db.orders.find({status: "done", total: {$gt: 960}}))",
      R"(db.orders.find({status: "failed", at: {$gte: 6000, $lt: 9000}}))",
      R"(db.orders.find({country: "c3", status: "sent", at: {$gt: 30000}}))",
      R"(db.orders.find({total: {$gt: 980}}))",
      R"(db.orders.find({"items.sku": "s100"}))",
      R"(db.orders.find({items: {$elemMatch: {sku: "s7", qty: {$gte: 8}}}}))",
      R"(db.orders.find({tags: "t20", at: {$gte: 50000}}))",
      R"(db.orders.find({note: /^n77/}))",
      R"(db.orders.find({country: "c1"}).sort({total: -1}).limit(5))",
      R"(db.orders.find({country: {$in: ["c2", "c5", "c9"]}}).sort({total: -1}).limit(10))",
      R"(db.orders.find({customer: {$in: [5, 10, 15, 20]}, status: "open"}))",
      R"(db.orders.find({$or: [{customer: 400}, {total: 990}]}))",
      R"(db.orders.find({customer: {$gte: 450}}).sort({at: -1}).limit(20))",
      R"(db.orders.find({customer: 12}, {_id: 0, customer: 1, status: 1, total: 1}))",
      R"(db.orders.find({}).sort({total: -1}).limit(10))",
      R"(db.orders.find({country: "c7", customer: {$lt: 20}}))",
      R"(db.orders.find({status: "open", country: "c4", total: {$lt: 200}}))",
      R"(db.orders.find({_id: 500}))",
      R"(db.orders.find({at: {$gte: 100, $lt: 400}, status: "open"}))",
      R"(db.orders.count({status: "open"}))",
      R"(db.orders.distinct("status"))"};
  return all;
}

model::Index index_of(const std::string& key) {
  model::Index index;
  index.method = "btree";
  const auto document = mql::parse_json(key);
  for (const mql::Field& field : document->fields) {
    model::IndexPart part;
    part.column = field.name;
    part.descending = field.value.as_number().value_or(0) < 0;
    index.parts.push_back(part);
  }
  index.name = advise::default_index_name(index);
  return index;
}

void add_indexes(const Value& stage, std::set<std::string>& out) {
  if (const Value* name = stage.find("indexName")) out.insert(name->text);
  for (const mql::Field& field : stage.fields) {
    if (field.value.is_object() || field.value.is_array()) add_indexes(field.value, out);
  }
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (std::size_t k = i; k < end; ++k) out[order[k]] = static_cast<double>(i + end - 1) / 2;
    i = end;
  }
  return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks(a), y = ranks(b);
  const double mean = static_cast<double>(x.size() - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xy / std::sqrt(xx * yy);
}

/// The collection, what a snapshot would say of it, and its indexes.
struct World {
  World();
  void build();

  testing::MongoTarget target;
  std::string database;
  model::Table table;
  std::vector<wired::Key> keys;
};

World::World() : database(target.database("model")) {
  const int documents = documents_for(target);
  std::mt19937 random(20261126);
  std::vector<std::string> lines;
  std::vector<Value> sample;
  // What a snapshot has: a sample, not all.
  constexpr int step = 10;
  for (int i = 0; i < documents; ++i) {
    lines.push_back(order_of(i, documents, random));
    if (i % step == 0) sample.push_back(mql::parse_json(lines.back()).value());
  }
  target.insert(database, "orders", lines);
  engine::mongodb::SampleRequest request;
  request.rows = documents;
  request.with_values = true;
  const auto known = engine::mongodb::statistics_of(sample, request);
  table.schema = database;
  table.name = "orders";
  table.live_rows = documents;
  table.data_bytes = documents * static_cast<std::int64_t>(known.sample.average_bytes);
  table.sample = known.sample;
  table.columns = known.columns;
  build();
}

void World::build() {
  model::Index primary = index_of(R"({"_id":1})");
  primary.name = "_id_";
  primary.primary = primary.unique = true;
  table.indexes.push_back(primary);
  for (const std::string& key : all_keys()) {
    table.indexes.push_back(index_of(key));
    target.must(database, R"({"createIndexes":"orders","indexes":[{"key":)" + key + R"(,"name":")" +
                              table.indexes.back().name + R"("}]})");
  }
  const wired::Statistics statistics(table);
  for (const model::Index& index : table.indexes) {
    keys.push_back(wired::key_of(table, index));
    keys.back().bytes = wired::index_size(statistics, keys.back()).key_bytes;
  }
}

class MongodbModel : public ::testing::Test {
 protected:
  // Once for all tests: they change nothing of it.
  static void SetUpTestSuite() { world() = std::make_unique<World>(); }
  static void TearDownTestSuite() { world().reset(); }
  static std::unique_ptr<World>& world() {
    static std::unique_ptr<World> one;
    return one;
  }

  [[nodiscard]] mql::Command command(const std::string& text) const {
    return mql::parse_command(text, database_).value();
  }
  Value explain(Value body) {
    const Value asked =
        Value::object({{"explain", std::move(body)}, {"verbosity", Value::of("executionStats")}});
    return target_.must(database_, mql::canonical_json(asked));
  }
  [[nodiscard]] std::vector<const wired::Key*> pointers() const {
    std::vector<const wired::Key*> out;
    for (const wired::Key& key : keys_) out.push_back(&key);
    return out;
  }
  [[nodiscard]] static std::set<std::string> names_of(const wired::Access& access) {
    std::set<std::string> out;
    for (const wired::Access& arm : access.arms) out.insert(arm.key->name);
    if (access.key != nullptr) out.insert(access.key->name);
    return out;
  }

  testing::MongoTarget& target_ = world()->target;
  const std::string& database_ = world()->database;
  const model::Table& table_ = world()->table;
  const std::vector<wired::Key>& keys_ = world()->keys;
};

TEST_F(MongodbModel, TakesThePlanThatTheServerTakes) {
  const wired::Statistics statistics(table_);
  int same = 0, all = 0;
  for (const std::string& text : queries()) {
    const mql::Command asked = command(text);
    const wired::Read read = wired::query_of(asked)->reads.front();
    const auto accesses = wired::accesses_for(statistics, read, pointers());
    const wired::Access& taken = accesses[wired::winner_of(statistics, read, accesses)];
    std::set<std::string> expected;
    const Value reply = explain(asked.body);
    if (const Value* plan = reply.at("queryPlanner.winningPlan")) add_indexes(*plan, expected);
    expected.erase("_id_");
    std::set<std::string> ours = names_of(taken);
    ours.erase("_id_");
    ++all;
    if (ours == expected) {
      ++same;
      continue;
    }
    // Plans that take as many steps are alike to the server too: it keeps the first.
    std::printf("other plan: %s\n", text.c_str());
  }
  std::printf("%d of %d plans are the server's\n", same, all);
  EXPECT_GE(all, 20);
  if (target_.real()) {
    EXPECT_GE(same, all - 2);
  }
}

TEST_F(MongodbModel, HintedPlansReadWhatItSays) {
  const wired::Statistics statistics(table_);
  std::vector<double> predicted, measured;
  for (const std::string& text : queries()) {
    const mql::Command asked = command(text);
    if (asked.verb != "find") continue;
    const wired::Read read = wired::query_of(asked)->reads.front();
    if (!read.filter.alternatives.empty()) continue;
    for (const wired::Key& key : keys_) {
      if (key.name == "_id_" || !wired::usable(statistics, key, read, read.filter, true)) continue;
      const auto accesses = wired::accesses_for(statistics, read, {&key});
      const wired::Access& one = accesses[wired::winner_of(statistics, read, accesses)];
      if (one.key != &key) continue;
      Value body = asked.body;
      body.set("hint", Value::of(key.name));
      const Value reply = explain(body);
      const double part = wired::Progression(one, read).part();
      predicted.push_back(part * one.keys);
      measured.push_back(reply.number_at("executionStats.totalKeysExamined"));
    }
  }
  const double agree = correlation(predicted, measured);
  std::printf("keys examined, %zu pairs of query and index: rank correlation %.3f\n",
              predicted.size(), agree);
  EXPECT_GE(predicted.size(), 40U);
  // The scripted server jumps through ranges in a way of its own.
  EXPECT_GE(agree, target_.real() ? 0.9 : 0.7);
}

TEST_F(MongodbModel, SizesAreThoseOfBuiltIndexes) {
  if (!target_.real()) GTEST_SKIP() << "a scripted server has no files";
  target_.run("admin", R"({"fsync":1})");
  const Value reply = target_.must(database_, R"({"collStats":"orders"})");
  const Value* sizes = reply.find("indexSizes");
  ASSERT_NE(sizes, nullptr);
  const wired::Statistics statistics(table_);
  int good = 0, all = 0;
  double sum = 0;
  for (const wired::Key& key : keys_) {
    const Value* real = sizes->find(key.name);
    if (real == nullptr) continue;
    const double error = wired::index_size(statistics, key).bytes / *real->as_number() - 1;
    ++all;
    good += std::abs(error) <= 0.2 ? 1 : 0;
    sum += std::abs(error);
    std::printf("%-40s %+.0f %%\n", key.name.c_str(), 100 * error);
  }
  std::printf("%d of %d sizes within 20 %%, mean error %.1f %%\n", good, all, 100 * sum / all);
  EXPECT_GE(all, 20);
  EXPECT_GE(good, all * 3 / 4);
}

}  // namespace
}  // namespace whet
