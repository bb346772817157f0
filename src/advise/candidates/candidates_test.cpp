#include "advise/candidates/candidates.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace whet::advise {
namespace {

model::Column column(const std::string& name, const std::string& type, double distinct,
                     std::vector<double> common = {}, double nulls = 0) {
  model::Column out;
  out.name = name;
  out.base_type = type;
  out.length = 8;
  out.stats = model::ColumnStats{};
  out.stats->distinct = distinct;
  out.stats->common_frequencies = std::move(common);
  out.stats->null_fraction = nulls;
  return out;
}

model::Index existing(const std::string& name, const std::vector<std::string>& columns) {
  model::Index out;
  out.name = name;
  out.schema = "public";
  out.method = "btree";
  for (const std::string& one : columns) {
    model::IndexPart part;
    part.column = one;
    part.opclass_is_default = true;
    out.parts.push_back(part);
  }
  return out;
}

// orders: a million rows; customers: 50,000; items: three million.
class CandidatesTest : public testing::Test {
 protected:
  CandidatesTest() {
    auto& tables = snapshot_.schema.tables;
    tables.resize(3);
    make(tables[0], "customers", 50'000);
    tables[0].columns = {column("id", "int8", -1), column("email", "varchar", -1),
                         column("country", "text", 50, {0.3})};
    make(tables[1], "items", 3'000'000);
    tables[1].columns = {column("id", "int8", -1), column("order_id", "int8", -0.33),
                         column("order_no", "numeric", -0.33), column("quantity", "int4", 10)};
    make(tables[2], "orders", 1'000'000);
    tables[2].columns = {column("id", "int8", -1),
                         column("customer_id", "int8", 50'000, {0.01}),
                         column("agent", "text", 40),
                         column("status", "text", 5, {0.9}),
                         column("placed_at", "timestamptz", -1),
                         column("total", "numeric", -0.5),
                         column("note", "text", -0.7),
                         column("deleted_at", "timestamptz", -0.9, {}, 0.01)};
    tables[2].indexes = {existing("orders_pkey", {"id"})};
    tables[2].indexes[0].unique = true;
    snapshot_.workload.age_seconds = 3600;
  }

  static void make(model::Table& table, const std::string& name, std::int64_t rows) {
    table.id = static_cast<std::int64_t>(name.size()) * 1000;
    table.schema = "public";
    table.name = name;
    table.live_rows = rows;
    table.pages = rows / 50;
    table.total.sequential_scans = 100'000;
  }

  model::Statement& add(const std::string& text, double rows = 10) {
    model::Statement statement;
    statement.id = std::to_string(snapshot_.workload.statements.size() + 1);
    statement.text = text;
    statement.kind = model::StatementKind::select;
    statement.total.calls = 1000;
    statement.total.rows = static_cast<std::int64_t>(rows * 1000);
    statement.total.execution_ms = 50'000;
    snapshot_.workload.statements.push_back(statement);
    return snapshot_.workload.statements.back();
  }

  static model::PlanNode node(const std::string& type, const std::string& relation,
                              const std::string& alias) {
    model::PlanNode out;
    out.type = type;
    out.schema = relation.empty() ? "" : "public";
    out.relation = relation;
    out.alias = alias;
    out.total_cost = 1000;
    out.plan_rows = 1;
    return out;
  }

  // A statement whose plan is one full scan of its table.
  model::Statement& scanned(const std::string& text, const std::string& table, double rows = 10) {
    model::Statement& statement = add(text, rows);
    statement.plan = model::Plan{};
    statement.plan->root = node("Seq Scan", table, table);
    return statement;
  }

  // "orders(customer_id, placed_at) 1 2"
  [[nodiscard]] std::string found() const {
    const Facts facts(snapshot_, {});
    std::vector<std::string> out;
    for (const Candidate& candidate : index_candidates(facts)) {
      out.push_back(candidate.table->name + candidate.key() + " " +
                    text::join(candidate.statement_ids(), " "));
    }
    return text::join(out, "; ");
  }

  model::Snapshot snapshot_;
};

TEST_F(CandidatesTest, EqualityThenOrder) {
  scanned("select id from orders where customer_id = $1 order by placed_at desc limit $2",
          "orders");
  EXPECT_EQ(found(), "orders(customer_id, placed_at) 1");
}

// Digests as MySQL has them, of whatever database.
TEST_F(CandidatesTest, StatementsOfMysql) {
  snapshot_.server.engine = model::EngineKind::mysql;
  model::Statement& statement = scanned(
      "SELECT `id` FROM `orders` WHERE `CUSTOMER_ID` IN (...) AND STATUS = ? ORDER BY `placed_at`",
      "orders");
  statement.database = "public";
  scanned("SELECT `id` FROM `public` . `orders` WHERE `agent` = ? LIMIT ?, ...", "orders")
      .database = "elsewhere";
  EXPECT_EQ(found(), "orders(customer_id, status) 1; orders(agent) 2");
}

TEST_F(CandidatesTest, MixedDirectionsStay) {
  scanned("select id from orders where customer_id = $1 order by placed_at desc, total limit $2",
          "orders");
  EXPECT_EQ(found(), "orders(customer_id, placed_at DESC, total) 1");
}

TEST_F(CandidatesTest, NullsOrderStays) {
  scanned("select id from orders order by placed_at desc nulls last limit 10", "orders");
  EXPECT_EQ(found(), "orders(placed_at DESC NULLS LAST) 1");
}

TEST_F(CandidatesTest, EqualityThenOneRange) {
  scanned("select id from orders where customer_id = $1 and placed_at >= $2 and total > $3",
          "orders");
  EXPECT_EQ(found(), "orders(customer_id, placed_at) 1");
}

TEST_F(CandidatesTest, PrefixesAreShared) {
  scanned("select id from orders where agent = $1 and customer_id = $2", "orders");
  scanned("select id from orders where agent = $1 and status = $2 order by placed_at limit 5",
          "orders");
  scanned("select id from orders where customer_id = $1", "orders");
  // The second needs all of its columns for its order; the first and third share.
  EXPECT_EQ(found(), "orders(customer_id, agent) 1 3; orders(agent, status, placed_at) 2");
}

TEST_F(CandidatesTest, AUniqueColumnNeedsNoOther) {
  scanned("select id from customers where email = $1 and country = $2", "customers", 1);
  EXPECT_EQ(found(), "customers(email) 1");
}

TEST_F(CandidatesTest, ExpressionsThatMayBeIndexed) {
  scanned("select id from customers where lower(email) = $1", "customers", 1);
  scanned("select id from orders where date_trunc('day', placed_at) = $1", "orders", 1);
  EXPECT_EQ(found(), "customers(lower(email)) 1");
}

TEST_F(CandidatesTest, PrefixPatternsNeedTheirOperatorClass) {
  scanned("select id from customers where email like 'abc%'", "customers", 1);
  EXPECT_EQ(found(), "customers(email varchar_pattern_ops) 1");
  model::Database database;
  database.current = true;
  database.collation = "C";
  snapshot_.server.databases = {database};
  EXPECT_EQ(found(), "customers(email) 1");
}

TEST_F(CandidatesTest, ListsAreKeyColumnsButEndTheOrder) {
  scanned("select id from orders where customer_id in ($1, $2) order by placed_at limit 3",
          "orders");
  EXPECT_EQ(found(), "orders(customer_id) 1");
}

TEST_F(CandidatesTest, RareNullsMakeAPartialIndex) {
  scanned("select id from orders where deleted_at is null order by placed_at limit 10", "orders");
  EXPECT_EQ(found(), "orders(placed_at) WHERE deleted_at IS NULL 1");
}

TEST_F(CandidatesTest, GreatestAndLeast) {
  scanned("select max(total) from orders where agent = $1", "orders", 1);
  EXPECT_EQ(found(), "orders(agent, total) 1");
}

TEST_F(CandidatesTest, SilentWhereAnIndexServes) {
  snapshot_.schema.tables[2].indexes.push_back(
      existing("orders_customer_idx", {"customer_id", "placed_at", "total"}));
  scanned("select id from orders where customer_id = $1 order by placed_at desc limit 5", "orders");
  scanned("select id from orders where customer_id = $1", "orders");
  scanned("select id from orders where id = $1 and status = $2", "orders");
  EXPECT_EQ(found(), "");
  snapshot_.schema.tables[2].indexes.back().invalid = true;
  EXPECT_EQ(found(), "orders(customer_id, placed_at) 1 2");
}

TEST_F(CandidatesTest, SilentWithoutSelectivityOrStatistics) {
  scanned("select id from orders where status = $1", "orders", 200'000);
  scanned("select id from orders where status <> $1", "orders", 200'000);
  scanned("select id from orders where total > $1", "orders", 300'000);
  EXPECT_EQ(found(), "");
  scanned("select id from orders where customer_id = $1", "orders");
  EXPECT_EQ(found(), "orders(customer_id) 4");
  snapshot_.schema.tables[2].columns[1].stats.reset();
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, SilentForSmallTables) {
  scanned("select id from customers where email = $1", "customers", 1);
  snapshot_.schema.tables[0].pages = 99;
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, WithoutAPlanTheCountersMustAgree) {
  model::Statement& statement = add("select id from orders where customer_id = $1");
  statement.total.shared_hit = statement.total.calls * 20'000;
  EXPECT_EQ(found(), "orders(customer_id) 1");
  statement.total.shared_hit = statement.total.calls * 20;
  EXPECT_EQ(found(), "");
  statement.total.shared_hit = statement.total.calls * 20'000;
  snapshot_.schema.tables[2].total.sequential_scans = 3;
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, APlanWithoutASurplusIsLeftAlone) {
  model::Statement& statement = add("select id from orders where customer_id = $1");
  statement.plan = model::Plan{};
  statement.plan->root = node("Index Scan", "orders", "orders");
  statement.plan->root.index = "orders_unseen_idx";
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, AnIndexThatIsWalkedForItsOrder) {
  model::Statement& statement =
      add("select id from orders where customer_id = $1 order by id limit 10");
  statement.plan = model::Plan{};
  statement.plan->root = node("Index Scan", "orders", "orders");
  statement.plan->root.index = "orders_pkey";
  EXPECT_EQ(found(), "orders(customer_id, id) 1");
}

TEST_F(CandidatesTest, AWalkThatIsLongerThanThePlanExpects) {
  // One of five states on average, but the one that is asked for is rare.
  model::Statement& statement = add("select id from orders where status = $1 order by id limit 10");
  statement.plan = model::Plan{};
  statement.plan->root = node("Index Scan", "orders", "orders");
  statement.plan->root.index = "orders_pkey";
  EXPECT_EQ(found(), "");
  statement.total.shared_hit = statement.total.calls * 18'000;
  EXPECT_EQ(found(), "orders(status, id) 1");
  snapshot_.schema.tables[2].toast_bytes = 1;
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, APoorIndexIsBettered) {
  snapshot_.schema.tables[2].indexes.push_back(existing("orders_agent_idx", {"agent"}));
  model::Statement& statement = add("select id from orders where agent = $1 and customer_id = $2");
  statement.plan = model::Plan{};
  statement.plan->root = node("Bitmap Heap Scan", "orders", "orders");
  model::PlanNode scan = node("Bitmap Index Scan", "", "");
  scan.index = "orders_agent_idx";
  scan.index_condition = "(agent = $1)";
  statement.plan->root.children = {scan};
  EXPECT_EQ(found(), "orders(customer_id, agent) 1");
}

// A hash join of a scan of three million rows with one that is estimated to give `rows`.
model::PlanNode hash_join(model::PlanNode scan, model::PlanNode other, double rows) {
  model::PlanNode join;
  join.type = "Hash Join";
  model::PlanNode hash;
  hash.type = "Hash";
  hash.parent_relationship = "Inner";
  hash.plan_rows = rows;
  hash.children = {std::move(other)};
  scan.plan_rows = 3'000'000;
  join.children = {std::move(scan), std::move(hash)};
  return join;
}

TEST_F(CandidatesTest, JoinsFromFewRows) {
  const std::string text =
      "select sum(quantity) from orders o join items i on i.order_id = o.id where o.customer_id = "
      "$1";
  model::Statement& statement = add(text, 1);
  statement.plan = model::Plan{};
  const model::PlanNode orders = node("Seq Scan", "orders", "o");
  statement.plan->root = hash_join(node("Seq Scan", "items", "i"), orders, 20);
  EXPECT_EQ(found(), "items(order_id) 1; orders(customer_id) 1");
  statement.plan->root = hash_join(node("Seq Scan", "items", "i"), orders, 500'000);
  EXPECT_EQ(found(), "orders(customer_id) 1");
}

TEST_F(CandidatesTest, AJoinThatCastsTheColumnHasNoUseForAnIndex) {
  snapshot_.schema.tables[2].indexes.clear();
  model::Statement& statement =
      add("select 1 from items i join orders o on o.id = i.order_no where i.id = $1", 1);
  statement.plan = model::Plan{};
  statement.plan->root =
      hash_join(node("Seq Scan", "orders", "o"), node("Index Scan", "items", "i"), 1);
  EXPECT_EQ(found(), "");
}

TEST_F(CandidatesTest, CorrelatedSubqueries) {
  model::Statement& statement =
      add("select c.id, (select max(placed_at) from orders o where o.customer_id = c.id) from "
          "customers c "
          "where c.id < $1");
  statement.plan = model::Plan{};
  statement.plan->root = node("Index Scan", "customers", "c");
  model::PlanNode aggregate = node("Aggregate", "", "");
  aggregate.parent_relationship = "SubPlan";
  aggregate.children = {node("Seq Scan", "orders", "o")};
  statement.plan->root.children = {aggregate};
  EXPECT_EQ(found(), "orders(customer_id, placed_at) 1");
}

TEST_F(CandidatesTest, UpdatesAndDeletes) {
  model::Statement& statement = add("delete from orders where customer_id = $1", 0);
  statement.kind = model::StatementKind::remove;
  statement.plan = model::Plan{};
  statement.plan->root = node("ModifyTable", "orders", "orders");
  statement.plan->root.children = {node("Seq Scan", "orders", "orders")};
  EXPECT_EQ(found(), "orders(customer_id) 1");
}

TEST_F(CandidatesTest, AtMostFiveForATable) {
  for (const char* one : {"agent", "customer_id", "total", "placed_at", "deleted_at", "note"}) {
    scanned("select id from orders where " + std::string(one) + " = $1 and status > $2", "orders",
            1);
  }
  const Facts facts(snapshot_, {});
  EXPECT_EQ(index_candidates(facts).size(), 5U);
}

}  // namespace
}  // namespace whet::advise
