// The model of MongoDB's planner (advise/wired) against a server: which plan it takes of those that
// there are, what hinted ones read, and how large indexes become.
#include <algorithm>
#include <cmath>
#include <cstdio>
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

constexpr int documents = 20000;

std::string order_of(int i, std::mt19937& random) {
  const auto below = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  const int skewed = static_cast<int>(500 * std::pow(below(10000) / 10000.0, 2.2));
  const int state = below(100);
  const char* status = state < 85 ? "done" : state < 95 ? "sent" : state < 99 ? "open" : "failed";
  std::string out = R"({"_id":)" + std::to_string(i) + R"(,"customer":)" + std::to_string(skewed) +
                    R"(,"status":")" + status + R"(","at":)" + std::to_string(i * 3 + below(3)) +
                    R"(,"total":)" + std::to_string(below(100000) / 100) + R"(,"country":"c)" +
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

const std::vector<std::string>& keys() {
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

class MongodbModel : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = target_.database("model");
    std::mt19937 random(20261126);
    std::vector<std::string> lines;
    std::vector<Value> values;
    for (int i = 0; i < documents; ++i) {
      lines.push_back(order_of(i, random));
      values.push_back(mql::parse_json(lines.back()).value());
    }
    target_.insert(database_, "orders", lines);
    engine::mongodb::SampleRequest request;
    request.rows = documents;
    request.with_values = true;
    // What a snapshot has: a sample, not all.
    std::vector<Value> sample;
    for (std::size_t i = 0; i < values.size(); i += 20) sample.push_back(values[i]);
    const auto known = engine::mongodb::statistics_of(sample, request);
    table_.schema = database_;
    table_.name = "orders";
    table_.live_rows = documents;
    table_.data_bytes = documents * static_cast<std::int64_t>(known.sample.average_bytes);
    table_.sample = known.sample;
    table_.columns = known.columns;
    build();
  }

  void build() {
    model::Index primary = index_of(R"({"_id":1})");
    primary.name = "_id_";
    primary.primary = primary.unique = true;
    table_.indexes.push_back(primary);
    for (const std::string& key : keys()) {
      table_.indexes.push_back(index_of(key));
      target_.must(database_, R"({"createIndexes":"orders","indexes":[{"key":)" + key +
                                  R"(,"name":")" + table_.indexes.back().name + R"("}]})");
    }
    for (const model::Index& index : table_.indexes) {
      keys_.push_back(wired::key_of(table_, index));
      keys_.back().bytes = wired::index_size(wired::Statistics(table_), keys_.back()).key_bytes;
    }
  }

  [[nodiscard]] mql::Command command(const std::string& text) const {
    return mql::parse_command(text, database_).value();
  }
  Value explain(Value body) {
    const Value asked =
        Value::object({{"explain", std::move(body)}, {"verbosity", Value::of("executionStats")}});
    return target_.must(database_, mql::canonical_json(asked));
  }
  [[nodiscard]] std::vector<const wired::Key*> all_keys() const {
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

  testing::MongoTarget target_;
  std::string database_;
  model::Table table_;
  std::vector<wired::Key> keys_;
};

TEST_F(MongodbModel, TakesThePlanThatTheServerTakes) {
  const wired::Statistics statistics(table_);
  int same = 0, all = 0;
  for (const std::string& text : queries()) {
    const mql::Command asked = command(text);
    const wired::Read read = wired::query_of(asked)->reads.front();
    const auto accesses = wired::accesses_for(statistics, read, all_keys());
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
  EXPECT_GE(agree, 0.9);
}

TEST_F(MongodbModel, SizesAreThoseOfBuiltIndexes) {
  if (!target_.real()) return;  // the scripted server has no files
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
