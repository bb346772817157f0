#include "sql/dialect/dialect.h"

#include <gtest/gtest.h>

namespace whet::sql {
namespace {

model::Snapshot snapshot_of(model::EngineKind engine) {
  model::Snapshot out;
  out.server.engine = engine;
  for (const char* schema : {"app", "shop"}) {
    out.schema.tables.push_back({});
    out.schema.tables.back().schema = schema;
    out.schema.tables.back().name = "orders";
    for (const char* column : {"id", "status", schema}) {
      out.schema.tables.back().columns.push_back({});
      out.schema.tables.back().columns.back().name = column;
    }
  }
  out.server.databases.push_back({});
  out.server.databases.back().name = "app";
  out.server.databases.back().current = true;
  return out;
}

std::string column_of(const Result<model::Shape>& shape) {
  if (!shape.ok() || shape->relations.empty()) return "error";
  const model::ShapeRelation& relation = shape->relations.front();
  if (relation.predicates.empty()) return relation.schema + " nothing";
  return relation.schema + " " + relation.predicates.front().column;
}

TEST(Dialect, ShapesOfEachEngine) {
  const auto mysql = snapshot_of(model::EngineKind::mysql);
  const Catalog catalog = catalog_of(mysql);
  EXPECT_EQ(column_of(shape_of(mysql, catalog, "select `id` from `orders` where `app` = ?")),
            "app app");
  EXPECT_EQ(column_of(shape_of(mysql, catalog, "select 1 from orders where shop = ?", "shop")),
            "shop shop");
  const auto postgres = snapshot_of(model::EngineKind::postgresql);
  EXPECT_EQ(column_of(shape_of(postgres, Catalog(postgres.schema, {"shop"}),
                               "select \"id\" from orders where shop = $1")),
            "shop shop");
}

TEST(Dialect, ResolvedTextFillsTheGaps) {
  const auto snapshot = snapshot_of(model::EngineKind::mysql);
  const Catalog catalog = catalog_of(snapshot);
  model::Statement statement;
  statement.text = "SELECT `id` FROM `orders` WHERE STATUS = ? AND ...";
  EXPECT_FALSE(shape_of(snapshot, catalog, statement).ok());
  statement.resolved =
      "select `app`.`o`.`id` AS `id` from `app`.`orders` `o` where "
      "(`app`.`o`.`status` = ?)";
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, statement)), "app status");
  // What was written is whole: the server has replaced the row by its values.
  statement.text = "SELECT `id` FROM `orders` WHERE `id` = ?";
  statement.resolved = "select ? AS `id` from `app`.`orders` where true";
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, statement)), "app id");
  EXPECT_EQ(&telling_text(snapshot, catalog, statement), &statement.text);
  // A view that the catalog does not have.
  statement.text = "SELECT `id` FROM `open_orders` WHERE `id` = ?";
  statement.resolved =
      "select `app`.`orders`.`id` AS `id` from `app`.`orders` where "
      "((`app`.`orders`.`status` = ?) and (`app`.`orders`.`id` = ?))";
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, statement)), "app status");
}

TEST(Dialect, TablesOfAnyDatabaseWhenNoneIsGiven) {
  auto snapshot = snapshot_of(model::EngineKind::mysql);
  snapshot.server.databases.clear();
  snapshot.schema.tables[1].name = "parcels";
  const Catalog catalog = catalog_of(snapshot);
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, "select 1 from parcels where shop = 1")),
            "shop shop");
}

TEST(Dialect, TableNamesWithoutCase) {
  auto snapshot = snapshot_of(model::EngineKind::mariadb);
  model::Setting setting;
  setting.name = "lower_case_table_names";
  setting.value = "1";
  snapshot.server.settings.push_back(setting);
  EXPECT_EQ(
      column_of(shape_of(snapshot, catalog_of(snapshot), "select 1 from Orders where ID = 1")),
      "app id");
}

TEST(Dialect, SmallQuestions) {
  model::Server mysql;
  mysql.engine = model::EngineKind::mysql;
  const model::Server postgres;
  EXPECT_EQ(kind_of(mysql, "replace into t values (1)"), model::StatementKind::insert);
  EXPECT_EQ(kind_of(postgres, "vacuum"), model::StatementKind::utility);
  EXPECT_EQ(normalize(mysql, "select \"x\" from `t`"), "select ? from `t`");
  EXPECT_EQ(normalize(postgres, "select 'x' from t"), "select $1 from t");
  EXPECT_EQ(fingerprint(mysql, "select 1 from `T`"), fingerprint(mysql, "SELECT 2 FROM t"));
  EXPECT_EQ(split(mysql, "select '\\';'; select 2").size(), 2U);
  EXPECT_EQ(replay_of(mysql, "select sleep(1)").obstacle, "it calls sleep");
  EXPECT_TRUE(replay_of(postgres, "select 1").read);
  EXPECT_EQ(canonical_expression(mysql, "LCASE(`a`)"), "lower(a)");
  EXPECT_EQ(canonical_expression(postgres, "LOWER(a)"), "lower(a)");
  EXPECT_EQ(comparable_expression("lower(`a`)"), comparable_expression("LOWER(a)"));
  EXPECT_EQ(comparable_expression("cast(`a` as date)"), comparable_expression("CAST(a AS date)"));
  EXPECT_EQ(comparable_expression("(a ->> 'k'::text)"), comparable_expression("a->>'k'"));
  EXPECT_NE(comparable_expression("lower(`a`)"), comparable_expression("lower(`b`)"));
  EXPECT_EQ(comparable_expression("(("), "((");
  EXPECT_EQ(quote_qualified(mysql.engine, "a", "order"), "a.`order`");
  EXPECT_EQ(quote_identifier(postgres.engine, "order"), "\"order\"");
  EXPECT_EQ(quote_literal(mysql, "a\\b'"), "'a\\\\b'''");
  EXPECT_EQ(quote_literal(postgres, "it's"), "'it''s'");
}

TEST(Dialect, Parameters) {
  const auto snapshot = snapshot_of(model::EngineKind::mysql);
  const auto uses = parameters_of(snapshot, catalog_of(snapshot),
                                  "SELECT `id` FROM `orders` WHERE STATUS IN (...) LIMIT ?");
  ASSERT_TRUE(uses.ok());
  ASSERT_EQ(uses->size(), 2U);
  EXPECT_EQ((*uses)[0].column, "status");
  EXPECT_EQ((*uses)[0].op, "IN");
  EXPECT_EQ((*uses)[1].role, ParameterRole::limit);
}

TEST(Dialect, MongoDB) {
  auto snapshot = snapshot_of(model::EngineKind::mongodb);
  model::View view;
  view.schema = "app";
  view.name = "open_orders";
  view.definition = R"(db.getCollection("orders").aggregate([{"$match":{"status":"open"}}]))";
  snapshot.schema.views = {view};
  const Catalog catalog = catalog_of(snapshot);
  const model::Server& server = snapshot.server;
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, "db.orders.find({total: ?})")), "app total");
  EXPECT_EQ(column_of(shape_of(snapshot, catalog, "db.orders.find({total: ?})", "shop")),
            "shop total");
  const auto below = shape_of(snapshot, catalog, "db.open_orders.find({total: ?})");
  ASSERT_TRUE(below.ok());
  EXPECT_EQ(below->relations[0].table, "orders");
  ASSERT_EQ(below->relations[0].predicates.size(), 2U);
  EXPECT_EQ(below->relations[0].predicates[0].constant, "{\"status\":\"open\"}");
  const auto joined =
      shape_of(snapshot, catalog,
               "db.orders.aggregate([{$lookup: {from: 'open_orders', localField: 'a', "
               "foreignField: 'b', as: 'c'}}])");
  EXPECT_TRUE(joined->relations[1].opaque);
  EXPECT_FALSE(shape_of(snapshot, catalog, "db.orders.find({").ok());
  const auto uses = parameters_of(snapshot, catalog, "db.orders.find({total: {$gt: ?}}).limit(?)");
  ASSERT_EQ(uses->size(), 2U);
  EXPECT_EQ((*uses)[0].column, "total");
  EXPECT_EQ((*uses)[0].role, ParameterRole::column);
  EXPECT_EQ((*uses)[1].role, ParameterRole::limit);
  EXPECT_EQ(kind_of(server, "db.a.deleteOne({})"), model::StatementKind::remove);
  EXPECT_EQ(normalize(server, "db.a.find({x: 'y'})"), "db.a.find({x: ?})");
  EXPECT_EQ(normalize(server, "nonsense"), "nonsense");
  EXPECT_EQ(fingerprint(server, "db.a.find({x: 1, y: 2})"),
            fingerprint(server, "db.a.find({y: 3, x: 4})"));
  EXPECT_EQ(split(server, "db.a.find(); db.b.find()").size(), 2U);
  EXPECT_TRUE(replay_of(server, "db.a.find({})").read);
  EXPECT_EQ(replay_of(server, "db.a.deleteOne({})").obstacle, "it writes");
  EXPECT_FALSE(replay_of(server, "db.a.deleteOne({})").read);
  EXPECT_EQ(canonical_expression(server, "{b: 1, a: {$eq: 2}}"), "{\"a\":2,\"b\":1}");
  EXPECT_EQ(comparable_expression("{\"a\":{\"$numberInt\":\"2\"}}"), "{\"a\":2}");
  EXPECT_EQ(quote_qualified(server.engine, "shop", "order-items"), "shop.order-items");
  EXPECT_EQ(quote_identifier(server.engine, "items.sku"), "items.sku");
  EXPECT_EQ(quote_literal(server, "it's"), "\"it's\"");
}

}  // namespace
}  // namespace whet::sql
