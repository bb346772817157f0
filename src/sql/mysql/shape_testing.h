// The schema that the tests of this folder's shapes ask about, and shapes as lines of text. Only
// for this folder's tests.
#pragma once

#include <string>
#include <vector>

#include "sql/mysql/shape.h"
#include "sql/shape_testing.h"

namespace whet::sql::mysql::shape_testing {

inline const model::Schema& shop() {
  using sql::shape_testing::table;
  static const model::Schema schema = [] {
    model::Schema out;
    out.tables = {
        table("shop", "orders", {"id", "customer_id", "status", "placed_at", "total", "note"}),
        table("shop", "customers", {"id", "email", "name", "country", "active"}),
        table("shop", "items", {"id", "order_id", "product_id", "quantity"}),
        table("shop", "notes", {"id", "order_id", "body", "title", "doc", "place"}),
        table("shop", "Odd Table", {"Mixed", "order"}),
        table("app", "orders", {"id", "tenant"}),
        table("app", "users", {"id", "login"})};
    const auto view = [&out](const char* name, const char* definition) {
      model::View made;
      made.schema = "shop";
      made.name = name;
      made.definition = definition;
      out.views.push_back(made);
    };
    view("recent", "");
    view("open_orders",
         "select `shop`.`o`.`id` AS `id`,`shop`.`o`.`customer_id` AS `customer_id`,"
         "`shop`.`o`.`total` AS `amount` from `shop`.`orders` `o` where "
         "(`shop`.`o`.`status` = 'open')");
    view("per_customer",
         "select `shop`.`orders`.`customer_id` AS `customer_id`,count(0) AS `n` from "
         "`shop`.`orders` group by `shop`.`orders`.`customer_id`");
    view("all_bodies",
         "select `shop`.`notes`.`order_id` AS `order_id`,`shop`.`notes`.`body` AS `what` from "
         "`shop`.`notes` union all select `shop`.`items`.`order_id`,`shop`.`items`.`product_id` "
         "from `shop`.`items`");
    view("snake", "select id from shop.tail");
    view("tail", "select id from shop.snake");
    view("broken", "selec 1");
    return out;
  }();
  return schema;
}

inline const Catalog& catalog() {
  static const Catalog made(shop(), {"shop"});
  return made;
}

// As sql/shape_testing.h writes them; keys with MySQL's own order of NULLs say nothing of it.
inline std::string shape_text(const std::string& statement, const Mode& mode = {}) {
  const auto made = shape(statement, catalog(), mode);
  if (!made.ok()) return "error";
  std::vector<std::string> parts;
  for (model::ShapeRelation relation : made->relations) {
    for (auto* keys : {&relation.grouping, &relation.ordering, &relation.extremes}) {
      for (model::ShapeKey& key : *keys) key.nulls_first = !key.nulls_first;
    }
    parts.push_back(sql::shape_testing::relation_text(*made, relation));
  }
  for (const std::string& name : made->unresolved) parts.push_back("unresolved " + name);
  return text::join(parts, " / ");
}

using sql::shape_testing::Pair;

inline void expect(const std::vector<Pair>& pairs) {
  for (const Pair& pair : pairs)
    EXPECT_EQ(shape_text(pair.statement), pair.shape) << pair.statement;
}

}  // namespace whet::sql::mysql::shape_testing
