// The model on a small world: a shop with 100,000 orders of 5,000 customers, whose best plans are
// known (the live test compares with a real server).
#include "advise/innodb/planner.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

namespace whet::advise::innodb {
namespace {

model::Column column(std::string name, std::string type, double distinct) {
  model::Column out;
  out.name = std::move(name);
  out.type = type;
  out.base_type = type.substr(0, type.find('('));
  out.not_null = true;
  out.stats.emplace();
  out.stats->distinct = distinct;
  out.stats->average_width = 12;
  return out;
}

model::Index key(std::int64_t id, std::string name, const std::vector<std::string>& columns) {
  model::Index out;
  out.id = id;
  out.name = std::move(name);
  out.method = "btree";
  for (const std::string& one : columns) out.parts.emplace_back().column = one;
  return out;
}

model::Table table(std::int64_t id, std::string name, double rows, double row_bytes,
                   std::vector<model::Column> columns) {
  model::Table out;
  out.id = id;
  out.schema = "shop";
  out.name = std::move(name);
  out.row_estimate = rows;
  out.heap_bytes = static_cast<std::int64_t>(rows * row_bytes);
  out.columns = std::move(columns);
  model::Index primary = key(id * 10, "PRIMARY", {"id"});
  primary.primary = primary.unique = true;
  out.indexes = {primary};
  return out;
}

model::Snapshot shop() {
  model::Snapshot out;
  out.server.engine = model::EngineKind::mysql;
  out.server.version_number = 90700;
  out.server.settings = {{.name = "innodb_buffer_pool_size", .value = "1G"}};
  out.server.settings[0].number = 1e9;
  out.schema.tables = {
      table(1, "customers", 5000, 200,
            {column("id", "bigint", 5000), column("email", "varchar(100)", 5000),
             column("city", "varchar(40)", 50)}),
      table(2, "orders", 100000, 150,
            {column("id", "bigint", 100000), column("customer_id", "bigint", 5000),
             column("status", "varchar(20)", 5), column("placed_at", "datetime", 90000),
             column("total", "decimal(10,2)", 20000)})};
  // A tenth of a per cent is open.
  model::ColumnStats& status = *out.schema.tables[1].columns[2].stats;
  status.histogram_kind = "singleton";
  status.histogram = {{"done", "done", 0.999, 1}, {"open", "open", 1.0, 1}};
  return out;
}

class Shape {
 public:
  std::size_t add(std::string name, std::vector<std::string> needed) {
    model::ShapeRelation& one = shape.relations.emplace_back();
    one.schema = "shop";
    one.table = one.alias = std::move(name);
    one.block = 1;
    one.needed = std::move(needed);
    return shape.relations.size() - 1;
  }
  model::Predicate& where(std::size_t relation, model::PredicateKind kind, std::string column_name,
                          std::string op, std::string constant = "") {
    model::Predicate& one = shape.relations[relation].predicates.emplace_back();
    one.kind = kind;
    one.column = std::move(column_name);
    one.op = std::move(op);
    one.constant = std::move(constant);
    if (one.constant.empty()) one.parameters = {1};
    return one;
  }
  void join(std::size_t a, std::string a_column, std::size_t b, std::string b_column) {
    edge(a, a_column, b, b_column);
    edge(b, std::move(b_column), a, std::move(a_column));
  }
  model::Shape shape;

 private:
  void edge(std::size_t from, std::string from_column, std::size_t to, std::string to_column) {
    model::JoinEdge& one = shape.relations[from].joins.emplace_back();
    one.column = std::move(from_column);
    one.op = "=";
    one.other = static_cast<std::int64_t>(to);
    one.other_column = std::move(to_column);
  }
};

/// Plans one shape with these indexes added to those that are there.
class World {
 public:
  explicit World(model::Snapshot snapshot = shop()) : snapshot_(std::move(snapshot)) {}

  model::SwitchedPlan plan(const Shape& asked, const std::string& table_name,
                           const std::vector<std::vector<std::string>>& indexes,
                           const std::string& text = "SELECT") {
    const Facts facts(snapshot_, {});
    const auto planner =
        model_planner(facts, [&](const std::string&) { return Result<model::Shape>(asked.shape); });
    std::vector<model::SwitchedIndex> list;
    std::vector<std::size_t> present;
    for (const auto& columns : indexes) {
      model::SwitchedIndex one;
      one.what = {"shop", table_name, key(0, "i" + std::to_string(list.size()), columns)};
      present.push_back(list.size());
      list.push_back(std::move(one));
    }
    const auto sizes = planner->declare(list);
    EXPECT_TRUE(sizes.ok());
    auto plan = planner->plan(text, present);
    EXPECT_TRUE(plan.ok());
    return plan ? *plan : model::SwitchedPlan{};
  }

 private:
  model::Snapshot snapshot_;
};

const model::PlanNode& access(const model::PlanNode& node, const std::string& relation) {
  static const model::PlanNode none;
  if (node.relation == relation) return node;
  for (const model::PlanNode& child : node.children) {
    const model::PlanNode& found = access(child, relation);
    if (!found.type.empty()) return found;
  }
  return none;
}

Shape orders_of_customer() {
  Shape shape;
  shape.add("orders", {"customer_id", "id", "total"});
  shape.where(0, model::PredicateKind::equality, "customer_id", "=");
  return shape;
}

TEST(Planner, WithoutAnIndexTheTableIsScanned) {
  const auto plan = World().plan(orders_of_customer(), "orders", {});
  EXPECT_EQ(plan.plan.root.type, "Table scan");
  EXPECT_TRUE(plan.used.empty());
  EXPECT_NEAR(plan.plan.root.total_cost, 8500, 100);
}

TEST(Planner, AnEqualityUsesItsIndex) {
  const auto plan = World().plan(orders_of_customer(), "orders", {{"customer_id"}});
  EXPECT_EQ(plan.plan.root.type, "Index lookup");
  EXPECT_EQ(plan.plan.root.plan_rows, 20);
  EXPECT_FALSE(plan.plan.root.covering);
  EXPECT_EQ(plan.used, std::vector<std::size_t>{0});
  EXPECT_EQ(plan.names.at("i0"), 0U);
}

TEST(Planner, AnIndexThatCoversIsCheaper) {
  World world;
  const auto narrow = world.plan(orders_of_customer(), "orders", {{"customer_id"}});
  // The primary key is in every entry of a secondary index.
  const auto both =
      world.plan(orders_of_customer(), "orders", {{"customer_id"}, {"customer_id", "total"}});
  EXPECT_EQ(both.used, std::vector<std::size_t>{1});
  EXPECT_TRUE(both.plan.root.covering);
  EXPECT_LT(both.plan.root.total_cost, narrow.plan.root.total_cost / 2);
}

TEST(Planner, HistogramsTellRareFromCommonValues) {
  for (const auto& [value, type] : {std::pair("open", "Index lookup"), {"done", "Index lookup"}}) {
    Shape shape;
    shape.add("orders", {"status", "total"});
    shape.where(0, model::PredicateKind::equality, "status", "=",
                std::string("status = '") + value + "'");
    const auto plan = World().plan(shape, "orders", {{"status"}});
    EXPECT_EQ(plan.plan.root.type, type);
    EXPECT_NEAR(plan.plan.root.plan_rows, value == std::string("open") ? 100 : 99900, 1);
  }
}

// The server caps the price of a lookup at three table scans, and so takes one that is slower.
TEST(Planner, ACommonValueIsLookedUpAndThatIsSlower) {
  Shape shape;
  shape.add("orders", {"status", "total"});
  shape.where(0, model::PredicateKind::equality, "status", "=", "status = 'done'");
  World world;
  EXPECT_GT(world.plan(shape, "orders", {{"status"}}).plan.root.total_cost,
            5 * world.plan(shape, "orders", {}).plan.root.total_cost);
}

TEST(Planner, AWideRangeIsScanned) {
  Shape shape;
  shape.add("orders", {"placed_at", "total"});
  shape.where(0, model::PredicateKind::range, "placed_at", ">");
  EXPECT_EQ(World().plan(shape, "orders", {{"placed_at"}}).plan.root.type, "Table scan");
  // Covering, it is worth it.
  EXPECT_EQ(World().plan(shape, "orders", {{"placed_at", "total"}}).plan.root.type,
            "Index range scan");
}

TEST(Planner, ConditionsBehindTheRangeAreTestedInTheIndex) {
  Shape shape = orders_of_customer();
  shape.shape.relations[0].needed.push_back("status");
  shape.where(0, model::PredicateKind::equality, "status", "=", "status = 'open'");
  World world;
  const auto one = world.plan(shape, "orders", {{"customer_id"}});
  const auto two = world.plan(shape, "orders", {{"customer_id", "status"}});
  EXPECT_LT(two.plan.root.total_cost, one.plan.root.total_cost / 3);
  EXPECT_EQ(two.plan.root.used_key_parts, (std::vector<std::string>{"customer_id", "status"}));
}

TEST(Planner, AJoinStartsAtTheFewRowsAndLooksUpTheOthers) {
  Shape shape;
  shape.add("customers", {"email", "id"});
  shape.add("orders", {"customer_id", "total"});
  shape.where(0, model::PredicateKind::equality, "email", "=");
  shape.join(0, "id", 1, "customer_id");
  const auto plan = World().plan(shape, "orders", {{"customer_id"}});
  EXPECT_EQ(plan.plan.root.type, "Nested loop inner join");
  EXPECT_EQ(access(plan.plan.root, "customers").type, "Table scan");
  EXPECT_EQ(access(plan.plan.root, "orders").type, "Index lookup");
  EXPECT_LT(plan.plan.root.total_cost, World().plan(shape, "orders", {}).plan.root.total_cost / 5);
}

TEST(Planner, WithoutAKeyTheJoinIsHashed) {
  Shape shape;
  shape.add("customers", {"email", "city"});
  shape.add("orders", {"status", "total"});
  shape.join(0, "city", 1, "status");
  EXPECT_EQ(World().plan(shape, "orders", {}).plan.root.type, "Inner hash join");
}

TEST(Planner, OrderWithLimitIsReadFromTheIndex) {
  Shape shape;
  shape.add("orders", {"placed_at", "total"});
  model::ShapeRelation& relation = shape.shape.relations[0];
  relation.ordering.emplace_back().column = "placed_at";
  relation.ordering_complete = relation.limited = true;
  World world;
  const std::string text = "SELECT total FROM orders ORDER BY placed_at LIMIT 10";
  const auto sorted = world.plan(shape, "orders", {}, text);
  const auto read = world.plan(shape, "orders", {{"placed_at"}}, text);
  EXPECT_EQ(sorted.plan.root.type, "Sort");
  EXPECT_EQ(read.plan.root.type, "Index scan");
  EXPECT_LT(read.plan.root.total_cost, sorted.plan.root.total_cost / 100);
}

TEST(Planner, OrderByThePrimaryKeyComesWithEveryIndex) {
  Shape shape = orders_of_customer();
  model::ShapeRelation& relation = shape.shape.relations[0];
  relation.ordering.emplace_back().column = "id";
  relation.ordering_complete = relation.limited = true;
  const auto plan = World().plan(shape, "orders", {{"customer_id"}}, "SELECT ... LIMIT 10");
  EXPECT_EQ(plan.plan.root.type, "Index lookup");
}

// "It's hardly explained rationally": GROUP BY takes any index in its order instead of a scan.
TEST(Planner, GroupingByAnIndexThatDoesNotCoverIsSlowerAndTaken) {
  Shape shape;
  shape.add("orders", {"customer_id", "total"});
  model::ShapeRelation& relation = shape.shape.relations[0];
  relation.grouping.emplace_back().column = "customer_id";
  relation.aggregated = true;
  World world;
  const auto grouped = world.plan(shape, "orders", {});
  const auto bad = world.plan(shape, "orders", {{"customer_id"}});
  const auto good = world.plan(shape, "orders", {{"customer_id", "total"}});
  EXPECT_EQ(grouped.plan.root.type, "Aggregate using temporary table");
  EXPECT_EQ(bad.plan.root.type, "Index scan");
  EXPECT_GT(bad.plan.root.total_cost, 3 * grouped.plan.root.total_cost);
  EXPECT_LT(good.plan.root.total_cost, grouped.plan.root.total_cost);
}

TEST(Planner, MaximumIsOneLook) {
  Shape shape;
  shape.add("orders", {"placed_at"});
  shape.shape.relations[0].aggregated = true;
  model::ShapeKey& extreme = shape.shape.relations[0].extremes.emplace_back();
  extreme.column = "placed_at";
  extreme.descending = true;
  EXPECT_LT(World().plan(shape, "orders", {{"placed_at"}}).plan.root.total_cost, 5);
}

TEST(Planner, AlternativesAreMerged) {
  Shape shape;
  shape.add("orders", {"customer_id", "placed_at", "total"});
  for (const auto& [number, name] : {std::pair(1, "customer_id"), {2, "placed_at"}}) {
    model::Predicate& one = shape.where(0, model::PredicateKind::equality, name, "=");
    one.disjunction = 1;
    one.arm = number;
  }
  World world;
  EXPECT_EQ(world.plan(shape, "orders", {{"customer_id"}}).plan.root.type, "Table scan");
  const auto plan = world.plan(shape, "orders", {{"customer_id"}, {"placed_at"}});
  EXPECT_EQ(plan.plan.root.type, "Index merge");
  EXPECT_EQ(plan.used, (std::vector<std::size_t>{0, 1}));
}

TEST(Planner, ASubqueryThatAggregatesRunsForEachRow) {
  Shape shape;
  shape.add("customers", {"city", "id"});
  shape.add("orders", {"customer_id", "total"});
  shape.where(0, model::PredicateKind::equality, "city", "=");
  shape.join(0, "id", 1, "customer_id");
  for (auto& relation : shape.shape.relations) relation.joins[0].subquery = true;
  shape.shape.relations[1].block = 2;
  shape.shape.relations[1].aggregated = true;
  World world;
  const auto slow = world.plan(shape, "orders", {});
  const auto fast = world.plan(shape, "orders", {{"customer_id", "total"}});
  // A hundred customers of the city, a table scan for each.
  EXPECT_NEAR(slow.plan.root.total_cost, 100 * 8500, 20000);
  EXPECT_LT(fast.plan.root.total_cost, slow.plan.root.total_cost / 300);
}

TEST(Planner, DataBeyondThePoolMakesFetchesDear) {
  model::Snapshot small = shop();
  small.server.settings[0].number = 1e6;
  const double cached =
      World().plan(orders_of_customer(), "orders", {{"customer_id"}}).plan.root.total_cost;
  const double read =
      World(small).plan(orders_of_customer(), "orders", {{"customer_id"}}).plan.root.total_cost;
  EXPECT_GT(read, 20 * cached);
  // Free pages say that all that was read is still there.
  small.server.status = {{.name = "Innodb_buffer_pool_pages_free", .total = 500},
                         {.name = "Innodb_buffer_pool_pages_total", .total = 1000}};
  EXPECT_EQ(
      World(small).plan(orders_of_customer(), "orders", {{"customer_id"}}).plan.root.total_cost,
      cached);
}

TEST(Planner, MembersOfAnArrayAreFoundByAMultiValuedKey) {
  Shape shape;
  shape.add("orders", {"note", "total"});
  shape.where(0, model::PredicateKind::other, "note", "MEMBER OF");
  const model::Snapshot snapshot = shop();
  const Facts facts(snapshot, {});
  const auto planner =
      model_planner(facts, [&](const std::string&) { return Result<model::Shape>(shape.shape); });
  model::SwitchedIndex one;
  one.what = {"shop", "orders", key(0, "tags", {""})};
  one.what.index.parts[0].expression = "CAST(`note` AS UNSIGNED ARRAY)";
  ASSERT_TRUE(planner->declare({one}).ok());
  const auto without = planner->plan("SELECT", {});
  const auto with = planner->plan("SELECT", {0});
  ASSERT_TRUE(without.ok() && with.ok());
  EXPECT_EQ(without->plan.root.type, "Table scan");
  EXPECT_EQ(with->plan.root.type, "Index lookup");
  EXPECT_LT(with->plan.root.total_cost, without->plan.root.total_cost / 5);
}

TEST(Planner, NamesItself) {
  const model::Snapshot snapshot = shop();
  const Facts facts(snapshot, {});
  const auto planner = model_planner(facts, [](const std::string&) -> Result<model::Shape> {
    return Error{ErrorKind::invalid, "no", "", ""};
  });
  EXPECT_EQ(planner->name(), "Whet's model of MySQL 9.7's optimizer");
  EXPECT_TRUE(planner->hides_existing());
  ASSERT_TRUE(planner->declare({}).ok());
  EXPECT_FALSE(planner->plan("nonsense", {}).ok());
}

}  // namespace
}  // namespace whet::advise::innodb
