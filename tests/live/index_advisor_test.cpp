// The index advisor with its shadow on databases that the test loads: what it claims is true, and
// hostile input costs itself only.
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "advise/advisor/advisor.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/postgres.h"
#include "engine/postgres/render.h"
#include "engine/postgres/shadow/shadow.h"
#include "engine/postgres/switch.h"
#include "live/shadow.h"
#include "report/index_advice.h"
#include "support/pg_server.h"

namespace whet::live {
namespace {

namespace pg = engine::postgres;
using advise::IndexAdvice;
using advise::WorkItem;
using ::testing::HasSubstr;

constexpr const char* database = R"(
CREATE ROLE nosy LOGIN;
CREATE TABLE customers (id int PRIMARY KEY, city text NOT NULL, born date, email text, score numeric);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, placed timestamptz NOT NULL,
  state text NOT NULL, total numeric, note text);
CREATE TABLE lines (order_id bigint NOT NULL, line int NOT NULL, product int NOT NULL, quantity int, price numeric);
CREATE TABLE secrets (id int PRIMARY KEY, owner int, word text);
INSERT INTO customers SELECT i, 'city ' || i * 7 % 300, DATE '1950-01-01' + i * 13 % 20000, 'c' || i || '@example.org', i * 31 % 1000
  FROM generate_series(1, 15000) i;
INSERT INTO orders SELECT i, 1 + i * 7919 % 15000, timestamptz '2025-01-01 00:00+00' + i * interval '5 minutes',
  (ARRAY['new', 'sent', 'sent', 'sent', 'lost'])[1 + i % 5], i * 17 % 1000 / 3.0, repeat('n', i % 50) FROM generate_series(1, 60000) i;
INSERT INTO lines SELECT 1 + i / 2, i % 2, 1 + i * 31 % 2000, i % 9, i % 77 FROM generate_series(1, 110000) i;
INSERT INTO secrets SELECT i, i % 500, md5(i::text) FROM generate_series(1, 20000) i;
CREATE INDEX orders_state ON orders (state);
CREATE INDEX orders_state_placed ON orders (state, placed);
CREATE INDEX customers_born ON customers (born);
VACUUM ANALYZE;
CHECKPOINT;
)";

const std::vector<WorkItem>& workload() {
  static const std::vector<WorkItem> items{
      {"by customer", "SELECT * FROM orders WHERE customer_id = $1", 500},
      {"recent",
       "SELECT id, total FROM orders WHERE placed > '2025-07-20 00:00+00' ORDER BY placed DESC "
       "LIMIT 20",
       40},
      {"lost", "SELECT * FROM orders WHERE state = 'lost' AND total > 330", 30},
      {"lines", "SELECT sum(price) FROM lines WHERE order_id = $1", 300},
      {"product",
       "SELECT o.id FROM lines l JOIN orders o ON o.id = l.order_id WHERE l.product = 77 AND "
       "l.quantity = 3",
       60},
      {"city",
       "SELECT c.id, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE "
       "c.city = $1 GROUP BY c.id",
       20},
      {"email", "SELECT * FROM customers WHERE email = 'c77@example.org'", 200},
      {"old", "DELETE FROM lines WHERE product IN (5, 6) AND price < 1", 3},
      {"score", "UPDATE customers SET score = score + 1 WHERE city = 'city 9'", 5},
      {"word", "SELECT * FROM secrets WHERE word = 'x'", 10},
      {"top", "SELECT product, count(*) FROM lines GROUP BY product ORDER BY 2 DESC LIMIT 5", 1}};
  return items;
}

model::Snapshot collected(const std::string& url) {
  NoProgress progress;
  engine::ConnectOptions options;
  options.url = url;
  auto engine = pg::open(options, progress);
  EXPECT_TRUE(engine.ok()) << engine.error().text();
  engine::CollectOptions how;
  how.window_seconds = 0;
  how.planner_facts = true;
  auto done = (*engine)->collect(how, progress);
  EXPECT_TRUE(done.ok()) << done.error().text();
  return std::move(done->snapshot);
}

std::string folder_of(const pg::Shadow& shadow) {
  std::string path = shadow.url().substr(shadow.url().find("host=") + 5);
  for (auto at = path.find("%2F"); at != std::string::npos; at = path.find("%2F"))
    path.replace(at, 3, "/");
  return path.substr(0, path.find('&'));
}

/// Asks another planner, and does something before one of its plans.
class Disturbed final : public model::IndexSwitch {
 public:
  Disturbed(model::IndexSwitch& inner, std::size_t at, std::function<void()> what)
      : inner_(inner), left_(at), what_(std::move(what)) {}
  [[nodiscard]] std::string name() const override { return inner_.name(); }
  [[nodiscard]] bool hides_existing() const override { return inner_.hides_existing(); }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override {
    return inner_.declare(indexes);
  }
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override {
    if (left_-- == 0) what_();
    return inner_.plan(statement, present);
  }

 private:
  model::IndexSwitch& inner_;
  std::size_t left_;
  std::function<void()> what_;
};

advise::AdvisorOptions with_budget(double bytes) {
  advise::AdvisorOptions options;
  options.budget_bytes = bytes;
  // The table was loaded a moment ago: taken as an hour's writes, that would outweigh any read.
  options.charge_upkeep = false;
  return options;
}

Result<IndexAdvice> advised(const model::Snapshot& snapshot, const std::vector<WorkItem>& items,
                            const advise::AdvisorOptions& options) {
  NoProgress progress;
  auto shadow = WHET_TRY(pg::Shadow::start(snapshot, {}, progress));
  const auto planner = WHET_TRY(pg::shadow_switch(shadow, progress));
  const advise::Facts facts(snapshot, {});
  return advise::advise_indexes(facts, items, *planner, options, progress);
}

double total(pg::Connection& session, const std::vector<WorkItem>& items) {
  NoProgress progress;
  double sum = 0;
  for (const WorkItem& item : items) {
    const auto plan = pg::generic_plan(session, item.text, &progress);
    EXPECT_TRUE(plan.ok()) << item.text << ": " << plan.error().text();
    if (plan.ok()) sum += item.calls * plan->root.total_cost;
  }
  return sum;
}

std::string array_of(const std::vector<std::string>& names) {
  std::string out = "'{";
  for (const std::string& name : names) out += (out.size() > 2 ? "," : "") + name;
  return out + "}'";
}

/// What a fresh shadow says of exactly the advised indexes; not the advisor's code.
double evaluated(const model::Snapshot& snapshot, const std::vector<WorkItem>& items,
                 const IndexAdvice& advice) {
  NoProgress progress;
  auto shadow = pg::Shadow::start(snapshot, {}, progress);
  EXPECT_TRUE(shadow.ok()) << shadow.error().text();
  std::vector<pg::Shadow::Wanted> wanted;
  for (const auto& one : advice.create)
    wanted.push_back({{one.schema, one.table, one.index}, one.dimensions});
  const auto made = shadow->add_indexes(wanted);
  EXPECT_TRUE(made.ok()) << made.error().text();
  std::vector<std::string> shown, hidden;
  for (const auto& one : *made) {
    EXPECT_TRUE(one.ok()) << one.error().text();
    shown.push_back(one.ok() ? *one : std::string());
  }
  for (const auto& one : advice.drop) {
    if (!one.watch) hidden.push_back(one.schema + "." + one.name);
  }
  auto session = open_session(shadow->url());
  EXPECT_TRUE(
      session.query("SELECT whet_shadow.switch_indexes(true, " + array_of(shown) + ")").ok());
  EXPECT_TRUE(
      session.query("SELECT whet_shadow.switch_indexes(false, " + array_of(hidden) + ")").ok());
  return total(session, items);
}

std::set<std::string> skipped_in(const IndexAdvice& advice) {
  std::set<std::string> out;
  for (const auto& one : advice.skipped) {
    EXPECT_FALSE(one.reason.empty()) << one.id;
    out.insert(one.id);
  }
  return out;
}

std::string written(IndexAdvice advice) {
  advice.cpu_seconds = advice.elapsed_seconds = 0;
  return report::index_advice_json(advice);
}

class IndexAdvisor : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    server_ = std::make_unique<testing::PgServer>(GetParam(),
                                                  std::vector<std::string>{"-c", "autovacuum=off"});
    server_->sql(database);
    snapshot_ = collected(server_->url());
  }

  std::unique_ptr<testing::PgServer> server_;
  model::Snapshot snapshot_;
};

TEST_P(IndexAdvisor, ClaimsAreTrueForEveryBudget) {
  double last = std::numeric_limits<double>::infinity();
  for (const double budget : {0.5e6, 2e6, 5e6, 100e6}) {
    const auto advice = advised(snapshot_, workload(), with_budget(budget));
    ASSERT_TRUE(advice.ok()) << advice.error().text();
    EXPECT_TRUE(advice->skipped.empty());
    EXPECT_EQ(advice->statements.size(), workload().size());
    EXPECT_LE(advice->bytes, budget);
    EXPECT_LE(advice->cost_after, advice->cost_before);
    EXPECT_LE(advice->bound, advice->cost_after + advice->upkeep_after + 1e-6);
    EXPECT_LE(advice->cost_after, last * 1.02) << "more room made it worse, at " << budget;
    last = advice->cost_after;
    const double is = evaluated(snapshot_, workload(), *advice);
    EXPECT_NEAR(advice->cost_after, is, is * 0.001) << budget;
    const double before = evaluated(snapshot_, workload(), {});
    EXPECT_NEAR(advice->cost_before, before, before * 0.001) << budget;
  }
  EXPECT_LT(last, 0.2 * evaluated(snapshot_, workload(), {}));
}

TEST_P(IndexAdvisor, TwoRunsSayTheSame) {
  const auto one = advised(snapshot_, workload(), with_budget(5e6));
  const auto other = advised(snapshot_, workload(), with_budget(5e6));
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(written(*one), written(*other));
}

TEST_P(IndexAdvisor, ReallyBuiltTheIndexesCostWhatWasSaid) {
  const auto advice = advised(snapshot_, workload(), with_budget(10e6));
  ASSERT_TRUE(advice.ok()) << advice.error().text();
  ASSERT_FALSE(advice->create.empty());
  double bytes = 0;
  for (const auto& one : advice->create) {
    server_->sql(pg::plain_create_index({one.schema, one.table, one.index}, one.index.name));
    bytes += std::stod(
        server_->sql("SELECT pg_relation_size('" + one.schema + "." + one.index.name + "')"));
  }
  for (const auto& one : advice->drop) {
    if (!one.watch) server_->sql("DROP INDEX " + one.schema + "." + one.name);
  }
  server_->sql("VACUUM ANALYZE");
  auto session = open_session(server_->url());
  const double is = total(session, workload());
  RecordProperty("deviation_percent", std::to_string(100 * (is / advice->cost_after - 1)));
  std::cout << "claimed " << advice->cost_after << " of " << advice->cost_before << ", built " << is
            << "; bytes claimed " << advice->bytes << ", built " << bytes << "\n";
  EXPECT_NEAR(is, advice->cost_after, advice->cost_after * 0.1);
  EXPECT_NEAR(bytes, advice->bytes, advice->bytes * 0.15);
}

TEST_P(IndexAdvisor, BrokenStatementsCostThemselvesOnly) {
  std::string long_list = "SELECT * FROM orders WHERE id IN (0";
  while (long_list.size() < 1'000'000) long_list += ", " + std::to_string(long_list.size());
  std::vector<WorkItem> items = workload();
  items.push_back({"no sql", "SELEC * FORM orders", 1});
  items.push_back({"half", "SELECT * FROM orders WHERE (id = 1", 1});
  items.push_back({"nothing", "", 1});
  items.push_back({"unknown table", "SELECT * FROM no_such_table WHERE id = 1", 1});
  items.push_back({"temporary", "SELECT * FROM pg_temp.scratch WHERE id = 1", 1});
  items.push_back({"unknown column", "SELECT * FROM orders WHERE no_such_column = 1", 1});
  items.push_back({"two", "SELECT 1; DROP TABLE orders", 1});
  items.push_back({"long", long_list + ")", 1});
  items.push_back({"zeros", std::string("SELECT * FROM orders\0 WHERE id = 1", 33), 1});
  items.push_back({"no text", "SELECT * FROM orders WHERE note = '\xff\xfe'", 1});
  const auto advice = advised(snapshot_, items, with_budget(10e6));
  ASSERT_TRUE(advice.ok()) << advice.error().text();
  const auto skipped = skipped_in(*advice);
  for (const char* id :
       {"no sql", "half", "nothing", "unknown table", "temporary", "unknown column", "two"})
    EXPECT_TRUE(skipped.contains(id)) << id;
  for (const WorkItem& item : workload()) EXPECT_FALSE(skipped.contains(item.id)) << item.id;
  EXPECT_EQ(advice->statements.size() + advice->skipped.size(), items.size());
  EXPECT_LT(advice->cost_after, 0.5 * advice->cost_before);
  EXPECT_EQ(server_->sql("SELECT count(*) FROM orders"), "60000");
}

TEST_P(IndexAdvisor, TheTargetMayGoAfterTheSnapshot) {
  server_.reset();
  const auto advice = advised(snapshot_, workload(), with_budget(10e6));
  ASSERT_TRUE(advice.ok()) << advice.error().text();
  EXPECT_LT(advice->cost_after, 0.5 * advice->cost_before);
}

TEST_P(IndexAdvisor, AKilledShadowEndsItWithASentence) {
  NoProgress progress;
  auto shadow = pg::Shadow::start(snapshot_, {}, progress);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  const auto planner = pg::shadow_switch(*shadow, progress);
  ASSERT_TRUE(planner.ok());
  const std::string folder = folder_of(*shadow);
  bool killed = false;
  Disturbed disturbed(**planner, 15, [&] {
    pid_t postmaster = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().filename() == "postmaster.pid") std::ifstream(entry.path()) >> postmaster;
    }
    ASSERT_GT(postmaster, 1);
    const std::string task =
        "/proc/" + std::to_string(postmaster) + "/task/" + std::to_string(postmaster);
    std::ifstream file(task + "/children");
    std::vector<pid_t> all{postmaster};
    for (pid_t child = 0; file >> child;) all.push_back(child);
    for (const pid_t one : all) killed = ::kill(one, SIGKILL) == 0 || killed;
  });
  const advise::Facts facts(snapshot_, {});
  const auto advice =
      advise::advise_indexes(facts, workload(), disturbed, with_budget(10e6), progress);
  EXPECT_TRUE(killed);
  ASSERT_FALSE(advice.ok());
  EXPECT_EQ(advice.error().kind, ErrorKind::unreachable) << advice.error().text();
  EXPECT_THAT(advice.error().text(), HasSubstr("shadow"));
}

TEST_P(IndexAdvisor, ATableThatMayNotBeReadIsNamedAndTheRestGoesOn) {
  server_->sql("GRANT SELECT ON customers, orders, lines TO nosy");
  const model::Snapshot snapshot = collected(server_->url_for("nosy"));
  const auto advice = advised(snapshot, workload(), with_budget(10e6));
  ASSERT_TRUE(advice.ok()) << advice.error().text();
  EXPECT_FALSE(snapshot.not_collected.empty());
  std::string said;
  for (const auto& one : snapshot.not_collected)
    said += one.what + ": " + one.reason + " " + one.remedy + "\n";
  EXPECT_THAT(said, HasSubstr("secrets"));
  EXPECT_LT(advice->cost_after, 0.5 * advice->cost_before);
}

TEST_P(IndexAdvisor, TimeThatIsUpAtOnceStillGivesATrueAnswer) {
  double now = 0;
  advise::AdvisorOptions options = with_budget(10e6);
  options.max_seconds = 20;
  options.clock = [&] { return now += 1; };
  const auto advice = advised(snapshot_, workload(), options);
  ASSERT_TRUE(advice.ok()) << advice.error().text();
  EXPECT_TRUE(advice->stopped);
  EXPECT_EQ(advice->statements.size() + advice->skipped.size(), workload().size());
  EXPECT_LE(advice->cost_after, advice->cost_before);
  std::vector<WorkItem> planned;
  const auto skipped = skipped_in(*advice);
  for (const WorkItem& item : workload()) {
    if (!skipped.contains(item.id)) planned.push_back(item);
  }
  EXPECT_NEAR(advice->cost_after, evaluated(snapshot_, planned, *advice),
              advice->cost_after * 0.001);
}

INSTANTIATE_TEST_SUITE_P(Versions, IndexAdvisor, ::testing::Values(15, 18),
                         [](const auto& one) { return "v" + std::to_string(one.param); });

}  // namespace
}  // namespace whet::live
